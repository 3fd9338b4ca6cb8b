-- The schema that the migrations make. Written by `npm run generate`; do not edit.

table accounts with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000, fillfactor=50)
  tenant_id integer not null
  id uuid not null
  class text not null
  owner text not null
  unit text not null
  sign smallint not null
  never_negative boolean not null
  version bigint not null
  debits bigint not null
  credits bigint not null
  created_at timestamp with time zone not null
table api_key_secrets
  tenant_id integer not null
  key_id uuid not null
  number integer not null
  hash bytea not null
  hint text not null
  created_at timestamp with time zone not null default (clock_timestamp())
  retires_at timestamp with time zone
  last_used_at timestamp with time zone
table api_keys
  tenant_id integer not null
  id uuid not null
  name text not null
  role text not null
  created_at timestamp with time zone not null default (clock_timestamp())
  expires_at timestamp with time zone
  revoked_at timestamp with time zone
table audit_entries
  tenant_id integer not null
  seq bigint not null
  actor text not null
  action text not null
  subject text not null
  details jsonb not null
  recorded_at timestamp with time zone not null
table broker_minutes
  tenant_id integer not null
  key_id uuid not null
  minute timestamp with time zone not null
  asked integer not null
  mismatched integer not null
table broker_pauses
  tenant_id integer not null
  key_id uuid not null
  paused_at timestamp with time zone not null
  until timestamp with time zone not null
table chargebacks with (fillfactor=70)
  tenant_id integer not null
  id uuid not null
  provider text not null
  provider_ref text not null
  state text not null
  payment_provider_ref text
  amount bigint
  fee bigint not null
  opened_at timestamp with time zone
  unit text
  outcome text
  outcome_fee bigint not null
  fee_returned bigint not null
  decided_at timestamp with time zone
  payment_id uuid
  takes jsonb
  transactions uuid[] not null
  created_at timestamp with time zone not null
  version integer not null
table claims
  tenant_id integer not null
  kind text not null
  key text not null
  holder uuid not null
table coin_campaign_shares with (fillfactor=70)
  tenant_id integer not null
  campaign_id uuid not null
  buyer_id uuid not null
  granted bigint not null
  grants bigint not null
table coin_campaigns with (fillfactor=50)
  tenant_id integer not null
  id uuid not null
  currency text not null
  name text not null
  funder_id uuid
  budget bigint not null
  granted bigint not null default (0)
  grants bigint not null default (0)
  buyer_cap bigint
  starts_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  ended_at timestamp with time zone
  next_attempt_at timestamp with time zone
  created_at timestamp with time zone not null
  version integer not null
table coin_lots with (fillfactor=70)
  tenant_id integer not null
  id uuid not null
  buyer_id uuid not null
  currency text not null
  source text not null
  source_id text not null
  trade_id uuid
  funder_id uuid
  issued bigint not null
  pending bigint not null
  available bigint not null
  matures_at timestamp with time zone
  expires_at timestamp with time zone
  warned_days smallint
  created_at timestamp with time zone not null
  grant_ref text
  is_open boolean not null generated always as (((pending + available) > 0))
  origin_id uuid not null
  earned_on bigint
table coin_moves
  tenant_id integer not null
  lot_id uuid not null
  place text not null
  entry_version bigint not null
  coins bigint not null
table coin_programmes
  tenant_id integer not null
  currency text not null
  id uuid not null
  unit text not null
  name text not null
  coins_per_unit integer not null
  coin_value bigint not null
  terms jsonb not null
  version integer not null
  created_at timestamp with time zone not null
table coin_wallets with (fillfactor=70)
  tenant_id integer not null
  buyer_id uuid not null
  currency text not null
  version integer not null
  next_deadline_at timestamp with time zone
  next_attempt_at timestamp with time zone
  created_at timestamp with time zone not null
table consents
  tenant_id integer not null
  id uuid not null
  party_id uuid not null
  purposes text[] not null
  recipients text[] not null
  cross_border boolean not null
  given_at timestamp with time zone not null
  expires_at timestamp with time zone
  withdrawn_at timestamp with time zone
  created_by uuid not null
  created_at timestamp with time zone not null default (clock_timestamp())
table declaration_answers
  tenant_id integer not null
  declaration_id uuid not null
  number integer not null
  message integer not null
  code text not null
  state text not null
  answered_at timestamp with time zone not null
  received_at timestamp with time zone not null
table declaration_messages
  tenant_id integer not null
  declaration_id uuid not null
  number integer not null
  guid uuid not null
  type text not null
  amount bigint not null
  customs text not null
  merchant_code text not null
  sub_order text
  order_no text not null
  made_at timestamp with time zone not null
  due_at timestamp with time zone not null
  sent_at timestamp with time zone
table declarations
  tenant_id integer not null
  id uuid not null
  request_id text not null
  trade_id uuid not null
  payment_id uuid not null
  jurisdiction text not null
  currency text not null
  merchant_name text not null
  platform_code text not null
  platform_name text not null
  pay_transaction_id text not null
  paid_at timestamp with time zone not null
  payer_id uuid not null
  orderer_id uuid not null
  consignee_id uuid not null
  key_id uuid not null
  created_at timestamp with time zone not null
  state text not null
  raw_code text
  answered_at timestamp with time zone
  is_held boolean not null
  answers integer not null
  messages integer not null
  next_attempt_at timestamp with time zone
  failed integer not null default (0)
  version integer not null
table dispute_evidence
  tenant_id integer not null
  dispute_id uuid not null
  number integer not null
  handed_in_by text not null
  key_id uuid not null
  kind text not null
  attachments jsonb not null
  handed_in_at timestamp with time zone not null
table disputes
  tenant_id integer not null
  id uuid not null
  trade_id uuid not null
  state text not null
  opened_by text not null
  opened_key uuid not null
  reason text not null
  unit text not null
  lines jsonb not null
  opened_at timestamp with time zone not null
  evidence_by timestamp with time zone not null
  evidence_count integer not null
  proposal jsonb
  proposed_by uuid
  proposed_at timestamp with time zone
  award jsonb
  decided_by uuid
  decided_at timestamp with time zone
  transaction_id uuid
table events
  tenant_id integer not null
  seq bigint not null
  id uuid not null
  type text not null
  subject text not null
  data jsonb not null
  recorded_at timestamp with time zone not null
table fx_quotes
  tenant_id integer not null
  id uuid not null
  from_unit text not null
  to_unit text not null
  rate text not null
  source text not null
  reference text not null
  expires_at timestamp with time zone not null
  created_by uuid not null
  created_at timestamp with time zone not null
table idempotency_keys
  tenant_id integer not null
  key text not null
  fingerprint bytea not null
  refusal_code text
  answer text not null
  created_at timestamp with time zone not null
table identities
  tenant_id integer not null
  id uuid not null
  party_id uuid not null
  consent_id uuid not null
  assurance text not null
  created_by uuid not null
  created_at timestamp with time zone not null
  erase_basis text
  erase_at timestamp with time zone
  erased_at timestamp with time zone
table identity_secrets
  tenant_id integer not null
  identity_id uuid not null
  key_id text not null
  wrapped_key bytea not null
  fields jsonb not null
  tags jsonb not null
table lookup_heads with (fillfactor=50)
  tenant_id integer not null
  seq bigint not null
  hash bytea not null
  recorded_at timestamp with time zone not null
table lookups
  tenant_id integer not null
  seq bigint not null
  key_id uuid not null
  trade_id uuid not null
  identity_id uuid
  party_id uuid
  match_id uuid
  role text not null
  jurisdiction text not null
  purpose text not null
  verdict text not null
  repeated boolean not null
  recorded_at timestamp with time zone not null
  hash bytea not null
table manual_journals
  tenant_id integer not null
  id uuid not null
  state text not null
  description text not null
  unit text not null
  occurred_at timestamp with time zone not null
  postings jsonb not null
  reverses uuid
  reversed_by uuid
  proposed_by uuid not null
  proposed_at timestamp with time zone not null
  decided_by uuid
  decided_at timestamp with time zone
  reason text
  transaction_id uuid
table match_batches
  tenant_id integer not null
  id uuid not null
  key_id uuid not null
  results jsonb not null
  created_at timestamp with time zone not null
table matches
  tenant_id integer not null
  id uuid not null
  trade_id uuid not null
  key_id uuid not null
  identity_id uuid
  role text not null
  jurisdiction text not null
  purpose text not null
  verdict text not null
  fields_checked text[] not null
  assurance text
  commitment bytea
  policy text not null
  created_at timestamp with time zone not null
table parties
  tenant_id integer not null
  id uuid not null
  kind text not null
  external_ref text not null
  name text not null
  created_at timestamp with time zone not null
  terms jsonb
  version integer not null default (1)
table payment_allocations
  tenant_id integer not null
  trade_id uuid not null
  position smallint not null
  payment_id uuid not null
  amount bigint not null
  refunded bigint not null
  charged_back bigint not null
table payments
  tenant_id integer not null
  id uuid not null
  provider text not null
  provider_ref text not null
  unit text not null
  amount bigint not null
  occurred_at timestamp with time zone not null
  trade_id uuid
  trade_external_ref text
  applied bigint not null
  in_suspense bigint not null
  returned bigint not null
  created_at timestamp with time zone not null
  version integer not null
  suspense_reason text
  charged_back bigint not null default (0)
  other_trades uuid[]
table quota_index
  tenant_id integer not null
  year integer not null
  identity_id uuid not null
  tag bytea not null
table quota_years
  tenant_id integer not null
  year integer not null
  key_id text not null
  wrapped_key bytea not null
table receipt_keys
  tenant_id integer not null
  kid text not null
  x text not null
  created_at timestamp with time zone not null default (clock_timestamp())
table receipts
  tenant_id integer not null
  id uuid not null
  match_id uuid not null
  key_id uuid not null
  identity_id uuid not null
  kid text not null
  jws text not null
  issued_at timestamp with time zone not null
  expires_at timestamp with time zone not null
  revoked_at timestamp with time zone
table refund_attempts with (fillfactor=70)
  tenant_id integer not null
  refund_id uuid not null
  position smallint not null
  channel text not null
  account text not null
  reference text not null
  outcome text not null
  reason text
  excess boolean not null
  occurred_at timestamp with time zone not null
  decided_at timestamp with time zone not null
  created_at timestamp with time zone not null
table refund_cases
  tenant_id integer not null
  id uuid not null
  trade_id uuid not null
  line_id uuid not null
  seller_id uuid not null
  unit text not null
  kind text not null
  state text not null
  reason text not null
  quantity integer
  asked bigint
  amount bigint not null
  refunded bigint not null
  opened_at timestamp with time zone not null
  due_at timestamp with time zone
  closed_at timestamp with time zone
  carrier text
  tracking_number text
  steps jsonb not null
table refunds
  tenant_id integer not null
  id uuid not null
  payment_id uuid not null
  trade_id uuid
  unit text not null
  amount bigint not null
  status text not null
  created_at timestamp with time zone not null
  version integer not null
table reserve_slices
  tenant_id integer not null
  id uuid not null
  party_id uuid not null
  trade_id uuid not null
  line_id uuid not null
  unit text not null
  amount bigint not null
  upto bigint not null
  created_at timestamp with time zone not null
  matures_at timestamp with time zone not null
  matured_at timestamp with time zone
  released bigint
  next_attempt_at timestamp with time zone
