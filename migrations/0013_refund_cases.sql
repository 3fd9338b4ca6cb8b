-- Refund cases: what buyers want back after the sale, line by line. A trade keeps its open ones itself, so that loading it costs no more; this table
-- keeps all of them with their history. Only the Journal writes both, together; `holdfast verify` compares them.

alter table trades
  -- [{"id": …, "lineId": …, "state": "requested", "amount": "1000", "due_at": "…", "remainingMs": …, "steps": […], …}], amounts in minor units; null while none is open.
  add column refund_cases jsonb check (jsonb_typeof(refund_cases) = 'array' and jsonb_array_length(refund_cases) > 0);

grant update (refund_cases) on trades to holdfast_app;

create table refund_cases (
  tenant_id integer not null,
  id uuid not null,
  trade_id uuid not null,
  line_id uuid not null,
  seller_id uuid not null,
  unit text not null,
  kind text not null check (kind in ('refund_only', 'return_refund')),
  state text not null check (state in ('requested', 'awaiting_return', 'return_shipped', 'refused', 'arbitration', 'refunded', 'cancelled')),
  reason text not null,
  -- What was asked for: units, an amount, both, or neither, which is all that is left.
  quantity integer check (quantity > 0),
  asked bigint check (asked > 0),
  -- What it comes to as of its last step, and what was given back. Minor units.
  amount bigint not null check (amount >= 0),
  refunded bigint not null check (refunded >= 0),
  opened_at timestamptz not null,
  due_at timestamptz,
  closed_at timestamptz,
  carrier text,
  tracking_number text,
  -- [{"action": "request", "by": "buyer", "key": "…", "at": "…"}], oldest first.
  steps jsonb not null check (jsonb_typeof(steps) = 'array' and jsonb_array_length(steps) > 0),
  primary key (tenant_id, id),
  constraint refund_cases_closed check ((state in ('refunded', 'cancelled')) = (closed_at is not null)),
  constraint refund_cases_due check ((state in ('requested', 'awaiting_return', 'return_shipped', 'refused')) = (due_at is not null)),
  constraint refund_cases_refunded check (refunded = 0 or state = 'refunded')
);

-- One open case a line.
create unique index refund_cases_open_line on refund_cases (tenant_id, line_id) where closed_at is null;
create index refund_cases_trade on refund_cases (tenant_id, trade_id, id);
create index refund_cases_seller on refund_cases (tenant_id, seller_id, id);
create index refund_cases_state on refund_cases (tenant_id, state, id);

create trigger refund_cases_stay before delete or truncate on refund_cases
  for each statement execute function refuse_change();
create trigger refund_cases_closed_once before update on refund_cases
  for each row when (old.closed_at is not null) execute function refuse_change();

grant select, insert on refund_cases to holdfast_app;
grant update (state, amount, refunded, due_at, closed_at, carrier, tracking_number, steps) on refund_cases to holdfast_app;
