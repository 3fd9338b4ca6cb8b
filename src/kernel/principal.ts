/** What a key may be for; what each role may do stands in the table of permissions. */
export const ROLES = ['admin', 'marketplace', 'finance', 'customs', 'attester', 'arbitrator', 'broker', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/** Who a request comes from, as its key tells. */
export interface Principal {
  readonly tenantId: number
  /** The inside id of the key. */
  readonly keyId: string
  readonly role: Role
}