table sandbox_customs
  tenant_id integer not null
  failures integer not null
  answers jsonb not null
table sandbox_customs_answers
  tenant_id integer not null
  id uuid not null
  declaration_id uuid not null
  guid uuid not null
  code text not null
  answered_at timestamp with time zone not null
  report_at timestamp with time zone not null
  is_told boolean not null
  next_attempt_at timestamp with time zone
  created_at timestamp with time zone not null
  version integer not null
table sandbox_customs_messages
  tenant_id integer not null
  guid uuid not null
  declaration_id uuid not null
  tries integer not null
  taken_at timestamp with time zone
table sandbox_facts
  tenant_id integer not null
  id uuid not null
  kind text not null
  reference text not null
  trade_id uuid
  trade_external_ref text
  refund_id uuid
  unit text not null
  amount bigint not null
  fee bigint not null
  revision integer
  reason text
  occurred_at timestamp with time zone not null
  tell_at timestamp with time zone[] not null
  told integer not null
  next_attempt_at timestamp with time zone
  failed integer not null default (0)
  created_at timestamp with time zone not null
  version integer not null
  payment_reference text
  fee_returned bigint not null default (0)
table sandbox_providers
  tenant_id integer not null
  fee_rate text not null
  refunds text not null
  refund_after_ms bigint not null
  refunds_from timestamp with time zone not null
  refunds_attempt_at timestamp with time zone not null
table schema_migrations
  name text not null
  checksum text not null
  applied_at timestamp with time zone not null default (clock_timestamp())
table shipments
  tenant_id integer not null
  trade_id uuid not null
  id uuid not null
  lines jsonb not null
  carrier text
  tracking_number text
  occurred_at timestamp with time zone not null
  created_at timestamp with time zone not null
table tenant_counters with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=500, fillfactor=50)
  tenant_id integer not null
  transaction_seq bigint not null default (0)
  event_seq bigint not null default (0)
  last_recorded_at timestamp with time zone not null default ('-infinity'::timestamp with time zone)
  clock_ahead_ms bigint not null default (0)
table tenants
  id integer not null generated always as identity
  name text not null
  kind text not null
  settings jsonb not null default ('{}'::jsonb)
  created_at timestamp with time zone not null default (clock_timestamp())
table test_clocks
  tenant_id integer not null
  target timestamp with time zone not null
  version integer not null
table trade_customs with (fillfactor=70)
  tenant_id integer not null
  trade_id uuid not null
  payer_id uuid not null
  orderer_id uuid not null
  consignee_id uuid not null
  declared_at timestamp with time zone
  version integer not null
  claims jsonb
  hold_id uuid
  cleared_by uuid
  lift_at timestamp with time zone
table trade_grants
  tenant_id integer not null
  id uuid not null
  trade_id uuid not null
  key_id uuid not null
  purpose text not null
  cross_border boolean not null
  detail boolean not null
  expires_at timestamp with time zone not null
  created_by uuid not null
  created_at timestamp with time zone not null default (clock_timestamp())
  revoked_at timestamp with time zone
table trade_groups with (fillfactor=50)
  tenant_id integer not null
  id uuid not null
  seller_id uuid not null
  description text not null
  currency text not null
  unit_price bigint not null
  size integer not null
  quantity_max integer
  state text not null
  seats integer not null
  fill_by timestamp with time zone not null
  decided_at timestamp with time zone
  followed_at timestamp with time zone
  next_attempt_at timestamp with time zone
  created_at timestamp with time zone not null
  version integer not null
table trade_lines with (fillfactor=70)
  tenant_id integer not null
  trade_id uuid not null
  position smallint not null
  id uuid not null
  ref text not null
  seller_id uuid not null
  description text not null
  quantity integer not null
  unit_price bigint not null
  shipping bigint not null
  fulfilment text not null
  commission_rate text not null
  splits jsonb not null
  state text not null
  shipped integer not null
  confirmed integer not null
  refunded integer not null
  released_shipping bigint not null
  commission_posted bigint not null
  split_posted bigint[] not null
  confirm_by timestamp with time zone
  confirm_extended boolean not null default (false)
  returned integer not null default (0)
  frozen_units integer not null default (0)
  released_goods bigint not null default (0)
  refunded_goods bigint not null default (0)
  refunded_shipping bigint not null default (0)
  charged_back_goods bigint not null default (0)
  charged_back_shipping bigint not null default (0)
  frozen_goods bigint not null default (0)
  frozen_shipping bigint not null default (0)
  seller_terms jsonb
  milestones jsonb
  met jsonb
  release_by timestamp with time zone
  exchanges jsonb
  coins bigint not null default (0)
  coins_redeemed bigint not null default (0)
  coins_returned bigint not null default (0)
  coins_earned bigint not null default (0)
  coins_funded bigint not null default (0)
table trades with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000, fillfactor=50)
  tenant_id integer not null
  id uuid not null
  external_ref text not null
  buyer_id uuid not null
  currency text not null
  fee_base text not null
  state text not null
  revision integer not null
  version integer not null
  total bigint not null
  coins_value bigint not null
  paid bigint not null
  released bigint not null
  refunded bigint not null
  refund_pending bigint not null
  charged_back bigint not null
  created_at timestamp with time zone not null
  pay_by timestamp with time zone not null
  closed_unpaid_at timestamp with time zone
  next_deadline_at timestamp with time zone
  next_attempt_at timestamp with time zone
  ship_by timestamp with time zone
  ship_overdue_at timestamp with time zone
  holds jsonb
  after_sale_by timestamp with time zone
  after_sale_ended_at timestamp with time zone
  group_id uuid
  fill_by timestamp with time zone
  group_seat integer
  group_outcome text
  refund_cases jsonb
  disputes jsonb
  coins jsonb
  declared jsonb
  declared_lowered_at timestamp with time zone
table transactions
  tenant_id integer not null
  id uuid not null
  seq bigint not null
  kind text not null
  subject text not null
  description text not null
  reverses uuid
  occurred_at timestamp with time zone not null
  recorded_at timestamp with time zone not null
  booked_on date not null
table transfers
  tenant_id integer not null
  transaction_id uuid not null
  position smallint not null
  seq bigint not null
  unit text not null
  amount bigint not null
  debit_account_id uuid not null
  debit_version bigint not null
  debit_balance bigint not null
  credit_account_id uuid not null
  credit_version bigint not null
  credit_balance bigint not null
  occurred_at timestamp with time zone not null
  recorded_at timestamp with time zone not null
table write_offs
  tenant_id integer not null
  id uuid not null
  state text not null
  party_id uuid not null
  unit text not null
  amount bigint not null
  written_off bigint
  reason text not null
  proposed_by uuid not null
  proposed_at timestamp with time zone not null
  decided_by uuid
  decided_at timestamp with time zone
  transaction_id uuid

