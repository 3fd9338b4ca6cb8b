interface RefusalKind {
  readonly status: number
  readonly title: string
  /** What the caller can do about it; shown in the documentation and, where the refusal has no detail of its own, in the answer. */
  readonly remedy: string
  readonly retryable?: true
}

/**
 * Every refusal of the service: one place owns status, title and remedy.
 * Codes are a published contract: a code may be added, never renamed.
 */
export const REFUSALS = {
  invalid_request: { status: 400, title: 'The request does not fit its description', remedy: 'Correct the places named in `errors` and send it again.' },
  invalid_json: { status: 400, title: 'The body is not acceptable JSON', remedy: 'Send UTF-8 JSON in which no object names a key twice.' },
  invalid_amount: { status: 400, title: 'An amount is not acceptable', remedy: 'Send amounts as decimal strings with at most the decimals of the currency.' },
  invalid_time: { status: 400, title: 'A time is not acceptable', remedy: 'Send RFC 3339 times between 1970 and 2100, such as "2026-01-31T08:00:00Z".' },
  unknown_currency: { status: 400, title: 'There is no such currency', remedy: 'Send the ISO 4217 code of an active currency, such as "CNY".' },
  idempotency_key_required: { status: 400, title: 'An idempotency key is missing', remedy: 'Send a header `Idempotency-Key` of 1 to 255 visible characters, new for each intended effect and the same for each retry.' },
  unauthenticated: { status: 401, title: 'No valid API key', remedy: 'Send `Authorization: Bearer <key>` with a key that is neither revoked nor expired.' },
  forbidden: { status: 403, title: 'This key may not do that', remedy: 'Use a key whose role has the permission named in the detail.' },
  not_found: { status: 404, title: 'Nothing there', remedy: 'Check the path and the identifier.' },
  method_not_allowed: { status: 405, title: 'This path has no such method', remedy: 'See the API description at /docs.' },
  key_ended: { status: 409, title: 'The key was revoked or has expired', remedy: 'Make another key.' },
  key_rotating: { status: 409, title: 'A former secret of this key still goes on', remedy: 'Rotate again when it has retired, or at once with `overlap_seconds` 0.' },
  external_ref_taken: { status: 409, title: 'This external reference is taken', remedy: 'Read the existing object by its `external_ref`, or choose another reference.' },
  payment_known: { status: 409, title: 'This payment was reported with other facts', remedy: 'One provider reference is one payment: compare amount, currency and trade with the first report.' },
  chargeback_known: { status: 409, title: 'This chargeback was reported with other facts', remedy: 'One provider reference is one chargeback with one outcome: compare amount, currency, payment, fees and outcome with what was told first.' },
  chargeback_open: { status: 409, title: 'A chargeback of this trade is open', remedy: 'Wait for its outcome: until then neither money nor goods of the trade move.' },
  illegal_in_state: { status: 409, title: 'The trade is in a state that does not allow this', remedy: 'See `current_state` and `allowed_actions`.' },
  release_blocked: { status: 409, title: 'The release of this trade\'s money is blocked', remedy: 'Have the holds that the trade shows lifted, then confirm again.' },
  seller_agreement_needed: { status: 409, title: 'The buyer cannot cancel alone yet', remedy: 'Send `seller_agreed: true` when the seller agrees, or wait until `deadlines.ship_by` has passed.' },
  extension_unavailable: { status: 409, title: 'The time to confirm cannot be extended', remedy: 'See `confirm_by` and `confirm_extended` of the lines: a buyer extends once, shortly before that time ends.' },
  too_many_holds: { status: 409, title: 'The trade has as many holds as it can have', remedy: 'Lift a hold that is no longer needed.' },
  illegal_in_case_state: { status: 409, title: 'The refund case is in a state that does not allow this', remedy: 'See `current_state` and `allowed_actions`, which are those of the case.' },
  refund_case_open: { status: 409, title: 'A refund case of this line is open', remedy: 'Withdraw the case, or let it be decided, and try again.' },
  after_sale_ended: { status: 409, title: 'The after-sale window is over', remedy: 'Refunds are requested before `deadlines.after_sale_by`.' },
  refund_exceeded: { status: 422, title: 'More than can be refunded', remedy: 'Ask for no more than the detail says is left of the line.' },
  price_unchanged: { status: 422, title: 'These prices are the ones the trade has', remedy: 'Name a line with a new unit price or a new shipping charge.' },
  partial_confirmation: { status: 422, title: 'A line with release conditions is confirmed as a whole', remedy: 'Confirm the line without a quantity when all of it is shipped.' },
  attestation_not_asked: { status: 422, title: 'The line does not ask for this attestation', remedy: 'See `release_conditions` of the line: send a `kind` that one of its milestones names, with the `milestone` where it has one.' },
  quantity_exceeded: { status: 422, title: 'More than is left', remedy: 'Read the trade and ask for no more than is left of each line.' },
  insufficient_funds: { status: 409, title: 'The account does not hold enough', remedy: 'Read the balance and ask for no more than it holds.' },
  amount_too_large: { status: 422, title: 'The amount is too large for the books', remedy: 'Split it into smaller steps.' },
  wrong_party_kind: { status: 422, title: 'A party of this kind cannot take that part', remedy: 'Name a buyer as buyer, a seller as seller, a partner in a split.' },
  unknown_party: { status: 422, title: 'There is no such party', remedy: 'Create the party before naming it.' },
  unknown_trade: { status: 422, title: 'There is no such trade', remedy: 'Name a trade by the id that the service gave it.' },
  unknown_payment: { status: 422, title: 'There is no such payment', remedy: 'Name a payment of the trade by the id that the service gave it.' },
  unknown_line: { status: 422, title: 'The trade has no such line', remedy: 'Name lines by the ids that the trade shows.' },
  unknown_group: { status: 422, title: 'There is no such group', remedy: 'Name a group by the id that the service gave it.' },
  group_decided: { status: 409, title: 'Nobody can join this group any more', remedy: 'Read the group: it is filled, or its time is over. Open the trade without it, or in another one.' },
  group_offer_differs: { status: 422, title: 'The trade is not what its group offers', remedy: 'Read the group: a member has one line, of its seller, in its currency, at its price, and at most `quantity_max` units.' },
  terms_exceed_price: { status: 422, title: 'Commission, splits and coins exceed the line', remedy: 'Lower commission or splits until their sum, with the coins that the seller pays for, fits into the line.' },
  no_coin_programme: { status: 422, title: 'The currency has no loyalty programme', remedy: 'Leave `coins` out, or make a programme with `POST /v1/coin-programmes`.' },
  coins_exceed_cap: { status: 422, title: 'More coins than may pay for this', remedy: 'Ask for `"max"`, or for no more than the detail says: the cap of each line whose seller accepts coins, never of shipping.' },
  insufficient_coins: { status: 409, title: 'The buyer has fewer coins', remedy: 'Ask for `"max"`, or for no more than he has available.' },
  coin_programme_exists: { status: 409, title: 'The currency has a programme already', remedy: 'Change the terms of that one with `PATCH /v1/coin-programmes/{id}`.' },
  coin_code_taken: { status: 409, title: 'Another programme has this coin', remedy: 'Choose another code for the coin.' },
  unknown_programme: { status: 422, title: 'There is no such loyalty programme', remedy: 'Name a programme by the id that `GET /v1/coin-programmes` shows.' },
  campaign_not_begun: { status: 409, title: 'The campaign has not begun', remedy: 'Grant from `starts_at` of the campaign on.' },
  campaign_over: { status: 409, title: 'The campaign is over', remedy: 'Read it: its period ended, or somebody ended it. Make a new one.' },
  campaign_budget_used: { status: 409, title: 'The campaign has fewer coins left', remedy: 'Grant no more than `left` of the campaign, or raise its `budget`; then send the grant again with a new idempotency key.' },
  buyer_cap_reached: { status: 409, title: 'The buyer would get more of the campaign than one buyer may', remedy: 'Grant no more than the detail leaves of the campaign\'s `buyer_cap`.' },
  grant_known: { status: 409, title: 'This reference was granted with other facts', remedy: 'One reference is one grant of its campaign: compare buyer and coins with the first, or choose another reference.' },
  budget_below_granted: { status: 422, title: 'The budget would be less than what was granted', remedy: 'Lower it to `granted` of the campaign at most, or end the campaign.' },
  currency_mismatch: { status: 422, title: 'The currencies differ', remedy: 'Use the currency of the trade.' },
  payment_settled: { status: 409, title: 'Nothing of this payment waits in suspense', remedy: 'Read the payment: it was matched or given back already.' },
  refund_settled: { status: 409, title: 'The refund has left already', remedy: 'Do not send it again. Read it: its attempts tell how it left.' },
  refund_under_way: { status: 409, title: 'The refund is under way already', remedy: 'Report what became of the attempt before you send it again the same way.' },
  refund_reference_taken: { status: 409, title: 'This reference belongs to another refund', remedy: 'One reference of a provider or bank is one attempt of one refund: compare it with the first report.' },
  too_many_attempts: { status: 409, title: 'The refund was tried as often as it can be', remedy: 'Have finance staff look at it, and report only what moved money.' },
  account_not_manual: { status: 422, title: 'Accounts of this class are not posted to by hand', remedy: 'Use the step of the trade, payment or refund that the account belongs to.' },
  line_disputed: { status: 409, title: 'This line is in dispute already', remedy: 'Add your evidence to the dispute that the trade shows, or wait for its end.' },
  nothing_to_dispute: { status: 422, title: 'There is no money in this', remedy: 'Dispute what was shipped and paid for; cancel what is not shipped.' },
  amount_exceeded: { status: 422, title: 'More money than there is', remedy: 'Read the trade and ask for no more than there is of the line.' },
  dispute_decided: { status: 409, title: 'This dispute is over', remedy: 'Read it: it was awarded or withdrawn.' },
  evidence_closed: { status: 409, title: 'The time to hand in evidence is over', remedy: 'See `evidence_by` of the dispute: it is under review.' },
  too_much_evidence: { status: 409, title: 'The dispute has as much evidence as it can have', remedy: 'Put several attachments into one entry.' },
  not_the_opener: { status: 403, title: 'Only who opened the dispute may withdraw it', remedy: 'Have it awarded instead.' },
  award_mismatch: { status: 422, title: 'The award does not divide what is contested', remedy: 'Of every disputed line, name a buyer\'s and a seller\'s part that together are what is contested.' },
  award_proposed: { status: 409, title: 'An award is proposed already', remedy: 'Have a second person approve or reject it, or its proposer withdraw it.' },
  no_award_proposed: { status: 409, title: 'No award is proposed', remedy: 'Read the dispute: propose an award, or award it.' },
  second_person_required: { status: 403, title: 'This takes a second person', remedy: 'Let somebody else with a key of his own decide it; who proposed it may withdraw it.' },
  not_the_proposer: { status: 403, title: 'Only who proposed it may withdraw it', remedy: 'Reject it instead.' },
  journal_decided: { status: 409, title: 'This manual journal is decided already', remedy: 'Read it: it was posted, rejected or withdrawn. Propose a new one, or its reversal.' },
  fx_quote_required: { status: 409, title: 'A seller is paid in another currency', remedy: 'Name a quote of the rate from the trade\'s currency to his in `fx_quotes`, then confirm again.' },
  fx_quote_expired: { status: 409, title: 'The quote has expired', remedy: 'Make a new quote with `POST /v1/fx-quotes` and name that one.' },
  unknown_fx_quote: { status: 422, title: 'There is no such quote', remedy: 'Name quotes by the ids that the service gave them.' },
  nothing_owed: { status: 409, title: 'This party owes nothing in this currency', remedy: 'Read `GET /v1/receivables`: there is nothing to write off.' },
  write_off_decided: { status: 409, title: 'This write-off is decided already', remedy: 'Read it: it was posted, rejected or withdrawn. Propose a new one.' },
  not_reversible: { status: 409, title: 'This cannot be reversed', remedy: 'Only posted manual journals can; what a trade or payment booked is corrected by its own steps.' },
  already_reversed: { status: 409, title: 'This manual journal was reversed already', remedy: 'Read it: `reversed_by` names the reversal.' },
  keyring_missing: { status: 503, title: 'There is no keyring for identities', remedy: 'Let whoever runs the service set IDENTITY_KEYRING or IDENTITY_KEYRING_FILE.' },
  consent_required: { status: 403, title: 'The buyer has not consented to that', remedy: 'Record his consent with POST /v1/consents: to this purpose and recipient, not withdrawn and not expired.' },
  prohibited_identifier: { status: 422, title: 'This number may not be stored', remedy: 'Korean resident registration numbers are not taken, and were not kept: send a personal customs code (kr_pccc) or a passport.' },
  id_checksum: { status: 422, title: 'No such document has this number', remedy: 'Compare it with the document, character by character.' },
  invalid_identity: { status: 422, title: 'Something in this identity is not acceptable', remedy: 'See `errors`: correct the places named there.' },
  identity_exists: { status: 409, title: 'The buyer has this document already, with other facts', remedy: 'Have the former identity erased before you register the document again.' },
  identity_erased: { status: 409, title: 'This identity was erased', remedy: 'Nothing of it is left: register it again, with a consent.' },
  invalid_claim: { status: 422, title: 'Something in this claim is not acceptable', remedy: 'See `errors`: correct the places named there. Nothing was compared.' },
  match_locked: { status: 429, title: 'Too many different claims were made about this trade', remedy: 'Five are answered, for good. A claim that was answered before is answered again.' },
  broker_paused: { status: 429, title: 'Too many claims of this key did not match', remedy: 'Wait as long as `Retry-After` says, and find out where the claims come from.' },
  batch_too_large: { status: 413, title: 'The batch is too large', remedy: 'Send at most 100 claims at once.' },
  verdict_not_final: { status: 409, title: 'There is nothing to certify', remedy: 'Receipts are for match, close_match and no_match: `insufficient` asks for a fuller claim, `unavailable` may change.' },
  grant_exists: { status: 409, title: 'This key may ask about the trade already, on other terms', remedy: 'Revoke its grants of the trade before you grant it anew.' },
  unknown_broker: { status: 422, title: 'There is no such broker', remedy: 'Name a key of the role broker or customs that is neither revoked nor expired.' },
  shipment_blocked: { status: 409, title: 'The shipment of this trade is blocked', remedy: 'A match about its customs parties lifts the hold that the trade shows; so may staff.' },
  unknown_identity: { status: 422, title: 'There is no such identity', remedy: 'Register it before you name it.' },
  frozen_after_declaration: { status: 409, title: 'The trade was declared to customs', remedy: 'Its customs parties do not change any more.' },
  sandbox_only: { status: 403, title: 'This is for sandbox tenants', remedy: 'Use a key of a sandbox tenant: real money follows real time and real providers.' },
  clock_out_of_range: { status: 422, title: 'The test clock does not go there', remedy: 'It goes forward only, at most ten years ahead of the real time.' },
  version_mismatch: { status: 412, title: 'The trade has changed since you read it', remedy: 'Read it again, decide again, and send the new `ETag` with a new idempotency key.' },
  request_timeout: { status: 408, title: 'The request came too slowly', remedy: 'Send the same request again, in one go.', retryable: true },
  body_too_large: { status: 413, title: 'The body is too large', remedy: 'Send less in one request.' },
  unsupported_media_type: { status: 415, title: 'The body is of a type we do not read', remedy: 'Send `Content-Type: application/json`, or `application/xml` where the API description says so.' },
  rate_limited: { status: 429, title: 'Too many requests', remedy: 'Wait as long as `Retry-After` says and send the same request again with the same key.', retryable: true },
  headers_too_large: { status: 431, title: 'The header is too large', remedy: 'Send fewer or shorter header fields.' },
  idempotency_key_reused: { status: 422, title: 'This idempotency key belongs to another request', remedy: 'Use a new key for a new request; a retry must repeat the first request exactly.' },
  not_declarable: { status: 422, title: 'This cannot be declared to that customs', remedy: 'See the detail: a message to customs has no place for it.' },
  customs_parties_required: { status: 409, title: 'It is not known who paid', remedy: 'Name the customs parties of the trade with PUT /v1/trades/{id}/customs-parties, then declare it.' },
  no_customs_transport: { status: 409, title: 'There is no way to this customs', remedy: 'Let whoever runs the service set up a transport to the customs of this jurisdiction, or declare from a sandbox.' },
  declaration_known: { status: 409, title: 'This request id was used for another declaration', remedy: 'Read that declaration by its request id, or choose another one.' },
  duplicate_at_customs: { status: 409, title: 'Customs has this already', remedy: 'A payment is declared once, or in sub-orders, and each order number once: push the declaration that there is, or name another sub-order.' },
  too_many_declarations: { status: 409, title: 'The trade has as many declarations as it can have', remedy: 'Push one that there is.' },
  amount_exceeds_payment: { status: 422, title: 'More than was paid and not given back', remedy: 'Declare no more than the detail says is left of the payment.' },
  too_soon: { status: 409, title: 'It was pushed just now', remedy: 'Wait until `push_after` of the declaration.' },
  too_many_pushes: { status: 409, title: 'The declaration was pushed as often as it can be', remedy: 'Settle it with customs.' },
  immutable_field: { status: 409, title: 'This cannot change any more', remedy: 'A push changes the customs, the merchant\'s code, the amount and the sub-order. Leave the rest out, or send it as it is.' },
  no_voucher: { status: 409, title: 'This declaration has no voucher', remedy: 'Only declarations to China are sent as CEB411.' },
  invalid_xml: { status: 400, title: 'The body is not acceptable XML', remedy: 'Send the message of customs as it came: XML 1.0 in UTF-8, without a document type, entities, comments or processing instructions.' },
  invalid_receipt: { status: 422, title: 'This is no answer to this declaration', remedy: 'Send the answer that customs gave to a message of this declaration.' },
  stale: { status: 409, title: 'This is older than what is known', remedy: 'Read the declaration: customs said something later, or was sent a newer message.' },
  internal: { status: 500, title: 'We failed', remedy: 'Send the same request again with the same idempotency key; if it fails again, report the request id.', retryable: true },
  overloaded: { status: 503, title: 'Too much is waiting', remedy: 'Wait as long as `Retry-After` says and send the same request again with the same key.', retryable: true },
  unavailable: { status: 503, title: 'The service cannot decide this now', remedy: 'Wait as long as `Retry-After` says and send the same request again with the same key: it has one effect at most.', retryable: true }
} as const satisfies Record<string, RefusalKind>

export type RefusalCode = keyof typeof REFUSALS

/** What a refusal tells beyond its code; everything here reaches the caller, so it never holds personal data or secrets. */
export interface RefusalFacts {
  /** The places in the request, as JSON pointers (RFC 6901), and what is wrong with each. */
  readonly errors?: ReadonlyArray<{ readonly pointer: string, readonly code: string, readonly detail?: string }>
  readonly current_state?: string
  readonly allowed_actions?: readonly string[]
}

/** An answer the caller can act on. Everything else that is thrown is a bug and answers 500. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly facts: RefusalFacts
  /** Whether it was decided before, for the same request, and is answered again. */
  readonly replayed: boolean

  constructor (code: RefusalCode, detail: string = REFUSALS[code].remedy, facts: RefusalFacts = {}, { replayed = false } = {}) {
    super(detail)
    this.name = 'Refusal'
    this.code = code
    this.facts = facts
    this.replayed = replayed
  }
}

/** Whether sending the very same request again may succeed. */
export function isRetryable (code: RefusalCode): boolean {
  return 'retryable' in REFUSALS[code]
}
