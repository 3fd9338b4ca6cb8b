// The types of the tables. Written by `npm run generate` from the migrations; do not edit.
import type { ColumnType } from 'kysely'

export type ArrayType<T> = ArrayTypeImpl<T> extends (infer U)[]
  ? U[]
  : ArrayTypeImpl<T>

export type ArrayTypeImpl<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S[], I[], U[]>
  : T[]

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>

export type Json = JsonValue

export type JsonArray = JsonValue[]

export type JsonObject = {
  [x: string]: JsonValue | undefined
}

export type JsonPrimitive = boolean | number | string | null

export type JsonValue = JsonArray | JsonObject | JsonPrimitive

export type Timestamp = ColumnType<Date, Date | string, Date | string>

export interface Accounts {
  class: string
  created_at: Timestamp
  credits: bigint
  debits: bigint
  id: string
  never_negative: boolean
  owner: string
  sign: number
  tenant_id: number
  unit: string
  version: bigint
}

export interface ApiKeys {
  created_at: Generated<Timestamp>
  expires_at: Timestamp | null
  id: string
  name: string
  revoked_at: Timestamp | null
  role: string
  tenant_id: number
}

export interface ApiKeySecrets {
  created_at: Generated<Timestamp>
  hash: Buffer
  hint: string
  key_id: string
  last_used_at: Timestamp | null
  number: number
  retires_at: Timestamp | null
  tenant_id: number
}

export interface AuditEntries {
  action: string
  actor: string
  details: Json
  recorded_at: Timestamp
  seq: bigint
  subject: string
  tenant_id: number
}

export interface BrokerMinutes {
  asked: number
  key_id: string
  minute: Timestamp
  mismatched: number
  tenant_id: number
}

export interface BrokerPauses {
  key_id: string
  paused_at: Timestamp
  tenant_id: number
  until: Timestamp
}

export interface Chargebacks {
  amount: bigint | null
  created_at: Timestamp
  decided_at: Timestamp | null
  fee: bigint
  fee_returned: bigint
  id: string
  opened_at: Timestamp | null
  outcome: string | null
  outcome_fee: bigint
  payment_id: string | null
  payment_provider_ref: string | null
  provider: string
  provider_ref: string
  state: string
  takes: Json | null
  tenant_id: number
  transactions: string[]
  unit: string | null
  version: number
}

export interface Claims {
  holder: string
  key: string
  kind: string
  tenant_id: number
}

export interface CoinCampaigns {
  budget: bigint
  buyer_cap: bigint | null
  created_at: Timestamp
  currency: string
  ended_at: Timestamp | null
  ends_at: Timestamp
  funder_id: string | null
  granted: Generated<bigint>
  grants: Generated<bigint>
  id: string
  name: string
  next_attempt_at: Timestamp | null
  starts_at: Timestamp
  tenant_id: number
  version: number
}

export interface CoinCampaignShares {
  buyer_id: string
  campaign_id: string
  granted: bigint
  grants: bigint
  tenant_id: number
}

export interface CoinLots {
  available: bigint
  buyer_id: string
  created_at: Timestamp
  currency: string
  earned_on: bigint | null
  expires_at: Timestamp | null
  funder_id: string | null
  grant_ref: string | null
  id: string
  is_open: Generated<boolean>
  issued: bigint
  matures_at: Timestamp | null
  origin_id: string
  pending: bigint
  source: string
  source_id: string
  tenant_id: number
  trade_id: string | null
  warned_days: number | null
}

export interface CoinMoves {
  coins: bigint
  entry_version: bigint
  lot_id: string
  place: string
  tenant_id: number
}

export interface CoinProgrammes {
  coin_value: bigint
  coins_per_unit: number
  created_at: Timestamp
  currency: string
  id: string
  name: string
  tenant_id: number
  terms: Json
  unit: string
  version: number
}