constraint accounts.accounts_credits_check CHECK ((credits >= 0))
constraint accounts.accounts_debits_check CHECK ((debits >= 0))
constraint accounts.accounts_name_key UNIQUE (tenant_id, class, owner, unit)
constraint accounts.accounts_never_negative CHECK (((NOT never_negative) OR ((sign * (credits - debits)) >= 0)))
constraint accounts.accounts_pkey PRIMARY KEY (tenant_id, id)
constraint accounts.accounts_sign_check CHECK ((sign = ANY (ARRAY['-1'::integer, 1])))
constraint accounts.accounts_version_check CHECK ((version >= 0))
constraint api_key_secrets.api_key_secrets_hash_check CHECK ((octet_length(hash) = 32))
constraint api_key_secrets.api_key_secrets_hash_key UNIQUE (hash)
constraint api_key_secrets.api_key_secrets_hint_check CHECK ((length(hint) = 4))
constraint api_key_secrets.api_key_secrets_number_check CHECK ((number > 0))
constraint api_key_secrets.api_key_secrets_pkey PRIMARY KEY (tenant_id, key_id, number)
constraint api_key_secrets.api_key_secrets_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint api_keys.api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
constraint api_keys.api_keys_pkey PRIMARY KEY (tenant_id, id)
constraint api_keys.api_keys_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'marketplace'::text, 'finance'::text, 'customs'::text, 'attester'::text, 'arbitrator'::text, 'broker'::text, 'auditor'::text])))
constraint api_keys.api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint audit_entries.audit_entries_action_check CHECK ((action ~ '^[a-z_]+\.[a-z_]+$'::text))
constraint audit_entries.audit_entries_actor_check CHECK ((actor ~ '^(cli|service|key_[0-7][0-9a-z]{25})$'::text))
constraint audit_entries.audit_entries_details_check CHECK ((jsonb_typeof(details) = 'object'::text))
constraint audit_entries.audit_entries_pkey PRIMARY KEY (tenant_id, seq)
constraint audit_entries.audit_entries_seq_check CHECK ((seq > 0))
constraint audit_entries.audit_entries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint broker_minutes.broker_minutes_asked_check CHECK ((asked > 0))
constraint broker_minutes.broker_minutes_check CHECK (((mismatched >= 0) AND (mismatched <= asked)))
constraint broker_minutes.broker_minutes_pkey PRIMARY KEY (tenant_id, key_id, minute)
constraint broker_minutes.broker_minutes_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint broker_pauses.broker_pauses_pkey PRIMARY KEY (tenant_id, key_id)
constraint broker_pauses.broker_pauses_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint chargebacks.chargebacks_amount_check CHECK ((amount > 0))
constraint chargebacks.chargebacks_fee_check CHECK ((fee >= 0))
constraint chargebacks.chargebacks_fee_returned_check CHECK ((fee_returned >= 0))
constraint chargebacks.chargebacks_opened CHECK ((((state = 'awaiting_opening'::text) = (amount IS NULL)) AND ((amount IS NULL) = (payment_provider_ref IS NULL)) AND ((amount IS NULL) = (opened_at IS NULL))))
constraint chargebacks.chargebacks_outcome CHECK ((((outcome IS NULL) = (state = 'open'::text)) AND ((state = 'awaiting_opening'::text) OR (outcome IS NULL) OR (outcome = state)) AND ((outcome IS NULL) = (decided_at IS NULL))))
constraint chargebacks.chargebacks_outcome_check CHECK ((outcome = ANY (ARRAY['won'::text, 'lost'::text])))
constraint chargebacks.chargebacks_outcome_fee_check CHECK ((outcome_fee >= 0))
constraint chargebacks.chargebacks_pkey PRIMARY KEY (tenant_id, id)
constraint chargebacks.chargebacks_placed CHECK ((((payment_id IS NULL) = (takes IS NULL)) AND ((takes IS NULL) OR (amount IS NOT NULL))))
constraint chargebacks.chargebacks_state_check CHECK ((state = ANY (ARRAY['awaiting_opening'::text, 'open'::text, 'won'::text, 'lost'::text])))
constraint chargebacks.chargebacks_takes_check CHECK ((jsonb_typeof(takes) = 'object'::text))
constraint chargebacks.chargebacks_unit CHECK (((unit IS NOT NULL) OR ((amount IS NULL) AND (outcome_fee = 0) AND (fee_returned = 0))))
constraint chargebacks.chargebacks_version_check CHECK ((version > 0))
constraint claims.claims_pkey PRIMARY KEY (tenant_id, kind, key)
constraint coin_campaign_shares.coin_campaign_shares_granted_check CHECK ((granted > 0))
constraint coin_campaign_shares.coin_campaign_shares_grants_check CHECK ((grants > 0))
constraint coin_campaign_shares.coin_campaign_shares_pkey PRIMARY KEY (tenant_id, campaign_id, buyer_id)
constraint coin_campaigns.coin_campaigns_budget_check CHECK ((budget > 0))
constraint coin_campaigns.coin_campaigns_buyer_cap_check CHECK ((buyer_cap > 0))
constraint coin_campaigns.coin_campaigns_granted_check CHECK ((granted >= 0))
constraint coin_campaigns.coin_campaigns_grants_check CHECK ((grants >= 0))
constraint coin_campaigns.coin_campaigns_period CHECK ((ends_at > starts_at))
constraint coin_campaigns.coin_campaigns_pkey PRIMARY KEY (tenant_id, id)
constraint coin_campaigns.coin_campaigns_swept CHECK (((ended_at IS NULL) = (next_attempt_at IS NOT NULL)))
constraint coin_campaigns.coin_campaigns_version_check CHECK ((version > 0))
constraint coin_campaigns.coin_campaigns_within_budget CHECK ((granted <= budget))
constraint coin_lots.coin_lots_available_check CHECK ((available >= 0))
constraint coin_lots.coin_lots_earned_on CHECK (((source = 'earned'::text) = (earned_on IS NOT NULL)))
constraint coin_lots.coin_lots_earned_on_check CHECK ((earned_on >= 0))
constraint coin_lots.coin_lots_granted CHECK (((grant_ref IS NULL) OR (source = 'granted'::text)))
constraint coin_lots.coin_lots_issued_check CHECK ((issued > 0))
constraint coin_lots.coin_lots_pending CHECK (((pending = 0) OR (source = 'earned'::text)))
constraint coin_lots.coin_lots_pending_check CHECK ((pending >= 0))
constraint coin_lots.coin_lots_pkey PRIMARY KEY (tenant_id, id)
constraint coin_lots.coin_lots_source_check CHECK ((source = ANY (ARRAY['earned'::text, 'granted'::text, 'returned'::text])))
constraint coin_lots.coin_lots_warned_days_check CHECK ((warned_days = ANY (ARRAY[7, 30])))
constraint coin_lots.coin_lots_whole CHECK (((pending + available) <= issued))
constraint coin_moves.coin_moves_coins_check CHECK ((coins <> 0))
constraint coin_moves.coin_moves_entry_version_check CHECK ((entry_version > 0))
constraint coin_moves.coin_moves_pkey PRIMARY KEY (tenant_id, lot_id, place, entry_version)
constraint coin_moves.coin_moves_place_check CHECK ((place = ANY (ARRAY['pending'::text, 'available'::text])))
constraint coin_programmes.coin_programmes_coin_value_check CHECK ((coin_value > 0))
constraint coin_programmes.coin_programmes_coins_per_unit_check CHECK ((coins_per_unit > 0))
constraint coin_programmes.coin_programmes_id UNIQUE (tenant_id, id)
constraint coin_programmes.coin_programmes_pkey PRIMARY KEY (tenant_id, currency)
constraint coin_programmes.coin_programmes_terms_check CHECK ((jsonb_typeof(terms) = 'object'::text))
constraint coin_programmes.coin_programmes_unit UNIQUE (tenant_id, unit)
constraint coin_programmes.coin_programmes_unit_check CHECK ((unit ~ '^[A-Z]{4,12}$'::text))
constraint coin_programmes.coin_programmes_version_check CHECK ((version > 0))
constraint coin_wallets.coin_wallets_pkey PRIMARY KEY (tenant_id, buyer_id, currency)
constraint coin_wallets.coin_wallets_swept CHECK (((next_deadline_at IS NULL) = (next_attempt_at IS NULL)))
constraint coin_wallets.coin_wallets_version_check CHECK ((version > 0))
constraint consents.consents_pkey PRIMARY KEY (tenant_id, id)
constraint consents.consents_purposes_check CHECK ((cardinality(purposes) > 0))
constraint consents.consents_recipients_check CHECK ((cardinality(recipients) > 0))
constraint consents.consents_tenant_id_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES api_keys(tenant_id, id)
constraint consents.consents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint declaration_answers.declaration_answers_number_check CHECK ((number > 0))
constraint declaration_answers.declaration_answers_pkey PRIMARY KEY (tenant_id, declaration_id, number)
constraint declaration_answers.declaration_answers_state_check CHECK ((state = ANY (ARRAY['at_port'::text, 'accepted'::text, 'rejected'::text, 'send_failed'::text, 'exception'::text])))
constraint declaration_answers.declaration_answers_tenant_id_declaration_id_message_fkey FOREIGN KEY (tenant_id, declaration_id, message) REFERENCES declaration_messages(tenant_id, declaration_id, number)
constraint declaration_messages.declaration_messages_amount_check CHECK ((amount > 0))
constraint declaration_messages.declaration_messages_number_check CHECK ((number > 0))
constraint declaration_messages.declaration_messages_pkey PRIMARY KEY (tenant_id, declaration_id, number)
constraint declaration_messages.declaration_messages_tenant_id_declaration_id_fkey FOREIGN KEY (tenant_id, declaration_id) REFERENCES declarations(tenant_id, id)
constraint declaration_messages.declaration_messages_tenant_id_guid_key UNIQUE (tenant_id, guid)
constraint declaration_messages.declaration_messages_type_check CHECK ((type = ANY (ARRAY['new'::text, 'change'::text, 'delete'::text])))
constraint declarations.declarations_answered CHECK ((((state = ANY (ARRAY['draft'::text, 'submitted'::text])) = (raw_code IS NULL)) AND ((raw_code IS NULL) = (answered_at IS NULL))))
constraint declarations.declarations_answers_check CHECK ((answers >= 0))
constraint declarations.declarations_code CHECK (((raw_code IS NULL) OR (state = COALESCE(
CASE
    WHEN (jurisdiction = 'CN'::text) THEN
    CASE
        WHEN (raw_code = ANY (ARRAY['2'::text, '3'::text])) THEN 'at_port'::text
        WHEN (raw_code = ANY (ARRAY['120'::text, '399'::text])) THEN 'accepted'::text
        WHEN (raw_code = '100'::text) THEN 'rejected'::text
        WHEN (raw_code = '4'::text) THEN 'send_failed'::text
        WHEN (raw_code ~ '^-[1-9][0-9]{0,8}$'::text) THEN 'exception'::text
        ELSE NULL::text
    END
    ELSE
    CASE raw_code
        WHEN 'received'::text THEN 'at_port'::text
        WHEN 'accepted'::text THEN 'accepted'::text
        WHEN 'returned'::text THEN 'rejected'::text
        WHEN 'undelivered'::text THEN 'send_failed'::text
        WHEN 'fault'::text THEN 'exception'::text
        ELSE NULL::text
    END
END, ''::text))))
constraint declarations.declarations_jurisdiction_check CHECK ((jurisdiction = ANY (ARRAY['CN'::text, 'KR'::text])))
constraint declarations.declarations_messages_check CHECK ((messages > 0))
constraint declarations.declarations_pkey PRIMARY KEY (tenant_id, id)
constraint declarations.declarations_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'at_port'::text, 'accepted'::text, 'rejected'::text, 'send_failed'::text, 'exception'::text])))
constraint declarations.declarations_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint declarations.declarations_tenant_id_request_id_key UNIQUE (tenant_id, request_id)
constraint declarations.declarations_version_check CHECK ((version > 0))
constraint declarations.declarations_waiting CHECK (((next_attempt_at IS NULL) OR (state = 'draft'::text)))
constraint dispute_evidence.dispute_evidence_attachments_check CHECK (((jsonb_typeof(attachments) = 'array'::text) AND (jsonb_array_length(attachments) > 0)))
constraint dispute_evidence.dispute_evidence_handed_in_by_check CHECK ((handed_in_by = ANY (ARRAY['buyer'::text, 'seller'::text, 'platform'::text])))
constraint dispute_evidence.dispute_evidence_number_check CHECK ((number > 0))
constraint dispute_evidence.dispute_evidence_pkey PRIMARY KEY (tenant_id, dispute_id, number)
constraint dispute_evidence.dispute_evidence_tenant_id_dispute_id_fkey FOREIGN KEY (tenant_id, dispute_id) REFERENCES disputes(tenant_id, id)
constraint dispute_evidence.dispute_evidence_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint disputes.disputes_awarded CHECK ((((state = 'awarded'::text) = (award IS NOT NULL)) AND ((transaction_id IS NULL) OR (state = ANY (ARRAY['awarded'::text, 'withdrawn'::text])))))
constraint disputes.disputes_decided CHECK ((((state = ANY (ARRAY['awarded'::text, 'withdrawn'::text])) = (decided_by IS NOT NULL)) AND ((decided_by IS NULL) = (decided_at IS NULL))))
constraint disputes.disputes_evidence_count_check CHECK ((evidence_count >= 0))
constraint disputes.disputes_lines_check CHECK (((jsonb_typeof(lines) = 'array'::text) AND (jsonb_array_length(lines) > 0)))
constraint disputes.disputes_opened_by_check CHECK ((opened_by = ANY (ARRAY['buyer'::text, 'seller'::text, 'platform'::text])))
constraint disputes.disputes_pkey PRIMARY KEY (tenant_id, id)
constraint disputes.disputes_proposed CHECK ((((proposal IS NULL) = (proposed_by IS NULL)) AND ((proposed_by IS NULL) = (proposed_at IS NULL))))
constraint disputes.disputes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'under_review'::text, 'awarded'::text, 'withdrawn'::text])))
constraint disputes.disputes_tenant_id_decided_by_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES api_keys(tenant_id, id)
constraint disputes.disputes_tenant_id_opened_key_fkey FOREIGN KEY (tenant_id, opened_key) REFERENCES api_keys(tenant_id, id)
constraint disputes.disputes_tenant_id_proposed_by_fkey FOREIGN KEY (tenant_id, proposed_by) REFERENCES api_keys(tenant_id, id)
constraint disputes.disputes_two_persons CHECK (((state <> 'awarded'::text) OR (proposed_by IS NULL) OR (decided_by <> proposed_by)))
constraint events.events_pkey PRIMARY KEY (tenant_id, seq)
constraint events.events_seq_check CHECK ((seq > 0))
constraint fx_quotes.fx_quotes_pkey PRIMARY KEY (tenant_id, id)
constraint fx_quotes.fx_quotes_rate_check CHECK (((rate)::numeric > (0)::numeric))
constraint fx_quotes.fx_quotes_tenant_id_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES api_keys(tenant_id, id)
constraint fx_quotes.fx_quotes_two_units CHECK ((from_unit <> to_unit))
constraint idempotency_keys.idempotency_keys_pkey PRIMARY KEY (tenant_id, key)
constraint identities.identities_assurance_check CHECK ((assurance = ANY (ARRAY['low'::text, 'substantial'::text, 'high'::text])))
constraint identities.identities_deferred CHECK (((erase_basis IS NULL) = (erase_at IS NULL)))
constraint identities.identities_pkey PRIMARY KEY (tenant_id, id)
constraint identities.identities_tenant_id_consent_id_fkey FOREIGN KEY (tenant_id, consent_id) REFERENCES consents(tenant_id, id)
constraint identities.identities_tenant_id_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES api_keys(tenant_id, id)
constraint identities.identities_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint identity_secrets.identity_secrets_fields_check CHECK ((jsonb_typeof(fields) = 'object'::text))
constraint identity_secrets.identity_secrets_pkey PRIMARY KEY (tenant_id, identity_id)
constraint identity_secrets.identity_secrets_tags_check CHECK ((jsonb_typeof(tags) = 'array'::text))
constraint identity_secrets.identity_secrets_tenant_id_identity_id_fkey FOREIGN KEY (tenant_id, identity_id) REFERENCES identities(tenant_id, id)
constraint lookup_heads.lookup_heads_hash_check CHECK ((octet_length(hash) = 32))
constraint lookup_heads.lookup_heads_pkey PRIMARY KEY (tenant_id)
constraint lookup_heads.lookup_heads_seq_check CHECK ((seq >= 0))
constraint lookup_heads.lookup_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint lookups.lookups_hash_check CHECK ((octet_length(hash) = 32))
constraint lookups.lookups_pkey PRIMARY KEY (tenant_id, seq)
constraint lookups.lookups_seq_check CHECK ((seq > 0))
constraint lookups.lookups_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint manual_journals.manual_journals_decided CHECK ((((state = 'proposed'::text) = (decided_by IS NULL)) AND ((decided_by IS NULL) = (decided_at IS NULL))))
constraint manual_journals.manual_journals_pkey PRIMARY KEY (tenant_id, id)
constraint manual_journals.manual_journals_posted CHECK (((state = 'posted'::text) = (transaction_id IS NOT NULL)))
constraint manual_journals.manual_journals_postings_check CHECK (((jsonb_typeof(postings) = 'array'::text) AND (jsonb_array_length(postings) > 0)))
constraint manual_journals.manual_journals_reversed CHECK (((reversed_by IS NULL) OR (state = 'posted'::text)))
constraint manual_journals.manual_journals_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'posted'::text, 'rejected'::text, 'withdrawn'::text])))
constraint manual_journals.manual_journals_tenant_id_decided_by_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES api_keys(tenant_id, id)
constraint manual_journals.manual_journals_tenant_id_proposed_by_fkey FOREIGN KEY (tenant_id, proposed_by) REFERENCES api_keys(tenant_id, id)
constraint manual_journals.manual_journals_tenant_id_reversed_by_fkey FOREIGN KEY (tenant_id, reversed_by) REFERENCES manual_journals(tenant_id, id)
constraint manual_journals.manual_journals_tenant_id_reverses_fkey FOREIGN KEY (tenant_id, reverses) REFERENCES manual_journals(tenant_id, id)
constraint manual_journals.manual_journals_two_persons CHECK (((state <> ALL (ARRAY['posted'::text, 'rejected'::text])) OR (decided_by <> proposed_by)))
constraint manual_journals.manual_journals_withdrawn CHECK (((state <> 'withdrawn'::text) OR (decided_by = proposed_by)))
constraint match_batches.match_batches_pkey PRIMARY KEY (tenant_id, id)
constraint match_batches.match_batches_results_check CHECK ((jsonb_typeof(results) = 'array'::text))
constraint match_batches.match_batches_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint match_batches.match_batches_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint matches.matches_assurance_check CHECK ((assurance = ANY (ARRAY['low'::text, 'substantial'::text, 'high'::text])))
constraint matches.matches_commitment_check CHECK ((octet_length(commitment) = 32))
constraint matches.matches_jurisdiction_check CHECK ((jurisdiction = ANY (ARRAY['CN'::text, 'KR'::text])))
constraint matches.matches_pkey PRIMARY KEY (tenant_id, id)
constraint matches.matches_role_check CHECK ((role = ANY (ARRAY['payer'::text, 'orderer'::text, 'consignee'::text])))
constraint matches.matches_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint matches.matches_tenant_id_identity_id_fkey FOREIGN KEY (tenant_id, identity_id) REFERENCES identities(tenant_id, id)
constraint matches.matches_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint matches.matches_verdict_check CHECK ((verdict = ANY (ARRAY['match'::text, 'close_match'::text, 'no_match'::text, 'insufficient'::text, 'unavailable'::text])))
constraint parties.parties_kind_check CHECK ((kind = ANY (ARRAY['buyer'::text, 'seller'::text, 'partner'::text])))
constraint parties.parties_pkey PRIMARY KEY (tenant_id, id)
constraint parties.parties_terms CHECK (((terms IS NULL) OR ((kind = 'seller'::text) AND (jsonb_typeof(terms) = 'object'::text))))
constraint parties.parties_version_check CHECK ((version > 0))
constraint payment_allocations.payment_allocations_amount_check CHECK ((amount > 0))
constraint payment_allocations.payment_allocations_cap CHECK (((refunded + charged_back) <= amount))
constraint payment_allocations.payment_allocations_charged_back_check CHECK ((charged_back >= 0))
constraint payment_allocations.payment_allocations_pkey PRIMARY KEY (tenant_id, trade_id, "position")
constraint payment_allocations.payment_allocations_position_check CHECK (("position" > 0))
constraint payment_allocations.payment_allocations_refunded_check CHECK ((refunded >= 0))
constraint payments.payments_amount_check CHECK ((amount > 0))
constraint payments.payments_applied_check CHECK ((applied >= 0))
constraint payments.payments_charged_back_check CHECK ((charged_back >= 0))
constraint payments.payments_in_suspense_check CHECK ((in_suspense >= 0))
constraint payments.payments_other_trades_check CHECK ((cardinality(other_trades) > 0))
constraint payments.payments_pkey PRIMARY KEY (tenant_id, id)
constraint payments.payments_returned_check CHECK ((returned >= 0))
constraint payments.payments_suspense_reason_check CHECK ((suspense_reason = ANY (ARRAY['unknown_trade'::text, 'other_currency'::text, 'other_revision'::text, 'not_awaiting_payment'::text, 'too_many_payments'::text, 'surplus'::text])))
constraint payments.payments_version_check CHECK ((version > 0))
constraint payments.payments_whole CHECK (((((applied + in_suspense) + returned) + charged_back) = amount))
constraint quota_index.quota_index_pkey PRIMARY KEY (tenant_id, year, identity_id)
constraint quota_index.quota_index_tag_check CHECK ((octet_length(tag) = 32))
constraint quota_index.quota_index_tenant_id_identity_id_fkey FOREIGN KEY (tenant_id, identity_id) REFERENCES identities(tenant_id, id)
constraint quota_index.quota_index_tenant_id_year_fkey FOREIGN KEY (tenant_id, year) REFERENCES quota_years(tenant_id, year) ON DELETE CASCADE
constraint quota_years.quota_years_pkey PRIMARY KEY (tenant_id, year)
constraint quota_years.quota_years_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint quota_years.quota_years_year_check CHECK (((year >= 2000) AND (year <= 2100)))
constraint receipt_keys.receipt_keys_pkey PRIMARY KEY (tenant_id, kid)
constraint receipt_keys.receipt_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint receipts.receipts_pkey PRIMARY KEY (tenant_id, id)
constraint receipts.receipts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint receipts.receipts_tenant_id_identity_id_fkey FOREIGN KEY (tenant_id, identity_id) REFERENCES identities(tenant_id, id)
constraint receipts.receipts_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint receipts.receipts_tenant_id_match_id_fkey FOREIGN KEY (tenant_id, match_id) REFERENCES matches(tenant_id, id)
constraint refund_attempts.refund_attempts_channel_check CHECK ((channel = ANY (ARRAY['provider'::text, 'bank'::text])))
constraint refund_attempts.refund_attempts_excess CHECK (((NOT excess) OR (outcome = 'succeeded'::text)))
constraint refund_attempts.refund_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['sent'::text, 'failed'::text, 'succeeded'::text, 'bounced'::text])))
constraint refund_attempts.refund_attempts_pkey PRIMARY KEY (tenant_id, refund_id, "position")
constraint refund_attempts.refund_attempts_position_check CHECK (("position" > 0))
constraint refund_attempts.refund_attempts_reason CHECK ((((outcome = 'failed'::text) <= (reason IS NOT NULL)) AND ((outcome = ANY (ARRAY['sent'::text, 'succeeded'::text])) <= (reason IS NULL))))
constraint refund_attempts.refund_attempts_reason_check CHECK ((reason = ANY (ARRAY['account_closed'::text, 'account_unreachable'::text, 'name_mismatch'::text, 'limit_exceeded'::text, 'balance_too_low'::text, 'too_old'::text, 'no_answer'::text, 'other'::text])))
constraint refund_cases.refund_cases_amount_check CHECK ((amount >= 0))
constraint refund_cases.refund_cases_asked_check CHECK ((asked > 0))
constraint refund_cases.refund_cases_closed CHECK (((state = ANY (ARRAY['refunded'::text, 'cancelled'::text])) = (closed_at IS NOT NULL)))
constraint refund_cases.refund_cases_due CHECK (((state = ANY (ARRAY['requested'::text, 'awaiting_return'::text, 'return_shipped'::text, 'refused'::text])) = (due_at IS NOT NULL)))
constraint refund_cases.refund_cases_kind_check CHECK ((kind = ANY (ARRAY['refund_only'::text, 'return_refund'::text])))
constraint refund_cases.refund_cases_pkey PRIMARY KEY (tenant_id, id)
constraint refund_cases.refund_cases_quantity_check CHECK ((quantity > 0))
constraint refund_cases.refund_cases_refunded CHECK (((refunded = 0) OR (state = 'refunded'::text)))
constraint refund_cases.refund_cases_refunded_check CHECK ((refunded >= 0))
constraint refund_cases.refund_cases_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'awaiting_return'::text, 'return_shipped'::text, 'refused'::text, 'arbitration'::text, 'refunded'::text, 'cancelled'::text])))
constraint refund_cases.refund_cases_steps_check CHECK (((jsonb_typeof(steps) = 'array'::text) AND (jsonb_array_length(steps) > 0)))
constraint refunds.refunds_amount_check CHECK ((amount > 0))
constraint refunds.refunds_pkey PRIMARY KEY (tenant_id, id)
constraint refunds.refunds_status_check CHECK ((status = ANY (ARRAY['payable'::text, 'sent'::text, 'failed'::text, 'succeeded'::text, 'bounced'::text, 'charged_back'::text])))
constraint refunds.refunds_version_check CHECK ((version > 0))
constraint reserve_slices.reserve_slices_amount_check CHECK ((amount > 0))
constraint reserve_slices.reserve_slices_check CHECK ((upto >= amount))
constraint reserve_slices.reserve_slices_matured CHECK ((((matured_at IS NULL) = (released IS NULL)) AND ((matured_at IS NULL) = (next_attempt_at IS NOT NULL))))
constraint reserve_slices.reserve_slices_pkey PRIMARY KEY (tenant_id, id)
constraint reserve_slices.reserve_slices_released_check CHECK ((released >= 0))
constraint sandbox_customs.sandbox_customs_answers_check CHECK ((jsonb_typeof(answers) = 'array'::text))
constraint sandbox_customs.sandbox_customs_failures_check CHECK ((failures >= 0))
constraint sandbox_customs.sandbox_customs_pkey PRIMARY KEY (tenant_id)
constraint sandbox_customs.sandbox_customs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint sandbox_customs_answers.sandbox_customs_answers_pkey PRIMARY KEY (tenant_id, id)
constraint sandbox_customs_answers.sandbox_customs_answers_told CHECK (((NOT is_told) OR (next_attempt_at IS NULL)))
constraint sandbox_customs_answers.sandbox_customs_answers_version_check CHECK ((version > 0))
constraint sandbox_customs_messages.sandbox_customs_messages_pkey PRIMARY KEY (tenant_id, guid)
constraint sandbox_customs_messages.sandbox_customs_messages_tries_check CHECK ((tries > 0))
constraint sandbox_facts.sandbox_facts_amount_check CHECK ((amount > 0))
constraint sandbox_facts.sandbox_facts_check CHECK (((told >= 0) AND (told <= cardinality(tell_at))))
constraint sandbox_facts.sandbox_facts_fee_check CHECK ((fee >= 0))
constraint sandbox_facts.sandbox_facts_fee_returned_check CHECK ((fee_returned >= 0))
constraint sandbox_facts.sandbox_facts_kind_check CHECK ((kind = ANY (ARRAY['payment'::text, 'refund_success'::text, 'refund_failure'::text, 'refund_bounce'::text, 'chargeback_opened'::text, 'chargeback_won'::text, 'chargeback_lost'::text])))
constraint sandbox_facts.sandbox_facts_payment CHECK (((payment_reference IS NULL) <> starts_with(kind, 'chargeback_'::text)))
constraint sandbox_facts.sandbox_facts_pkey PRIMARY KEY (tenant_id, id)
constraint sandbox_facts.sandbox_facts_tell_at_check CHECK ((cardinality(tell_at) > 0))
constraint sandbox_facts.sandbox_facts_told CHECK (((told < cardinality(tell_at)) OR (next_attempt_at IS NULL)))
constraint sandbox_facts.sandbox_facts_version_check CHECK ((version > 0))
constraint sandbox_providers.sandbox_providers_pkey PRIMARY KEY (tenant_id)
constraint sandbox_providers.sandbox_providers_refund_after_ms_check CHECK ((refund_after_ms >= 0))
constraint sandbox_providers.sandbox_providers_refunds_check CHECK ((refunds = ANY (ARRAY['by_hand'::text, 'succeed'::text, 'fail'::text, 'bounce'::text])))
constraint sandbox_providers.sandbox_providers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint schema_migrations.schema_migrations_pkey PRIMARY KEY (name)
constraint shipments.shipments_lines_check CHECK ((jsonb_typeof(lines) = 'array'::text))
constraint shipments.shipments_pkey PRIMARY KEY (tenant_id, trade_id, id)
constraint tenant_counters.tenant_counters_clock_ahead_ms_check CHECK (((clock_ahead_ms >= 0) AND (clock_ahead_ms <= (3653 * (86400000)::bigint))))
constraint tenant_counters.tenant_counters_pkey PRIMARY KEY (tenant_id)
constraint tenant_counters.tenant_counters_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint tenants.tenants_kind_check CHECK ((kind = ANY (ARRAY['sandbox'::text, 'live'::text])))
constraint tenants.tenants_name_form CHECK ((name ~ '^[a-z][a-z0-9-]{0,62}$'::text))
constraint tenants.tenants_name_key UNIQUE (name)
constraint tenants.tenants_pkey PRIMARY KEY (id)
constraint tenants.tenants_settings_check CHECK ((jsonb_typeof(settings) = 'object'::text))
constraint test_clocks.test_clocks_pkey PRIMARY KEY (tenant_id)
constraint test_clocks.test_clocks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint test_clocks.test_clocks_version_check CHECK ((version > 0))
constraint trade_customs.trade_customs_claims_check CHECK (((jsonb_typeof(claims) = 'array'::text) AND ((jsonb_array_length(claims) >= 1) AND (jsonb_array_length(claims) <= 5))))
constraint trade_customs.trade_customs_cleared CHECK ((((cleared_by IS NULL) = (lift_at IS NULL)) AND ((cleared_by IS NULL) OR (hold_id IS NOT NULL))))
constraint trade_customs.trade_customs_pkey PRIMARY KEY (tenant_id, trade_id)
constraint trade_customs.trade_customs_tenant_id_consignee_id_fkey FOREIGN KEY (tenant_id, consignee_id) REFERENCES identities(tenant_id, id)
constraint trade_customs.trade_customs_tenant_id_orderer_id_fkey FOREIGN KEY (tenant_id, orderer_id) REFERENCES identities(tenant_id, id)
constraint trade_customs.trade_customs_tenant_id_payer_id_fkey FOREIGN KEY (tenant_id, payer_id) REFERENCES identities(tenant_id, id)
constraint trade_customs.trade_customs_version_check CHECK ((version > 0))
constraint trade_grants.trade_grants_pkey PRIMARY KEY (tenant_id, id)
constraint trade_grants.trade_grants_tenant_id_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES api_keys(tenant_id, id)
constraint trade_grants.trade_grants_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
constraint trade_grants.trade_grants_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES api_keys(tenant_id, id)
constraint trade_groups.trade_groups_decided CHECK (((state = 'open'::text) = (decided_at IS NULL)))
constraint trade_groups.trade_groups_followed CHECK ((followed_at >= decided_at))
constraint trade_groups.trade_groups_pkey PRIMARY KEY (tenant_id, id)
constraint trade_groups.trade_groups_quantity_max_check CHECK ((quantity_max > 0))
constraint trade_groups.trade_groups_seats CHECK (
CASE state
    WHEN 'filled'::text THEN (seats = size)
    ELSE (seats < size)
END)
constraint trade_groups.trade_groups_seats_check CHECK ((seats >= 0))
constraint trade_groups.trade_groups_size_check CHECK ((size > 1))
constraint trade_groups.trade_groups_state_check CHECK ((state = ANY (ARRAY['open'::text, 'filled'::text, 'failed'::text])))
constraint trade_groups.trade_groups_swept CHECK (((followed_at IS NULL) = (next_attempt_at IS NOT NULL)))
constraint trade_groups.trade_groups_unit_price_check CHECK ((unit_price > 0))
constraint trade_groups.trade_groups_version_check CHECK ((version > 0))
constraint trade_lines.trade_lines_charged_back_goods_check CHECK ((charged_back_goods >= 0))
constraint trade_lines.trade_lines_charged_back_shipping_check CHECK ((charged_back_shipping >= 0))
constraint trade_lines.trade_lines_check CHECK (((confirmed >= 0) AND (confirmed <= shipped)))
constraint trade_lines.trade_lines_check1 CHECK (((coins_funded >= 0) AND (coins_funded <= coins_earned)))
constraint trade_lines.trade_lines_check2 CHECK (((returned >= 0) AND (returned <= refunded)))
constraint trade_lines.trade_lines_coins CHECK (((coins_redeemed + coins_returned) <= coins))
constraint trade_lines.trade_lines_coins_check CHECK ((coins >= 0))
constraint trade_lines.trade_lines_coins_earned_check CHECK ((coins_earned >= 0))
constraint trade_lines.trade_lines_coins_redeemed_check CHECK ((coins_redeemed >= 0))
constraint trade_lines.trade_lines_coins_returned_check CHECK ((coins_returned >= 0))
constraint trade_lines.trade_lines_commission_posted_check CHECK ((commission_posted >= 0))
constraint trade_lines.trade_lines_conditions CHECK (((milestones IS NOT NULL) OR ((met IS NULL) AND (release_by IS NULL))))
constraint trade_lines.trade_lines_exchanges CHECK (((jsonb_typeof(exchanges) = 'array'::text) AND (jsonb_array_length(exchanges) > 0)))
constraint trade_lines.trade_lines_frozen_goods_check CHECK ((frozen_goods >= 0))
constraint trade_lines.trade_lines_frozen_shipping_check CHECK ((frozen_shipping >= 0))
constraint trade_lines.trade_lines_frozen_units_check CHECK ((frozen_units >= 0))
constraint trade_lines.trade_lines_fulfilment_check CHECK ((fulfilment = ANY (ARRAY['instant'::text, 'virtual'::text, 'express'::text, 'mail'::text])))
constraint trade_lines.trade_lines_goods CHECK (((((released_goods + refunded_goods) + charged_back_goods) + frozen_goods) <= (unit_price * quantity)))
constraint trade_lines.trade_lines_met_check CHECK (((jsonb_typeof(met) = 'array'::text) AND (jsonb_array_length(met) > 0)))
constraint trade_lines.trade_lines_milestones_check CHECK (((jsonb_typeof(milestones) = 'array'::text) AND (jsonb_array_length(milestones) > 0)))
constraint trade_lines.trade_lines_pkey PRIMARY KEY (tenant_id, trade_id, "position")
constraint trade_lines.trade_lines_position_check CHECK (("position" > 0))
constraint trade_lines.trade_lines_quantities CHECK ((((shipped + refunded) - returned) <= quantity))
constraint trade_lines.trade_lines_quantity_check CHECK ((quantity > 0))
constraint trade_lines.trade_lines_refunded_check CHECK ((refunded >= 0))
constraint trade_lines.trade_lines_refunded_goods_check CHECK ((refunded_goods >= 0))
constraint trade_lines.trade_lines_refunded_shipping_check CHECK ((refunded_shipping >= 0))
constraint trade_lines.trade_lines_released_goods_check CHECK ((released_goods >= 0))
constraint trade_lines.trade_lines_released_shipping_check CHECK ((released_shipping >= 0))
constraint trade_lines.trade_lines_shipped CHECK ((((confirmed + returned) + frozen_units) <= shipped))
constraint trade_lines.trade_lines_shipped_check CHECK ((shipped >= 0))
constraint trade_lines.trade_lines_shipping CHECK (((((released_shipping + refunded_shipping) + charged_back_shipping) + frozen_shipping) <= shipping))
constraint trade_lines.trade_lines_shipping_check CHECK ((shipping >= 0))
constraint trade_lines.trade_lines_splits CHECK ((cardinality(split_posted) = jsonb_array_length(splits)))
constraint trade_lines.trade_lines_splits_check CHECK ((jsonb_typeof(splits) = 'array'::text))
constraint trade_lines.trade_lines_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'shipped'::text, 'confirmed'::text, 'refunded'::text, 'cancelled'::text])))
constraint trade_lines.trade_lines_unit_price_check CHECK ((unit_price >= 0))
constraint trades.trades_after_sale CHECK (((after_sale_by IS NULL) OR (after_sale_ended_at IS NULL)))
constraint trades.trades_charged_back_check CHECK ((charged_back >= 0))
constraint trades.trades_check CHECK (((coins_value >= 0) AND (coins_value <= total)))
constraint trades.trades_check2 CHECK (((refund_pending >= 0) AND (refund_pending <= refunded)))
constraint trades.trades_deadline_swept CHECK (((next_deadline_at IS NULL) = (next_attempt_at IS NULL)))
constraint trades.trades_declared CHECK (((declared IS NULL) OR (declared_amount(declared) <= ((paid - refunded) - charged_back))))
constraint trades.trades_declared_check CHECK (((jsonb_typeof(declared) = 'array'::text) AND (jsonb_array_length(declared) > 0)))
constraint trades.trades_declared_lowered CHECK (((declared_lowered_at IS NULL) OR (declared IS NOT NULL)))
constraint trades.trades_disputes CHECK (((jsonb_typeof(disputes) = 'array'::text) AND (jsonb_array_length(disputes) > 0)))
constraint trades.trades_fee_base_check CHECK ((fee_base = ANY (ARRAY['price'::text, 'price_and_shipping'::text])))
constraint trades.trades_group CHECK (((group_id IS NULL) = (fill_by IS NULL)))
constraint trades.trades_group_filled CHECK (((group_outcome <> 'filled'::text) OR (group_seat IS NOT NULL)))
constraint trades.trades_group_member CHECK (((group_id IS NOT NULL) OR ((group_seat IS NULL) AND (group_outcome IS NULL))))
constraint trades.trades_group_missed CHECK (((group_outcome <> 'missed'::text) OR ((closed_unpaid_at IS NOT NULL) AND ((refunded + charged_back) = paid))))
constraint trades.trades_group_outcome_check CHECK ((group_outcome = ANY (ARRAY['filled'::text, 'missed'::text])))
constraint trades.trades_group_seat_check CHECK ((group_seat > 0))
constraint trades.trades_held CHECK ((((released + refunded) + charged_back) <= paid))
constraint trades.trades_hold_kinds CHECK ((NOT jsonb_path_exists(holds, '$[*]?(!((@."kind" == "compliance" || @."kind" == "identity") || @."kind" == "chargeback"))'::jsonpath)))
constraint trades.trades_holds CHECK (((jsonb_typeof(holds) = 'array'::text) AND (jsonb_array_length(holds) > 0)))
constraint trades.trades_paid CHECK (((paid >= 0) AND (((paid - refunded) - charged_back) <= (total - coins_value))))
constraint trades.trades_pkey PRIMARY KEY (tenant_id, id)
constraint trades.trades_refund_cases_check CHECK (((jsonb_typeof(refund_cases) = 'array'::text) AND (jsonb_array_length(refund_cases) > 0)))
constraint trades.trades_refunded_check CHECK ((refunded >= 0))
constraint trades.trades_released_check CHECK ((released >= 0))
constraint trades.trades_revision_check CHECK ((revision > 0))
constraint trades.trades_ship_overdue CHECK ((ship_overdue_at >= ship_by))
constraint trades.trades_state CHECK ((state = ANY (ARRAY['awaiting_payment'::text, 'awaiting_group'::text, 'awaiting_shipment'::text, 'partially_shipped'::text, 'awaiting_confirmation'::text, 'completed'::text, 'closed_unpaid'::text, 'closed_refunded'::text, 'closed_charged_back'::text])))
constraint trades.trades_total_check CHECK ((total > 0))
constraint trades.trades_version_check CHECK ((version > 0))
constraint transactions.transactions_pkey PRIMARY KEY (tenant_id, id)
constraint transactions.transactions_seq_check CHECK ((seq > 0))
constraint transactions.transactions_seq_key UNIQUE (tenant_id, seq)
constraint transfers.transfers_amount_check CHECK ((amount > 0))
constraint transfers.transfers_credit_key UNIQUE (tenant_id, credit_account_id, credit_version)
constraint transfers.transfers_credit_version_check CHECK ((credit_version > 0))
constraint transfers.transfers_debit_key UNIQUE (tenant_id, debit_account_id, debit_version)
constraint transfers.transfers_debit_version_check CHECK ((debit_version > 0))
constraint transfers.transfers_pkey PRIMARY KEY (tenant_id, transaction_id, "position")
constraint transfers.transfers_position_check CHECK (("position" > 0))
constraint transfers.transfers_two_accounts CHECK ((debit_account_id <> credit_account_id))
constraint write_offs.write_offs_amount_check CHECK ((amount > 0))
constraint write_offs.write_offs_check CHECK (((written_off >= 1) AND (written_off <= amount)))
constraint write_offs.write_offs_decided CHECK ((((state = 'proposed'::text) = (decided_by IS NULL)) AND ((decided_by IS NULL) = (decided_at IS NULL))))
constraint write_offs.write_offs_pkey PRIMARY KEY (tenant_id, id)
constraint write_offs.write_offs_posted CHECK ((((state = 'posted'::text) = (transaction_id IS NOT NULL)) AND ((state = 'posted'::text) = (written_off IS NOT NULL))))
constraint write_offs.write_offs_reason_check CHECK ((reason = ANY (ARRAY['insolvent'::text, 'closed'::text, 'unreachable'::text, 'too_small'::text, 'settled'::text])))
constraint write_offs.write_offs_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'posted'::text, 'rejected'::text, 'withdrawn'::text])))
constraint write_offs.write_offs_tenant_id_decided_by_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES api_keys(tenant_id, id)
constraint write_offs.write_offs_tenant_id_proposed_by_fkey FOREIGN KEY (tenant_id, proposed_by) REFERENCES api_keys(tenant_id, id)
constraint write_offs.write_offs_two_persons CHECK (((state <> ALL (ARRAY['posted'::text, 'rejected'::text])) OR (decided_by <> proposed_by)))
constraint write_offs.write_offs_withdrawn CHECK (((state <> 'withdrawn'::text) OR (decided_by = proposed_by)))

