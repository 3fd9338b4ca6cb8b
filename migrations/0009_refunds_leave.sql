-- How refunds leave: attempts to pay one out, through a provider or a bank, and what those told of them. Only the Journal writes these tables.

alter table refunds
  drop constraint refunds_status_check,
  -- Follows from the attempts; kept so that lists can be filtered by it. Unless it succeeded, the money is payable.
  add constraint refunds_status_check check (status in ('payable', 'sent', 'failed', 'succeeded', 'bounced')),
  add column version integer not null default 1 check (version > 0);
alter table refunds alter column version drop default;

-- One reference of a provider or bank is one attempt, for ever: the table claims holds that.
create table refund_attempts (
  tenant_id integer not null,
  refund_id uuid not null,
  -- In the order in which they were first told.
  position smallint not null check (position > 0),
  channel text not null check (channel in ('provider', 'bank')),
  -- The name of the provider or bank account.
  account text not null,
  -- What the provider or bank calls the attempt.
  reference text not null,
  outcome text not null check (outcome in ('sent', 'failed', 'succeeded', 'bounced')),
  -- Why it failed, or came back.
  reason text check (reason in
    ('account_closed', 'account_unreachable', 'name_mismatch', 'limit_exceeded', 'balance_too_low', 'too_old', 'no_answer', 'other')),
  -- Another attempt had paid already: this one's money is not in refund_payable but in unidentified_debits.
  excess boolean not null,
  -- The business's own time of the outcome, and ours.
  occurred_at timestamptz not null,
  decided_at timestamptz not null,
  created_at timestamptz not null,
  primary key (tenant_id, refund_id, position),
  constraint refund_attempts_reason check ((outcome = 'failed') <= (reason is not null) and (outcome in ('sent', 'succeeded')) <= (reason is null)),
  constraint refund_attempts_excess check (not excess or outcome = 'succeeded')
) with (fillfactor = 70);

create index refunds_status on refunds (tenant_id, status, id);
create index refunds_payment on refunds (tenant_id, payment_id, id);
create index refunds_trade on refunds (tenant_id, trade_id, id) where trade_id is not null;
-- The last index made is the one that a plan takes while the table is nearly empty: it must be the one that finds single rows.
alter table refunds drop constraint refunds_pkey, add primary key (tenant_id, id);

grant update (status, version) on refunds to holdfast_app;
grant select, insert on refund_attempts to holdfast_app;
grant update (outcome, reason, excess, occurred_at, decided_at) on refund_attempts to holdfast_app;