export interface CoinWallets {
  buyer_id: string
  created_at: Timestamp
  currency: string
  next_attempt_at: Timestamp | null
  next_deadline_at: Timestamp | null
  tenant_id: number
  version: number
}

export interface Consents {
  created_at: Generated<Timestamp>
  created_by: string
  cross_border: boolean
  expires_at: Timestamp | null
  given_at: Timestamp
  id: string
  party_id: string
  purposes: string[]
  recipients: string[]
  tenant_id: number
  withdrawn_at: Timestamp | null
}

export interface DeclarationAnswers {
  answered_at: Timestamp
  code: string
  declaration_id: string
  message: number
  number: number
  received_at: Timestamp
  state: string
  tenant_id: number
}

export interface DeclarationMessages {
  amount: bigint
  customs: string
  declaration_id: string
  due_at: Timestamp
  guid: string
  made_at: Timestamp
  merchant_code: string
  number: number
  order_no: string
  sent_at: Timestamp | null
  sub_order: string | null
  tenant_id: number
  type: string
}

export interface Declarations {
  answered_at: Timestamp | null
  answers: number
  consignee_id: string
  created_at: Timestamp
  currency: string
  failed: Generated<number>
  id: string
  is_held: boolean
  jurisdiction: string
  key_id: string
  merchant_name: string
  messages: number
  next_attempt_at: Timestamp | null
  orderer_id: string
  paid_at: Timestamp
  pay_transaction_id: string
  payer_id: string
  payment_id: string
  platform_code: string
  platform_name: string
  raw_code: string | null
  request_id: string
  state: string
  tenant_id: number
  trade_id: string
  version: number
}

export interface DisputeEvidence {
  attachments: Json
  dispute_id: string
  handed_in_at: Timestamp
  handed_in_by: string
  key_id: string
  kind: string
  number: number
  tenant_id: number
}

export interface Disputes {
  award: Json | null
  decided_at: Timestamp | null
  decided_by: string | null
  evidence_by: Timestamp
  evidence_count: number
  id: string
  lines: Json
  opened_at: Timestamp
  opened_by: string
  opened_key: string
  proposal: Json | null
  proposed_at: Timestamp | null
  proposed_by: string | null
  reason: string
  state: string
  tenant_id: number
  trade_id: string
  transaction_id: string | null
  unit: string
}

export interface Entries {
  account_id: string
  amount: bigint
  balance: bigint
  direction: string
  occurred_at: Timestamp
  other_account_id: string
  position: number
  recorded_at: Timestamp
  seq: bigint
  tenant_id: number
  transaction_id: string
  unit: string
  version: bigint
}

export interface Events {
  data: Json
  id: string
  recorded_at: Timestamp
  seq: bigint
  subject: string
  tenant_id: number
  type: string
}

export interface FxQuotes {
  created_at: Timestamp
  created_by: string
  expires_at: Timestamp
  from_unit: string
  id: string
  rate: string
  reference: string
  source: string
  tenant_id: number
  to_unit: string
}

export interface IdempotencyKeys {
  answer: string
  created_at: Timestamp
  fingerprint: Buffer
  key: string
  refusal_code: string | null
  tenant_id: number
}

export interface Identities {
  assurance: string
  consent_id: string
  created_at: Timestamp
  created_by: string
  erase_at: Timestamp | null
  erase_basis: string | null
  erased_at: Timestamp | null
  id: string
  party_id: string
  tenant_id: number
}

export interface IdentitySecrets {
  fields: Json
  identity_id: string
  key_id: string
  tags: Json
  tenant_id: number
  wrapped_key: Buffer
}

export interface LookupHeads {
  hash: Buffer
  recorded_at: Timestamp
  seq: bigint
  tenant_id: number
}

export interface Lookups {
  hash: Buffer
  identity_id: string | null
  jurisdiction: string
  key_id: string
  match_id: string | null
  party_id: string | null
  purpose: string
  recorded_at: Timestamp
  repeated: boolean
  role: string
  seq: bigint
  tenant_id: number
  trade_id: string
  verdict: string
}