CREATE UNIQUE INDEX accounts_name_key ON public.accounts USING btree (tenant_id, class, owner, unit)
CREATE INDEX accounts_owner ON public.accounts USING btree (tenant_id, owner) WHERE (owner <> ''::text)
CREATE UNIQUE INDEX accounts_pkey ON public.accounts USING btree (tenant_id, id)
CREATE UNIQUE INDEX api_key_secrets_hash_key ON public.api_key_secrets USING btree (hash)
CREATE UNIQUE INDEX api_key_secrets_pkey ON public.api_key_secrets USING btree (tenant_id, key_id, number)
CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (tenant_id, id)
CREATE UNIQUE INDEX audit_entries_pkey ON public.audit_entries USING btree (tenant_id, seq)
CREATE INDEX audit_entries_subject ON public.audit_entries USING btree (tenant_id, subject, seq)
CREATE UNIQUE INDEX broker_minutes_pkey ON public.broker_minutes USING btree (tenant_id, key_id, minute)
CREATE UNIQUE INDEX broker_pauses_pkey ON public.broker_pauses USING btree (tenant_id, key_id)
CREATE INDEX chargebacks_payment ON public.chargebacks USING btree (tenant_id, payment_id, id) WHERE (payment_id IS NOT NULL)
CREATE UNIQUE INDEX chargebacks_pkey ON public.chargebacks USING btree (tenant_id, id)
CREATE INDEX chargebacks_state ON public.chargebacks USING btree (tenant_id, state, id)
CREATE UNIQUE INDEX claims_pkey ON public.claims USING btree (tenant_id, kind, key)
CREATE UNIQUE INDEX coin_campaign_shares_pkey ON public.coin_campaign_shares USING btree (tenant_id, campaign_id, buyer_id)
CREATE INDEX coin_campaigns_due ON public.coin_campaigns USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE UNIQUE INDEX coin_campaigns_pkey ON public.coin_campaigns USING btree (tenant_id, id)
CREATE UNIQUE INDEX coin_lots_pkey ON public.coin_lots USING btree (tenant_id, id)
CREATE INDEX coin_lots_wallet ON public.coin_lots USING btree (tenant_id, buyer_id, currency, expires_at, id) WHERE is_open
CREATE UNIQUE INDEX coin_moves_pkey ON public.coin_moves USING btree (tenant_id, lot_id, place, entry_version)
CREATE UNIQUE INDEX coin_programmes_id ON public.coin_programmes USING btree (tenant_id, id)
CREATE UNIQUE INDEX coin_programmes_pkey ON public.coin_programmes USING btree (tenant_id, currency)
CREATE UNIQUE INDEX coin_programmes_unit ON public.coin_programmes USING btree (tenant_id, unit)
CREATE INDEX coin_wallets_due ON public.coin_wallets USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE UNIQUE INDEX coin_wallets_pkey ON public.coin_wallets USING btree (tenant_id, buyer_id, currency)
CREATE INDEX consents_party ON public.consents USING btree (tenant_id, party_id, id)
CREATE UNIQUE INDEX consents_pkey ON public.consents USING btree (tenant_id, id)
CREATE UNIQUE INDEX declaration_answers_pkey ON public.declaration_answers USING btree (tenant_id, declaration_id, number)
CREATE UNIQUE INDEX declaration_messages_pkey ON public.declaration_messages USING btree (tenant_id, declaration_id, number)
CREATE UNIQUE INDEX declaration_messages_tenant_id_guid_key ON public.declaration_messages USING btree (tenant_id, guid)
CREATE INDEX declarations_day ON public.declarations USING btree (tenant_id, created_at, id)
CREATE INDEX declarations_due ON public.declarations USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE INDEX declarations_orderer ON public.declarations USING btree (tenant_id, orderer_id)
CREATE UNIQUE INDEX declarations_pkey ON public.declarations USING btree (tenant_id, id)
CREATE UNIQUE INDEX declarations_tenant_id_request_id_key ON public.declarations USING btree (tenant_id, request_id)
CREATE INDEX declarations_trade ON public.declarations USING btree (tenant_id, trade_id, id)
CREATE UNIQUE INDEX dispute_evidence_pkey ON public.dispute_evidence USING btree (tenant_id, dispute_id, number)
CREATE UNIQUE INDEX disputes_pkey ON public.disputes USING btree (tenant_id, id)
CREATE INDEX disputes_state ON public.disputes USING btree (tenant_id, state, id)
CREATE INDEX disputes_trade ON public.disputes USING btree (tenant_id, trade_id, id)
CREATE UNIQUE INDEX events_pkey ON public.events USING btree (tenant_id, seq)
CREATE UNIQUE INDEX fx_quotes_pkey ON public.fx_quotes USING btree (tenant_id, id)
CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at)
CREATE UNIQUE INDEX idempotency_keys_pkey ON public.idempotency_keys USING btree (tenant_id, key)
CREATE INDEX identities_party ON public.identities USING btree (tenant_id, party_id, id)
CREATE UNIQUE INDEX identities_pkey ON public.identities USING btree (tenant_id, id)
CREATE INDEX identities_to_erase ON public.identities USING btree (erase_at) WHERE ((erased_at IS NULL) AND (erase_at IS NOT NULL))
CREATE INDEX identity_secrets_key ON public.identity_secrets USING btree (key_id)
CREATE UNIQUE INDEX identity_secrets_pkey ON public.identity_secrets USING btree (tenant_id, identity_id)
CREATE UNIQUE INDEX lookup_heads_pkey ON public.lookup_heads USING btree (tenant_id)
CREATE INDEX lookups_key ON public.lookups USING btree (tenant_id, key_id, seq)
CREATE INDEX lookups_party ON public.lookups USING btree (tenant_id, party_id, seq) WHERE (party_id IS NOT NULL)
CREATE UNIQUE INDEX lookups_pkey ON public.lookups USING btree (tenant_id, seq)
CREATE INDEX lookups_trade ON public.lookups USING btree (tenant_id, trade_id, seq)
CREATE UNIQUE INDEX manual_journals_pkey ON public.manual_journals USING btree (tenant_id, id)
CREATE UNIQUE INDEX manual_journals_reversal ON public.manual_journals USING btree (tenant_id, reverses) WHERE (state = 'posted'::text)
CREATE INDEX manual_journals_state ON public.manual_journals USING btree (tenant_id, state, id)
CREATE UNIQUE INDEX manual_journals_transaction ON public.manual_journals USING btree (tenant_id, transaction_id) WHERE (transaction_id IS NOT NULL)
CREATE UNIQUE INDEX match_batches_pkey ON public.match_batches USING btree (tenant_id, id)
CREATE INDEX matches_identity ON public.matches USING btree (tenant_id, identity_id, id) WHERE (identity_id IS NOT NULL)
CREATE UNIQUE INDEX matches_pkey ON public.matches USING btree (tenant_id, id)
CREATE INDEX matches_trade ON public.matches USING btree (tenant_id, trade_id, id)
CREATE UNIQUE INDEX parties_pkey ON public.parties USING btree (tenant_id, id)
CREATE UNIQUE INDEX payment_allocations_pkey ON public.payment_allocations USING btree (tenant_id, trade_id, "position")
CREATE UNIQUE INDEX payments_pkey ON public.payments USING btree (tenant_id, id)
CREATE INDEX payments_suspense ON public.payments USING btree (tenant_id, id) WHERE (in_suspense > 0)
CREATE UNIQUE INDEX quota_index_pkey ON public.quota_index USING btree (tenant_id, year, identity_id)
CREATE INDEX quota_index_tag ON public.quota_index USING btree (tenant_id, year, tag)
CREATE UNIQUE INDEX quota_years_pkey ON public.quota_years USING btree (tenant_id, year)
CREATE UNIQUE INDEX receipt_keys_pkey ON public.receipt_keys USING btree (tenant_id, kid)
CREATE INDEX receipts_id ON public.receipts USING btree (id)
CREATE INDEX receipts_identity ON public.receipts USING btree (tenant_id, identity_id, id)
CREATE INDEX receipts_match ON public.receipts USING btree (tenant_id, match_id, id)
CREATE UNIQUE INDEX receipts_pkey ON public.receipts USING btree (tenant_id, id)
CREATE UNIQUE INDEX refund_attempts_pkey ON public.refund_attempts USING btree (tenant_id, refund_id, "position")
CREATE UNIQUE INDEX refund_cases_open_line ON public.refund_cases USING btree (tenant_id, line_id) WHERE (closed_at IS NULL)
CREATE UNIQUE INDEX refund_cases_pkey ON public.refund_cases USING btree (tenant_id, id)
CREATE INDEX refund_cases_seller ON public.refund_cases USING btree (tenant_id, seller_id, id)
CREATE INDEX refund_cases_state ON public.refund_cases USING btree (tenant_id, state, id)
CREATE INDEX refund_cases_trade ON public.refund_cases USING btree (tenant_id, trade_id, id)
CREATE INDEX refunds_payment ON public.refunds USING btree (tenant_id, payment_id, id)
CREATE UNIQUE INDEX refunds_pkey ON public.refunds USING btree (tenant_id, id)
CREATE INDEX refunds_status ON public.refunds USING btree (tenant_id, status, id)
CREATE INDEX refunds_trade ON public.refunds USING btree (tenant_id, trade_id, id) WHERE (trade_id IS NOT NULL)
CREATE INDEX reserve_slices_due ON public.reserve_slices USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE UNIQUE INDEX reserve_slices_pkey ON public.reserve_slices USING btree (tenant_id, id)
CREATE INDEX reserve_slices_waiting ON public.reserve_slices USING btree (tenant_id, party_id, unit, matures_at, id) WHERE (matured_at IS NULL)
CREATE INDEX sandbox_customs_answers_due ON public.sandbox_customs_answers USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE UNIQUE INDEX sandbox_customs_answers_pkey ON public.sandbox_customs_answers USING btree (tenant_id, id)
CREATE UNIQUE INDEX sandbox_customs_messages_pkey ON public.sandbox_customs_messages USING btree (tenant_id, guid)
CREATE UNIQUE INDEX sandbox_customs_pkey ON public.sandbox_customs USING btree (tenant_id)
CREATE INDEX sandbox_facts_day ON public.sandbox_facts USING btree (tenant_id, occurred_at, id)
CREATE INDEX sandbox_facts_due ON public.sandbox_facts USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE UNIQUE INDEX sandbox_facts_pkey ON public.sandbox_facts USING btree (tenant_id, id)
CREATE INDEX sandbox_facts_refund ON public.sandbox_facts USING btree (tenant_id, refund_id) WHERE (refund_id IS NOT NULL)
CREATE UNIQUE INDEX sandbox_providers_pkey ON public.sandbox_providers USING btree (tenant_id)
CREATE UNIQUE INDEX schema_migrations_pkey ON public.schema_migrations USING btree (name)
CREATE UNIQUE INDEX shipments_pkey ON public.shipments USING btree (tenant_id, trade_id, id)
CREATE UNIQUE INDEX tenant_counters_pkey ON public.tenant_counters USING btree (tenant_id)
CREATE UNIQUE INDEX tenants_name_key ON public.tenants USING btree (name)
CREATE UNIQUE INDEX tenants_pkey ON public.tenants USING btree (id)
CREATE UNIQUE INDEX test_clocks_pkey ON public.test_clocks USING btree (tenant_id)
CREATE INDEX trade_customs_consignee ON public.trade_customs USING btree (tenant_id, consignee_id, trade_id)
CREATE INDEX trade_customs_lift ON public.trade_customs USING btree (tenant_id, lift_at) WHERE (lift_at IS NOT NULL)
CREATE INDEX trade_customs_orderer ON public.trade_customs USING btree (tenant_id, orderer_id, trade_id)
CREATE INDEX trade_customs_payer ON public.trade_customs USING btree (tenant_id, payer_id, trade_id)
CREATE UNIQUE INDEX trade_customs_pkey ON public.trade_customs USING btree (tenant_id, trade_id)
CREATE UNIQUE INDEX trade_grants_live ON public.trade_grants USING btree (tenant_id, trade_id, key_id, purpose) WHERE (revoked_at IS NULL)
CREATE UNIQUE INDEX trade_grants_pkey ON public.trade_grants USING btree (tenant_id, id)
CREATE INDEX trade_groups_decided ON public.trade_groups USING btree (tenant_id, decided_at) WHERE ((decided_at IS NOT NULL) AND (followed_at IS NULL))
CREATE INDEX trade_groups_due ON public.trade_groups USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE UNIQUE INDEX trade_groups_pkey ON public.trade_groups USING btree (tenant_id, id)
CREATE INDEX trade_groups_state ON public.trade_groups USING btree (tenant_id, state, id)
CREATE UNIQUE INDEX trade_lines_pkey ON public.trade_lines USING btree (tenant_id, trade_id, "position")
CREATE INDEX trade_lines_seller ON public.trade_lines USING btree (tenant_id, seller_id, trade_id)
CREATE INDEX trades_buyer ON public.trades USING btree (tenant_id, buyer_id, id)
CREATE INDEX trades_declared_lowered ON public.trades USING btree (tenant_id, declared_lowered_at) WHERE (declared_lowered_at IS NOT NULL)
CREATE INDEX trades_due ON public.trades USING btree (tenant_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL)
CREATE INDEX trades_group ON public.trades USING btree (tenant_id, group_id, id) WHERE (group_id IS NOT NULL)
CREATE UNIQUE INDEX trades_group_seat ON public.trades USING btree (tenant_id, group_id, group_seat) WHERE (group_seat IS NOT NULL)
CREATE INDEX trades_group_undone ON public.trades USING btree (tenant_id, group_id, id) WHERE ((group_id IS NOT NULL) AND (group_outcome IS NULL) AND (closed_unpaid_at IS NULL))
CREATE UNIQUE INDEX trades_pkey ON public.trades USING btree (tenant_id, id)
CREATE INDEX trades_state ON public.trades USING btree (tenant_id, state, id)
CREATE UNIQUE INDEX transactions_pkey ON public.transactions USING btree (tenant_id, id)
CREATE UNIQUE INDEX transactions_seq_key ON public.transactions USING btree (tenant_id, seq)
CREATE INDEX transactions_subject ON public.transactions USING btree (tenant_id, subject, seq) WHERE (subject <> ''::text)
CREATE UNIQUE INDEX transfers_credit_key ON public.transfers USING btree (tenant_id, credit_account_id, credit_version)
CREATE UNIQUE INDEX transfers_debit_key ON public.transfers USING btree (tenant_id, debit_account_id, debit_version)
CREATE UNIQUE INDEX transfers_pkey ON public.transfers USING btree (tenant_id, transaction_id, "position")
CREATE UNIQUE INDEX write_offs_pkey ON public.write_offs USING btree (tenant_id, id)
CREATE INDEX write_offs_state ON public.write_offs USING btree (tenant_id, state, id)
CREATE UNIQUE INDEX write_offs_transaction ON public.write_offs USING btree (tenant_id, transaction_id) WHERE (transaction_id IS NOT NULL)

