import { DAY_MS, HOUR_MS } from '../kernel/time.ts'

/** How a line reaches its buyer; decides how long he has to confirm before silence confirms. */
export type Fulfilment = 'instant' | 'virtual' | 'express' | 'mail'

/** What a tenant decides for its own trades. A trade keeps the fee base it was created with; timers apply when they start. */
export interface TenantSettings {
  /** What a payment is in when neither its report nor its trade says. */
  readonly reporting_currency: string
  /** What commission and rate splits are computed on. */
  readonly fee_base: 'price' | 'price_and_shipping'
  readonly unpaid_close_ms: number
  /** How long everything that is paid may wait for shipment before the buyer may cancel alone. */
  readonly ship_by_ms: number
  /** How long a group has to fill, where its opening does not say. */
  readonly group_ms: number
  readonly auto_confirm_ms: Readonly<Record<Fulfilment, number>>
  /** By how much a buyer extends the time to confirm a line, and how near its end must be for that. */
  readonly buyer_extension_ms: number
  readonly buyer_extension_window_ms: number
  /** How long a completed trade can still be refunded or disputed. */
  readonly after_sale_ms: number
  /** How long a refund case waits for its seller's answer (silence agrees), for the shipment of a return (else it is cancelled), for the seller to confirm the return (silence does), and, refused, for its escalation (else it is cancelled). */
  readonly refund_answer_ms: number
  readonly return_ship_ms: number
  readonly return_confirm_ms: number
  readonly refund_escalation_ms: number
  /** How long evidence is taken in a dispute. */
  readonly dispute_evidence_ms: number
  /** How much one arbitrator may divide alone, a decimal string of the reporting currency; null means any amount. */
  readonly dispute_award_limit: string | null
  /** Whether a trade that names its customs parties is shipped only when somebody found a match. */
  readonly identity_before_shipment: boolean
  /** For how many days after its last trade an identity must be kept by law, before it may be erased. */
  readonly identity_retention_days: number
}

/** The settings of a tenant that changed none. Source of the periods of confirmation and of refund cases: Taobao's rules for receipt and for refunds. */
export const DEFAULT_SETTINGS: TenantSettings = {
  reporting_currency: 'CNY',
  fee_base: 'price',
  unpaid_close_ms: 24 * HOUR_MS,
  ship_by_ms: 48 * HOUR_MS,
  group_ms: 24 * HOUR_MS,
  auto_confirm_ms: { instant: 0, virtual: 3 * DAY_MS, express: 10 * DAY_MS, mail: 30 * DAY_MS },
  buyer_extension_ms: 3 * DAY_MS,
  buyer_extension_window_ms: 3 * DAY_MS,
  after_sale_ms: 15 * DAY_MS,
  refund_answer_ms: 48 * HOUR_MS,
  return_ship_ms: 7 * DAY_MS,
  return_confirm_ms: 10 * DAY_MS,
  refund_escalation_ms: 3 * DAY_MS,
  dispute_evidence_ms: 7 * DAY_MS,
  dispute_award_limit: null,
  identity_before_shipment: false,
  identity_retention_days: 0
}

/** A tenant's settings from what is stored for it: the defaults, with those it changed laid over them. */
export function settingsOf (stored: Partial<TenantSettings>): TenantSettings {
  return { ...DEFAULT_SETTINGS, ...stored, auto_confirm_ms: { ...DEFAULT_SETTINGS.auto_confirm_ms, ...stored.auto_confirm_ms } }
}
