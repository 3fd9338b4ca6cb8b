-- Parties, trades and the money that comes in for them. Only the Journal writes these tables, save trades.next_attempt_at.
-- Their references to each other carry no foreign keys, which cost up to a quarter of the throughput: `holdfast verify` checks them.
-- That a reference is taken once is held by the table claims.

create table parties (
  tenant_id integer not null,
  id uuid not null,
  kind text not null check (kind in ('buyer', 'seller', 'partner')),
  external_ref text not null,
  name text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);

create table trades (
  tenant_id integer not null,
  id uuid not null,
  external_ref text not null,
  buyer_id uuid not null,
  currency text not null,
  fee_base text not null check (fee_base in ('price', 'price_and_shipping')),
  -- Follows from the other columns and the lines; kept so that lists can be filtered by it.
  state text not null check (state in ('awaiting_payment', 'awaiting_shipment', 'partially_shipped', 'awaiting_confirmation',
    'completed', 'closed_unpaid', 'closed_refunded')),
  revision integer not null check (revision > 0),
  version integer not null check (version > 0),
  total bigint not null check (total > 0),
  coins_value bigint not null check (coins_value between 0 and total),
  paid bigint not null check (paid between 0 and total - coins_value),
  released bigint not null check (released >= 0),
  refunded bigint not null check (refunded >= 0),
  -- The part of refunded that has not left yet.
  refund_pending bigint not null check (refund_pending between 0 and refunded),
  charged_back bigint not null check (charged_back >= 0),
  created_at timestamptz not null,
  pay_by timestamptz not null,
  -- Set when the trade closed before it was paid in full.
  closed_unpaid_at timestamptz,
  -- When something happens by itself if nobody acts, and when the sweep looks at it: later than that after a failure.
  next_deadline_at timestamptz,
  next_attempt_at timestamptz,
  primary key (tenant_id, id),
  constraint trades_held check (released + refunded + charged_back <= paid),
  constraint trades_deadline_swept check ((next_deadline_at is null) = (next_attempt_at is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index trades_due on trades (tenant_id, next_attempt_at) where next_attempt_at is not null;
create index trades_state on trades (tenant_id, state, id);
create index trades_buyer on trades (tenant_id, buyer_id, id);

create table trade_lines (
  tenant_id integer not null,
  trade_id uuid not null,
  position smallint not null check (position > 0),
  id uuid not null,
  ref text not null,
  seller_id uuid not null,
  description text not null,
  quantity integer not null check (quantity > 0),
  unit_price bigint not null check (unit_price >= 0),
  -- Of the whole line.
  shipping bigint not null check (shipping >= 0),
  fulfilment text not null check (fulfilment in ('instant', 'virtual', 'express', 'mail')),
  -- Rates are texts, because they are shown as they were sent.
  commission_rate text not null,
  -- [{"partner": uuid, "rate": "0.10"} or {"partner": uuid, "amount": "1000"}], amounts in minor units for the whole line.
  splits jsonb not null check (jsonb_typeof(splits) = 'array'),
  state text not null check (state in ('pending', 'shipped', 'confirmed', 'refunded', 'cancelled')),
  shipped integer not null check (shipped >= 0),
  confirmed integer not null check (confirmed between 0 and shipped),
  refunded integer not null check (refunded >= 0),
  -- The shipping of what was confirmed, and of what was confirmed or refunded.
  released_shipping bigint not null check (released_shipping >= 0),
  settled_shipping bigint not null check (settled_shipping between released_shipping and shipping),
  commission_posted bigint not null check (commission_posted >= 0),
  -- In the order of splits.
  split_posted bigint[] not null,
  confirm_by timestamptz,
  primary key (tenant_id, trade_id, position),
  constraint trade_lines_quantities check (shipped + refunded <= quantity),
  constraint trade_lines_splits check (cardinality(split_posted) = jsonb_array_length(splits))
) with (fillfactor = 70);

create index trade_lines_seller on trade_lines (tenant_id, seller_id, trade_id);

-- What providers told us of money that came in.
create table payments (
  tenant_id integer not null,
  id uuid not null,
  provider text not null,
  provider_ref text not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  occurred_at timestamptz not null,
  -- The trade it was reported for, or was matched to first.
  trade_id uuid,
  trade_external_ref text,
  applied bigint not null check (applied >= 0),
  in_suspense bigint not null check (in_suspense >= 0),
  returned bigint not null check (returned >= 0),
  created_at timestamptz not null,
  version integer not null check (version > 0),
  primary key (tenant_id, id),
  constraint payments_whole check (applied + in_suspense + returned = amount)
);

create index payments_suspense on payments (tenant_id, id) where in_suspense > 0;

-- Which payments fill a trade, in the order they came.
create table payment_allocations (
  tenant_id integer not null,
  trade_id uuid not null,
  position smallint not null check (position > 0),
  payment_id uuid not null,
  amount bigint not null check (amount > 0),
  refunded bigint not null check (refunded >= 0),
  charged_back bigint not null check (charged_back >= 0),
  primary key (tenant_id, trade_id, position),
  constraint payment_allocations_cap check (refunded + charged_back <= amount)
);

create table refunds (
  tenant_id integer not null,
  id uuid not null,
  -- The payment whose money goes back.
  payment_id uuid not null,
  -- Null when the money was never applied to a trade.
  trade_id uuid,
  unit text not null,
  amount bigint not null check (amount > 0),
  status text not null check (status in ('payable')),
  created_at timestamptz not null,
  primary key (tenant_id, id)
);

create table shipments (
  tenant_id integer not null,
  trade_id uuid not null,
  id uuid not null,
  -- [{"line": uuid, "quantity": 2}]
  lines jsonb not null check (jsonb_typeof(lines) = 'array'),
  carrier text,
  tracking_number text,
  occurred_at timestamptz not null,
  created_at timestamptz not null,
  primary key (tenant_id, trade_id, id)
);

grant select, insert on parties, trades, trade_lines, payments, payment_allocations, refunds, shipments to holdfast_app;
grant update (state, version, paid, released, refunded, refund_pending, closed_unpaid_at, next_deadline_at, next_attempt_at)
  on trades to holdfast_app;
grant update (state, shipped, confirmed, refunded, released_shipping, settled_shipping, commission_posted, split_posted, confirm_by)
  on trade_lines to holdfast_app;
grant update (trade_id, applied, in_suspense, returned, version) on payments to holdfast_app;
grant update (amount, refunded) on payment_allocations to holdfast_app;

-- The outside form of an id, as owners of accounts and subjects of transactions have it: for `verify` and for people who join them.
-- Source: the TypeID specification, version 0.3: 128 bits after two zero bits, five at a time, in Crockford's base 32.
create function external_id(prefix text, id uuid) returns text language sql immutable strict parallel safe as $$
  select prefix || '_' || string_agg(
    substr('0123456789abcdefghjkmnpqrstvwxyz', substring(b'00' || ('x' || replace(id::text, '-', ''))::bit(128) from 5 * i + 1 for 5)::bit(5)::integer + 1, 1),
    '' order by i)
  from generate_series(0, 25) as i
$$;

grant execute on function external_id to holdfast_app;