view entries
  tenant_id integer
  account_id uuid
  version bigint
  direction text
  amount bigint
  unit text
  balance bigint
  other_account_id uuid
  transaction_id uuid
  position smallint
  seq bigint
  occurred_at timestamp with time zone
  recorded_at timestamp with time zone
 SELECT tenant_id,
    debit_account_id AS account_id,
    debit_version AS version,
    'debit'::text AS direction,
    amount,
    unit,
    debit_balance AS balance,
    credit_account_id AS other_account_id,
    transaction_id,
    "position",
    seq,
    occurred_at,
    recorded_at
   FROM transfers
UNION ALL
 SELECT tenant_id,
    credit_account_id AS account_id,
    credit_version AS version,
    'credit'::text AS direction,
    amount,
    unit,
    credit_balance AS balance,
    debit_account_id AS other_account_id,
    transaction_id,
    "position",
    seq,
    occurred_at,
    recorded_at
   FROM transfers;

function condition_holds(condition jsonb, facts text[]) returns boolean language plpgsql immutable

begin
  return case
    when condition ? 'fact' then condition ->> 'fact' = any(facts)
    when condition ? 'all_of' then (select bool_and(condition_holds(each, facts)) from jsonb_array_elements(condition -> 'all_of') as parts (each))
    else (select bool_or(condition_holds(each, facts)) from jsonb_array_elements(condition -> 'any_of') as parts (each))
  end;