export interface ManualJournals {
  decided_at: Timestamp | null
  decided_by: string | null
  description: string
  id: string
  occurred_at: Timestamp
  postings: Json
  proposed_at: Timestamp
  proposed_by: string
  reason: string | null
  reversed_by: string | null
  reverses: string | null
  state: string
  tenant_id: number
  transaction_id: string | null
  unit: string
}

export interface MatchBatches {
  created_at: Timestamp
  id: string
  key_id: string
  results: Json
  tenant_id: number
}

export interface Matches {
  assurance: string | null
  commitment: Buffer | null
  created_at: Timestamp
  fields_checked: string[]
  id: string
  identity_id: string | null
  jurisdiction: string
  key_id: string
  policy: string
  purpose: string
  role: string
  tenant_id: number
  trade_id: string
  verdict: string
}

export interface Parties {
  created_at: Timestamp
  external_ref: string
  id: string
  kind: string
  name: string
  tenant_id: number
  terms: Json | null
  version: Generated<number>
}

export interface PaymentAllocations {
  amount: bigint
  charged_back: bigint
  payment_id: string
  position: number
  refunded: bigint
  tenant_id: number
  trade_id: string
}

export interface Payments {
  amount: bigint
  applied: bigint
  charged_back: Generated<bigint>
  created_at: Timestamp
  id: string
  in_suspense: bigint
  occurred_at: Timestamp
  other_trades: string[] | null
  provider: string
  provider_ref: string
  returned: bigint
  suspense_reason: string | null
  tenant_id: number
  trade_external_ref: string | null
  trade_id: string | null
  unit: string
  version: number
}

export interface QuotaIndex {
  identity_id: string
  tag: Buffer
  tenant_id: number
  year: number
}

export interface QuotaYears {
  key_id: string
  tenant_id: number
  wrapped_key: Buffer
  year: number
}

export interface ReceiptKeys {
  created_at: Generated<Timestamp>
  kid: string
  tenant_id: number
  x: string
}

export interface Receipts {
  expires_at: Timestamp
  id: string
  identity_id: string
  issued_at: Timestamp
  jws: string
  key_id: string
  kid: string
  match_id: string
  revoked_at: Timestamp | null
  tenant_id: number
}

export interface RefundAttempts {
  account: string
  channel: string
  created_at: Timestamp
  decided_at: Timestamp
  excess: boolean
  occurred_at: Timestamp
  outcome: string
  position: number
  reason: string | null
  reference: string
  refund_id: string
  tenant_id: number
}

export interface RefundCases {
  amount: bigint
  asked: bigint | null
  carrier: string | null
  closed_at: Timestamp | null
  due_at: Timestamp | null
  id: string
  kind: string
  line_id: string
  opened_at: Timestamp
  quantity: number | null
  reason: string
  refunded: bigint
  seller_id: string
  state: string
  steps: Json
  tenant_id: number
  tracking_number: string | null
  trade_id: string
  unit: string
}

export interface Refunds {
  amount: bigint
  created_at: Timestamp
  id: string
  payment_id: string
  status: string
  tenant_id: number
  trade_id: string | null
  unit: string
  version: number
}

export interface ReserveSlices {
  amount: bigint
  created_at: Timestamp
  id: string
  line_id: string
  matured_at: Timestamp | null
  matures_at: Timestamp
  next_attempt_at: Timestamp | null
  party_id: string
  released: bigint | null
  tenant_id: number
  trade_id: string
  unit: string
  upto: bigint
}

export interface SandboxCustoms {
  answers: Json
  failures: number
  tenant_id: number
}

export interface SandboxCustomsAnswers {
  answered_at: Timestamp
  code: string
  created_at: Timestamp
  declaration_id: string
  guid: string
  id: string
  is_told: boolean
  next_attempt_at: Timestamp | null
  report_at: Timestamp
  tenant_id: number
  version: number
}

