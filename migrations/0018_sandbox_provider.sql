-- The imitation of a payment provider that a sandbox tenant can tell what to do: what happened there, and when it tells us of it.

-- How it behaves; a sandbox without a row has the defaults.
create table sandbox_providers (
  tenant_id integer primary key references tenants (id),
  -- A text, because it is shown as it was sent.
  fee_rate text not null,
  -- What becomes of refunds that nobody decides by hand, and how long after they became payable.
  refunds text not null check (refunds in ('by_hand', 'succeed', 'fail', 'bounce')),
  refund_after_ms bigint not null check (refund_after_ms >= 0),
  -- It decides refunds from then on, by the test clock; and not before it steps back to them after a failure.
  refunds_from timestamptz not null,
  refunds_attempt_at timestamptz not null
);

-- What happened at the provider, whether we know of it or not. Only the Journal writes this table, save next_attempt_at and failed.
create table sandbox_facts (
  tenant_id integer not null,
  id uuid not null,
  kind text not null check (kind in ('payment', 'refund_success', 'refund_failure', 'refund_bounce', 'chargeback_opened', 'chargeback_won', 'chargeback_lost')),
  -- What it calls the payment, the attempt to refund it or the chargeback.
  reference text not null,
  trade_id uuid,
  trade_external_ref text,
  refund_id uuid,
  unit text not null,
  amount bigint not null check (amount > 0),
  fee bigint not null check (fee >= 0),
  revision integer,
  reason text,
  -- By the test clock; may be still to come.
  occurred_at timestamptz not null,
  -- When it tells us, once for each.
  tell_at timestamptz[] not null check (cardinality(tell_at) > 0),
  told integer not null check (told between 0 and cardinality(tell_at)),
  -- Null when all is told, or when it gave up after too many failures.
  next_attempt_at timestamptz,
  failed integer not null default 0,
  created_at timestamptz not null,
  version integer not null check (version > 0),
  constraint sandbox_facts_told check (told < cardinality(tell_at) or next_attempt_at is null),
  primary key (tenant_id, id)
);

create index sandbox_facts_due on sandbox_facts (tenant_id, next_attempt_at) where next_attempt_at is not null;
create index sandbox_facts_day on sandbox_facts (tenant_id, occurred_at, id);
create index sandbox_facts_refund on sandbox_facts (tenant_id, refund_id) where refund_id is not null;

grant select, insert on sandbox_providers, sandbox_facts to holdfast_app;
grant update (fee_rate, refunds, refund_after_ms, refunds_from, refunds_attempt_at) on sandbox_providers to holdfast_app;
grant update (told, next_attempt_at, failed, version) on sandbox_facts to holdfast_app;