end

function declared_amount(parts jsonb) returns bigint language sql immutable

  select coalesce(sum((part ->> 'amount')::bigint), 0)::bigint from jsonb_array_elements(parts) as each (part)

function demand(holds boolean, problem text, code text) returns void language plpgsql volatile

begin
  if holds is not true then
    raise exception '%', problem using errcode = code;
  end if;
end

function external_id(prefix text, id uuid) returns text language sql immutable

  select prefix || '_' || string_agg(
    substr('0123456789abcdefghjkmnpqrstvwxyz', substring(b'00' || ('x' || replace(id::text, '-', ''))::bit(128) from 5 * i + 1 for 5)::bit(5)::integer + 1, 1),
    '' order by i)
  from generate_series(0, 25) as i

function lookup_hash(previous bytea, entry lookups) returns bytea language sql immutable

  select sha256(previous || convert_to(
    entry.tenant_id::text || '|' || entry.seq::text || '|' || entry.key_id::text || '|' || entry.trade_id::text || '|' ||
    coalesce(entry.identity_id::text, '') || '|' || coalesce(entry.party_id::text, '') || '|' || coalesce(entry.match_id::text, '') || '|' ||
    entry.role || '|' || entry.jurisdiction || '|' || entry.purpose || '|' || entry.verdict || '|' || entry.repeated::text || '|' ||
    (extract(epoch from entry.recorded_at) * 1000000)::bigint::text, 'UTF8'))