export interface SandboxCustomsMessages {
  declaration_id: string
  guid: string
  taken_at: Timestamp | null
  tenant_id: number
  tries: number
}

export interface SandboxFacts {
  amount: bigint
  created_at: Timestamp
  failed: Generated<number>
  fee: bigint
  fee_returned: Generated<bigint>
  id: string
  kind: string
  next_attempt_at: Timestamp | null
  occurred_at: Timestamp
  payment_reference: string | null
  reason: string | null
  reference: string
  refund_id: string | null
  revision: number | null
  tell_at: ArrayType<Timestamp>
  tenant_id: number
  told: number
  trade_external_ref: string | null
  trade_id: string | null
  unit: string
  version: number
}

export interface SandboxProviders {
  fee_rate: string
  refund_after_ms: bigint
  refunds: string
  refunds_attempt_at: Timestamp
  refunds_from: Timestamp
  tenant_id: number
}

export interface Shipments {
  carrier: string | null
  created_at: Timestamp
  id: string
  lines: Json
  occurred_at: Timestamp
  tenant_id: number
  tracking_number: string | null
  trade_id: string
}

export interface TenantCounters {
  clock_ahead_ms: Generated<bigint>
  event_seq: Generated<bigint>
  last_recorded_at: Generated<Timestamp>
  tenant_id: number
  transaction_seq: Generated<bigint>
}

export interface Tenants {
  created_at: Generated<Timestamp>
  id: Generated<number>
  kind: string
  name: string
  settings: Generated<Json>
}

export interface TestClocks {
  target: Timestamp
  tenant_id: number
  version: number
}

export interface TradeCustoms {
  claims: Json | null
  cleared_by: string | null
  consignee_id: string
  declared_at: Timestamp | null
  hold_id: string | null
  lift_at: Timestamp | null
  orderer_id: string
  payer_id: string
  tenant_id: number
  trade_id: string
  version: number
}

export interface TradeGrants {
  created_at: Generated<Timestamp>
  created_by: string
  cross_border: boolean
  detail: boolean
  expires_at: Timestamp
  id: string
  key_id: string
  purpose: string
  revoked_at: Timestamp | null
  tenant_id: number
  trade_id: string
}

export interface TradeGroups {
  created_at: Timestamp
  currency: string
  decided_at: Timestamp | null
  description: string
  fill_by: Timestamp
  followed_at: Timestamp | null
  id: string
  next_attempt_at: Timestamp | null
  quantity_max: number | null
  seats: number
  seller_id: string
  size: number
  state: string
  tenant_id: number
  unit_price: bigint
  version: number
}

export interface TradeLines {
  charged_back_goods: Generated<bigint>
  charged_back_shipping: Generated<bigint>
  coins: Generated<bigint>
  coins_earned: Generated<bigint>
  coins_funded: Generated<bigint>
  coins_redeemed: Generated<bigint>
  coins_returned: Generated<bigint>
  commission_posted: bigint
  commission_rate: string
  confirm_by: Timestamp | null
  confirm_extended: Generated<boolean>
  confirmed: number
  description: string
  exchanges: Json | null
  frozen_goods: Generated<bigint>
  frozen_shipping: Generated<bigint>
  frozen_units: Generated<number>
  fulfilment: string
  id: string
  met: Json | null
  milestones: Json | null
  position: number
  quantity: number
  ref: string
  refunded: number
  refunded_goods: Generated<bigint>
  refunded_shipping: Generated<bigint>
  release_by: Timestamp | null
  released_goods: Generated<bigint>
  released_shipping: bigint
  returned: Generated<number>
  seller_id: string
  seller_terms: Json | null
  shipped: number
  shipping: bigint
  split_posted: ArrayType<bigint>
  splits: Json
  state: string
  tenant_id: number
  trade_id: string
  unit_price: bigint
}

