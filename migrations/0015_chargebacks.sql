-- What providers take back of payments, and how that ended. Only the Journal writes these tables.

create table chargebacks (
  tenant_id integer not null,
  id uuid not null,
  provider text not null,
  -- The provider's name for the chargeback: with the provider it is one chargeback for ever, which the table claims holds.
  provider_ref text not null,
  state text not null check (state in ('awaiting_opening', 'open', 'won', 'lost')),
  -- What the opening told; null while only the outcome was told.
  payment_provider_ref text,
  amount bigint check (amount > 0),
  fee bigint not null check (fee >= 0),
  opened_at timestamptz,
  -- Null while neither an amount nor a fee was told.
  unit text,
  -- What the outcome told.
  outcome text check (outcome in ('won', 'lost')),
  outcome_fee bigint not null check (outcome_fee >= 0),
  fee_returned bigint not null check (fee_returned >= 0),
  decided_at timestamptz,
  -- The payment and what was taken from where; null while the payment is not known.
  payment_id uuid,
  -- {"suspense", "returned", "loss": text, "trades": [{"trade": uuid, "refunded", "held", "released": text,
  --   "lines": [{"line": uuid, "refunded", "held", "frozen", "released": [goods, shipping]}]}]}, minor units.
  takes jsonb check (jsonb_typeof(takes) = 'object'),
  -- What it posted, in that order.
  transactions uuid[] not null,
  created_at timestamptz not null,
  version integer not null check (version > 0),
  constraint chargebacks_opened check ((state = 'awaiting_opening') = (amount is null) and (amount is null) = (payment_provider_ref is null)
    and (amount is null) = (opened_at is null)),
  constraint chargebacks_unit check (unit is not null or (amount is null and outcome_fee = 0 and fee_returned = 0)),
  constraint chargebacks_outcome check ((outcome is null) = (state = 'open') and (state = 'awaiting_opening' or outcome is null or outcome = state)
    and (outcome is null) = (decided_at is null)),
  constraint chargebacks_placed check ((payment_id is null) = (takes is null) and (takes is null or amount is not null))
) with (fillfactor = 70);

create index chargebacks_state on chargebacks (tenant_id, state, id);
create index chargebacks_payment on chargebacks (tenant_id, payment_id, id) where payment_id is not null;
-- The last index made is the one that a plan takes while the table is nearly empty: it must be the one that finds single rows.
alter table chargebacks add primary key (tenant_id, id);

alter table payments
  -- What the provider took back of what no trade took.
  add column charged_back bigint not null default 0 check (charged_back >= 0),
  -- The trades that it was matched to beside trade_id, in that order; null for most.
  add column other_trades uuid[] check (cardinality(other_trades) > 0),
  drop constraint payments_whole,
  add constraint payments_whole check (applied + in_suspense + returned + charged_back = amount);

update payments p set other_trades = filled.trades
from (
  select a.tenant_id, a.payment_id, array_agg(a.trade_id order by a.trade_id) as trades
  from payment_allocations a
  join payments p on p.tenant_id = a.tenant_id and p.id = a.payment_id and p.trade_id <> a.trade_id
  group by a.tenant_id, a.payment_id
) filled
where filled.tenant_id = p.tenant_id and filled.payment_id = p.id;

alter table trades
  drop constraint trades_hold_kinds,
  add constraint trades_hold_kinds check (not jsonb_path_exists(holds,
    '$[*] ? (!(@.kind == "compliance" || @.kind == "identity" || @.kind == "chargeback"))')),
  -- What was paid above the price was given back, or taken back by the provider before it left.
  drop constraint trades_paid,
  add constraint trades_paid check (paid >= 0 and paid - refunded - charged_back <= total - coins_value);

alter table refunds
  drop constraint refunds_status_check,
  -- Follows from the attempts, but for charged_back: the provider took the payment back before the refund left.
  add constraint refunds_status_check check (status in ('payable', 'sent', 'failed', 'succeeded', 'bounced', 'charged_back'));

grant update (charged_back) on trades, payment_allocations to holdfast_app;
grant update (charged_back, other_trades) on payments to holdfast_app;
grant select, insert on chargebacks to holdfast_app;
grant update (state, payment_provider_ref, amount, fee, opened_at, unit, outcome, outcome_fee, fee_returned, decided_at, payment_id, takes,
  transactions, version) on chargebacks to holdfast_app;