function refuse_change() returns trigger language plpgsql volatile

begin
  raise exception 'the rows of % are never changed or deleted; add one that corrects instead', tg_table_name
    using errcode = 'restrict_violation';
end

function refuse_clock() returns trigger language plpgsql volatile

begin
  if new.clock_ahead_ms < old.clock_ahead_ms then
    raise exception 'the clock of tenant % would go back', new.tenant_id using errcode = 'restrict_violation';
  end if;
  if not exists (select from tenants where id = new.tenant_id and kind = 'sandbox') then
    raise exception 'tenant % is no sandbox: its clock is the database''s', new.tenant_id using errcode = 'restrict_violation';
  end if;
  return new;
end


CREATE TRIGGER accounts_stay BEFORE DELETE OR TRUNCATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER audit_entries_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER claims_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.claims FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER coin_campaign_shares_stay BEFORE DELETE OR TRUNCATE ON public.coin_campaign_shares FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER coin_campaigns_stay BEFORE DELETE OR TRUNCATE ON public.coin_campaigns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER coin_lots_stay BEFORE DELETE OR TRUNCATE ON public.coin_lots FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER coin_moves_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.coin_moves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER consents_stay BEFORE DELETE OR TRUNCATE ON public.consents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER declaration_answers_stay BEFORE DELETE OR UPDATE OR TRUNCATE ON public.declaration_answers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER declaration_messages_sent_once BEFORE UPDATE ON public.declaration_messages FOR EACH ROW WHEN ((old.sent_at IS NOT NULL)) EXECUTE FUNCTION refuse_change()
CREATE TRIGGER declaration_messages_stay BEFORE DELETE OR TRUNCATE ON public.declaration_messages FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER declarations_stay BEFORE DELETE OR TRUNCATE ON public.declarations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER dispute_evidence_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON public.dispute_evidence FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER disputes_decided_once BEFORE UPDATE ON public.disputes FOR EACH ROW WHEN ((old.decided_by IS NOT NULL)) EXECUTE FUNCTION refuse_change()
CREATE TRIGGER disputes_stay BEFORE DELETE OR TRUNCATE ON public.disputes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER fx_quotes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.fx_quotes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER identities_stay BEFORE DELETE OR TRUNCATE ON public.identities FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER lookup_heads_stay BEFORE DELETE OR TRUNCATE ON public.lookup_heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER lookups_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.lookups FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER manual_journals_decided_once BEFORE UPDATE OF state, decided_by, decided_at, reason, transaction_id ON public.manual_journals FOR EACH ROW WHEN ((old.state <> 'proposed'::text)) EXECUTE FUNCTION refuse_change()
CREATE TRIGGER manual_journals_reversed_once BEFORE UPDATE OF reversed_by ON public.manual_journals FOR EACH ROW WHEN ((old.reversed_by IS NOT NULL)) EXECUTE FUNCTION refuse_change()
CREATE TRIGGER manual_journals_stay BEFORE DELETE OR TRUNCATE ON public.manual_journals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER matches_stay BEFORE DELETE OR UPDATE OR TRUNCATE ON public.matches FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER receipts_stay BEFORE DELETE OR TRUNCATE ON public.receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER refund_cases_closed_once BEFORE UPDATE ON public.refund_cases FOR EACH ROW WHEN ((old.closed_at IS NOT NULL)) EXECUTE FUNCTION refuse_change()
CREATE TRIGGER refund_cases_stay BEFORE DELETE OR TRUNCATE ON public.refund_cases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER tenant_clocks_go_forward BEFORE UPDATE OF clock_ahead_ms ON public.tenant_counters FOR EACH ROW EXECUTE FUNCTION refuse_clock()
CREATE TRIGGER trade_customs_stay BEFORE DELETE OR TRUNCATE ON public.trade_customs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER trade_grants_stay BEFORE DELETE OR TRUNCATE ON public.trade_grants FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER transactions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER transfers_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER write_offs_decided_once BEFORE UPDATE ON public.write_offs FOR EACH ROW WHEN ((old.state <> 'proposed'::text)) EXECUTE FUNCTION refuse_change()
CREATE TRIGGER write_offs_stay BEFORE DELETE OR TRUNCATE ON public.write_offs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

