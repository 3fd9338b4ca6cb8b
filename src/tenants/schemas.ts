import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Exactly, Money, Nullable, Timestamp } from '../http/schemas.ts'
import { DAY_MS, SECOND_MS } from '../kernel/time.ts'
import { currencyCodes } from '../kernel/units.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const ReportingCurrency = T.Enum(currencyCodes(), {
  type: 'string',
  description: 'The ISO 4217 code of the currency that a payment is in when neither its report nor its trade says.',
  'x-refusal': 'unknown_currency'
})
const FeeBase = T.Enum(['price', 'price_and_shipping'], { type: 'string', description: 'What commission and rate splits are computed on.' })
const UnpaidClose = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'How long a trade waits for its money, in milliseconds.' })
const ShipBy = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'How long what is paid may wait for shipment before the buyer may cancel alone, in milliseconds.' })
const GroupTime = T.Integer({ minimum: SECOND_MS, maximum: 30 * DAY_MS, description: 'How long a group has to fill where its opening does not say, in milliseconds.' })
const AutoConfirm = T.Integer({ minimum: 0, maximum: 365 * DAY_MS, description: 'How long after shipment silence confirms, in milliseconds.' })
const Extension = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'By how much a buyer extends the time to confirm a line, in milliseconds.' })
const ExtensionWindow = T.Integer({ minimum: SECOND_MS, maximum: 365 * DAY_MS, description: 'How near the end of that time must be for the buyer to extend it, in milliseconds.' })
const AfterSale = T.Integer({ minimum: SECOND_MS, maximum: 365 * DAY_MS, description: 'How long a completed trade can still be refunded or disputed, in milliseconds.' })
const CaseAnswer = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'How long a refund case waits for its seller, whose silence agrees, in milliseconds.' })
const ReturnShip = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'How long a refund case waits for its buyer to ship a return, in milliseconds; then it is cancelled.' })
const ReturnConfirm = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'How long a refund case waits for its seller to confirm a return, which his silence does, in milliseconds.' })
const CaseEscalation = T.Integer({ minimum: SECOND_MS, maximum: 90 * DAY_MS, description: 'How long a refused refund case can be escalated, in milliseconds; then it is cancelled.' })
const DisputeEvidence = T.Integer({ minimum: SECOND_MS, maximum: 365 * DAY_MS, description: 'How long evidence is taken in a dispute, in milliseconds.' })
const DisputeAwardLimit = Nullable(Money)
const IdentityBeforeShipment = T.Boolean({ description: 'Whether naming the customs parties of a trade puts a hold on it that blocks its shipment, and any hold of the kind `identity` does; a match about its parties lifts the former.' })
const IdentityRetention = T.Integer({ minimum: 0, maximum: 3650, description: 'For how many days after its last trade an identity must be kept by law: a request for erasure waits so long.' })

export const TenantBody = component('Tenant', T.Object({
  name: T.String(),
  kind: T.Enum(['sandbox', 'live'], { type: 'string' }),
  settings: T.Object({
    reporting_currency: ReportingCurrency,
    fee_base: FeeBase,
    unpaid_close_ms: UnpaidClose,
    ship_by_ms: ShipBy,
    group_ms: GroupTime,
    auto_confirm_ms: T.Object({ instant: AutoConfirm, virtual: AutoConfirm, express: AutoConfirm, mail: AutoConfirm }),
    buyer_extension_ms: Extension,
    buyer_extension_window_ms: ExtensionWindow,
    after_sale_ms: AfterSale,
    refund_answer_ms: CaseAnswer,
    return_ship_ms: ReturnShip,
    return_confirm_ms: ReturnConfirm,
    refund_escalation_ms: CaseEscalation,
    dispute_evidence_ms: DisputeEvidence,
    dispute_award_limit: DisputeAwardLimit,
    identity_before_shipment: IdentityBeforeShipment,
    identity_retention_days: IdentityRetention
  }),
  created_at: Timestamp
}))

/** What to change; what is left out stays as it is. */
export const SettingsChangeBody = Exactly({
  reporting_currency: T.Optional(ReportingCurrency),
  fee_base: T.Optional(FeeBase),
  unpaid_close_ms: T.Optional(UnpaidClose),
  ship_by_ms: T.Optional(ShipBy),
  group_ms: T.Optional(GroupTime),
  auto_confirm_ms: T.Optional(Exactly({
    instant: T.Optional(AutoConfirm),
    virtual: T.Optional(AutoConfirm),
    express: T.Optional(AutoConfirm),
    mail: T.Optional(AutoConfirm)
  })),
  buyer_extension_ms: T.Optional(Extension),
  buyer_extension_window_ms: T.Optional(ExtensionWindow),
  after_sale_ms: T.Optional(AfterSale),
  refund_answer_ms: T.Optional(CaseAnswer),
  return_ship_ms: T.Optional(ReturnShip),
  return_confirm_ms: T.Optional(ReturnConfirm),
  refund_escalation_ms: T.Optional(CaseEscalation),
  dispute_evidence_ms: T.Optional(DisputeEvidence),
  dispute_award_limit: T.Optional(DisputeAwardLimit),
  identity_before_shipment: T.Optional(IdentityBeforeShipment),
  identity_retention_days: T.Optional(IdentityRetention)
}, { examples: [{ fee_base: 'price_and_shipping', auto_confirm_ms: { express: 7 * DAY_MS } }] })

export const TENANT_EXAMPLE = { name: 'demo', kind: 'sandbox', settings: DEFAULT_SETTINGS, created_at: '2026-01-31T08:00:00.000Z' }