export interface Trades {
  after_sale_by: Timestamp | null
  after_sale_ended_at: Timestamp | null
  buyer_id: string
  charged_back: bigint
  closed_unpaid_at: Timestamp | null
  coins: Json | null
  coins_value: bigint
  created_at: Timestamp
  currency: string
  declared: Json | null
  declared_lowered_at: Timestamp | null
  disputes: Json | null
  external_ref: string
  fee_base: string
  fill_by: Timestamp | null
  group_id: string | null
  group_outcome: string | null
  group_seat: number | null
  holds: Json | null
  id: string
  next_attempt_at: Timestamp | null
  next_deadline_at: Timestamp | null
  paid: bigint
  pay_by: Timestamp
  refund_cases: Json | null
  refund_pending: bigint
  refunded: bigint
  released: bigint
  revision: number
  ship_by: Timestamp | null
  ship_overdue_at: Timestamp | null
  state: string
  tenant_id: number
  total: bigint
  version: number
}

export interface Transactions {
  booked_on: string
  description: string
  id: string
  kind: string
  occurred_at: Timestamp
  recorded_at: Timestamp
  reverses: string | null
  seq: bigint
  subject: string
  tenant_id: number
}

export interface Transfers {
  amount: bigint
  credit_account_id: string
  credit_balance: bigint
  credit_version: bigint
  debit_account_id: string
  debit_balance: bigint
  debit_version: bigint
  occurred_at: Timestamp
  position: number
  recorded_at: Timestamp
  seq: bigint
  tenant_id: number
  transaction_id: string
  unit: string
}

export interface WriteOffs {
  amount: bigint
  decided_at: Timestamp | null
  decided_by: string | null
  id: string
  party_id: string
  proposed_at: Timestamp
  proposed_by: string
  reason: string
  state: string
  tenant_id: number
  transaction_id: string | null
  unit: string
  written_off: bigint | null
}

export interface Database {
  accounts: Accounts
  api_key_secrets: ApiKeySecrets
  api_keys: ApiKeys
  audit_entries: AuditEntries
  broker_minutes: BrokerMinutes
  broker_pauses: BrokerPauses
  chargebacks: Chargebacks
  claims: Claims
  coin_campaign_shares: CoinCampaignShares
  coin_campaigns: CoinCampaigns
  coin_lots: CoinLots
  coin_moves: CoinMoves
  coin_programmes: CoinProgrammes
  coin_wallets: CoinWallets
  consents: Consents
  declaration_answers: DeclarationAnswers
  declaration_messages: DeclarationMessages
  declarations: Declarations
  dispute_evidence: DisputeEvidence
  disputes: Disputes
  entries: Entries
  events: Events
  fx_quotes: FxQuotes
  idempotency_keys: IdempotencyKeys
  identities: Identities
  identity_secrets: IdentitySecrets
  lookup_heads: LookupHeads
  lookups: Lookups
  manual_journals: ManualJournals
  match_batches: MatchBatches
  matches: Matches
  parties: Parties
  payment_allocations: PaymentAllocations
  payments: Payments
  quota_index: QuotaIndex
  quota_years: QuotaYears
  receipt_keys: ReceiptKeys
  receipts: Receipts
  refund_attempts: RefundAttempts
  refund_cases: RefundCases
  refunds: Refunds
  reserve_slices: ReserveSlices
  sandbox_customs: SandboxCustoms
  sandbox_customs_answers: SandboxCustomsAnswers
  sandbox_customs_messages: SandboxCustomsMessages
  sandbox_facts: SandboxFacts
  sandbox_providers: SandboxProviders
  shipments: Shipments
  tenant_counters: TenantCounters
  tenants: Tenants
  test_clocks: TestClocks
  trade_customs: TradeCustoms
  trade_grants: TradeGrants
  trade_groups: TradeGroups
  trade_lines: TradeLines
  trades: Trades
  transactions: Transactions
  transfers: Transfers
  write_offs: WriteOffs
}