grant insert, select, update (credits, debits, version) on accounts to holdfast_app
grant insert, select, update (last_used_at, retires_at) on api_key_secrets to holdfast_app
grant insert, select, update (revoked_at) on api_keys to holdfast_app
grant insert, select on audit_entries to holdfast_app
grant delete, insert, select, update (asked, mismatched) on broker_minutes to holdfast_app
grant insert, select, update (paused_at, until) on broker_pauses to holdfast_app
grant insert, select, update (amount, decided_at, fee, fee_returned, opened_at, outcome, outcome_fee, payment_id, payment_provider_ref, state, takes, transactions, unit, version) on chargebacks to holdfast_app
grant insert, select on claims to holdfast_app
grant insert, select, update (granted, grants) on coin_campaign_shares to holdfast_app
grant insert, select, update (budget, buyer_cap, ended_at, ends_at, granted, grants, name, next_attempt_at, version) on coin_campaigns to holdfast_app
grant insert, select, update (available, expires_at, matures_at, pending, warned_days) on coin_lots to holdfast_app
grant insert, select on coin_moves to holdfast_app
grant insert, select, update (name, terms, version) on coin_programmes to holdfast_app
grant insert, select, update (next_attempt_at, next_deadline_at, version) on coin_wallets to holdfast_app
grant insert, select, update (withdrawn_at) on consents to holdfast_app
grant insert, select on declaration_answers to holdfast_app
grant insert, select, update (due_at, sent_at) on declaration_messages to holdfast_app
grant insert, select, update (answered_at, answers, failed, is_held, messages, next_attempt_at, raw_code, state, version) on declarations to holdfast_app
grant insert, select on dispute_evidence to holdfast_app
grant insert, select, update (award, decided_at, decided_by, evidence_count, proposal, proposed_at, proposed_by, state, transaction_id) on disputes to holdfast_app
grant select on entries to holdfast_app
grant insert, select on events to holdfast_app
grant insert, select on fx_quotes to holdfast_app
grant delete, insert, select on idempotency_keys to holdfast_app
grant insert, select, update (erase_at, erase_basis, erased_at) on identities to holdfast_app
grant delete, insert, select, update (key_id, wrapped_key) on identity_secrets to holdfast_app
grant insert, select, update (hash, recorded_at, seq) on lookup_heads to holdfast_app
grant insert, select on lookups to holdfast_app
grant insert, select, update (decided_at, decided_by, reason, reversed_by, state, transaction_id) on manual_journals to holdfast_app
grant insert, select on match_batches to holdfast_app
grant insert, select on matches to holdfast_app
grant insert, select, update (terms, version) on parties to holdfast_app
grant insert, select, update (amount, charged_back, refunded) on payment_allocations to holdfast_app
grant insert, select, update (applied, charged_back, in_suspense, other_trades, returned, trade_id, version) on payments to holdfast_app
grant delete, insert, select on quota_index to holdfast_app
grant delete, insert, select, update (key_id, wrapped_key) on quota_years to holdfast_app
grant insert, select on receipt_keys to holdfast_app
grant insert, select, update (revoked_at) on receipts to holdfast_app
grant insert, select, update (decided_at, excess, occurred_at, outcome, reason) on refund_attempts to holdfast_app
grant insert, select, update (amount, carrier, closed_at, due_at, refunded, state, steps, tracking_number) on refund_cases to holdfast_app
grant insert, select, update (status, version) on refunds to holdfast_app
grant insert, select, update (matured_at, next_attempt_at, released) on reserve_slices to holdfast_app
grant insert, select, update (answers, failures) on sandbox_customs to holdfast_app
grant insert, select, update (is_told, next_attempt_at, version) on sandbox_customs_answers to holdfast_app
grant insert, select, update (taken_at, tries) on sandbox_customs_messages to holdfast_app
grant insert, select, update (failed, next_attempt_at, told, version) on sandbox_facts to holdfast_app
grant insert, select, update (fee_rate, refund_after_ms, refunds, refunds_attempt_at, refunds_from) on sandbox_providers to holdfast_app
grant select on schema_migrations to holdfast_app
grant insert, select on shipments to holdfast_app
grant insert, select, update (clock_ahead_ms, event_seq, last_recorded_at, transaction_seq) on tenant_counters to holdfast_app
grant insert, select, update (settings) on tenants to holdfast_app
grant insert, select, update (target, version) on test_clocks to holdfast_app
grant insert, select, update (claims, cleared_by, consignee_id, declared_at, hold_id, lift_at, orderer_id, payer_id, version) on trade_customs to holdfast_app
grant insert, select, update (revoked_at) on trade_grants to holdfast_app
grant insert, select, update (decided_at, followed_at, next_attempt_at, seats, state, version) on trade_groups to holdfast_app
grant insert, select, update (charged_back_goods, charged_back_shipping, coins, coins_earned, coins_funded, coins_redeemed, coins_returned, commission_posted, confirm_by, confirm_extended, confirmed, exchanges, frozen_goods, frozen_shipping, frozen_units, met, refunded, refunded_goods, refunded_shipping, release_by, released_goods, released_shipping, returned, shipped, shipping, split_posted, state, unit_price) on trade_lines to holdfast_app
grant insert, select, update (after_sale_by, after_sale_ended_at, charged_back, closed_unpaid_at, coins, coins_value, declared, declared_lowered_at, disputes, fill_by, group_id, group_outcome, group_seat, holds, next_attempt_at, next_deadline_at, paid, refund_cases, refund_pending, refunded, released, revision, ship_by, ship_overdue_at, state, total, version) on trades to holdfast_app
grant insert, select on transactions to holdfast_app
grant insert, select on transfers to holdfast_app
grant insert, select, update (decided_at, decided_by, state, transaction_id, written_off) on write_offs to holdfast_app
