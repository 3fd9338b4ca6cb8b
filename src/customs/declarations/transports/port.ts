import type { TenantKind } from '../../../tenants/tenants.ts'
import type { Jurisdiction } from '../states.ts'
import type { Sender } from '../voucher/voucher.ts'

/** A message on its way to customs. The document holds personal data: a port hands it on, and neither keeps nor logs it. */
export interface Handover {
  readonly tenantId: number
  /** The inside id. */
  readonly declarationId: string
  /** Customs knows a message by it: one that is handed over twice is one. */
  readonly guid: string
  readonly customs: string
  readonly merchantCode: string
  readonly document: string
}

/**
 * A way to the customs of one jurisdiction. A live one signs with its operator's key and sends; what customs answers it posts to
 * /v1/declarations/{id}/receipts, or has somebody post.
 */
export interface CustomsPort {
  /** As whom it sends. */
  readonly sender: Sender
  /** Hands a message over. Throws where that failed, or may have: it is handed over again later, with the same guid. Its errors hold nothing of the document. */
  send (handover: Handover): Promise<void>
}

/** The ways of live tenants to customs that an operator set up. */
export type LivePorts = Readonly<Partial<Record<Jurisdiction, CustomsPort>>>

/** The ways to customs that tenants have. */
export interface CustomsPorts {
  /** The way of a tenant of that kind to the customs of a jurisdiction; null where none is set up. */
  portOf (tenantKind: TenantKind, jurisdiction: Jurisdiction): CustomsPort | null
}
