/** How sure it is that an identity is its holder's. */
export const ASSURANCES = ['low', 'substantial', 'high'] as const
export type Assurance = typeof ASSURANCES[number]

/** How an identity may have been verified, and how sure that makes it. What its holder only says, or shows a picture of, proves little. */
export const EVIDENCE_METHODS = {
  government_database: 'high',
  document_and_face: 'high',
  bank_card: 'substantial',
  bank_account: 'substantial',
  mobile_operator: 'substantial',
  payment_account: 'substantial',
  document: 'low',
  self_declared: 'low'
} as const satisfies Record<string, Assurance>
export type EvidenceMethod = keyof typeof EVIDENCE_METHODS

/** As sure as the best evidence makes it. */
export function assuranceOf (methods: readonly EvidenceMethod[]): Assurance {
  const found = new Set(methods.map((method): Assurance => EVIDENCE_METHODS[method]))
  return [...ASSURANCES].reverse().find((assurance) => found.has(assurance)) ?? 'low'
}
