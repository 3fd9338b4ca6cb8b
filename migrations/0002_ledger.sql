-- The books: accounts, transfers and what commits with them. Only the Journal writes these tables.

-- One row a tenant, the last lock of every batch: numbers transactions and events without gaps, in commit order.
create table tenant_counters (
  tenant_id integer primary key references tenants (id),
  transaction_seq bigint not null default 0,
  event_seq bigint not null default 0,
  last_recorded_at timestamptz not null default '-infinity'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

create table accounts (
  tenant_id integer not null,
  id uuid not null,
  class text not null,
  -- The outside id of a trade, party, payment or refund, or the name of a provider or bank account; '' where the class has no owner.
  owner text not null,
  unit text not null,
  -- 1 when credits raise the balance, -1 when debits do.
  sign smallint not null check (sign in (-1, 1)),
  never_negative boolean not null,
  version bigint not null check (version >= 0),
  debits bigint not null check (debits >= 0),
  credits bigint not null check (credits >= 0),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  constraint accounts_name_key unique (tenant_id, class, owner, unit),
  constraint accounts_never_negative check (not never_negative or sign * (credits - debits) >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index accounts_owner on accounts (tenant_id, owner) where owner <> '';

create table transactions (
  tenant_id integer not null,
  id uuid not null,
  seq bigint not null check (seq > 0),
  kind text not null,
  -- The outside id of what the step was about, such as a trade; '' where there is none.
  subject text not null,
  description text not null,
  reverses uuid,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  booked_on date not null,
  primary key (tenant_id, id),
  constraint transactions_seq_key unique (tenant_id, seq)
);

create index transactions_subject on transactions (tenant_id, subject, seq) where subject <> '';

create table transfers (
  tenant_id integer not null,
  transaction_id uuid not null,
  position smallint not null check (position > 0),
  seq bigint not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  debit_account_id uuid not null,
  debit_version bigint not null check (debit_version > 0),
  -- The running balances, each in its account's own direction, after this transfer.
  debit_balance bigint not null,
  credit_account_id uuid not null,
  credit_version bigint not null check (credit_version > 0),
  credit_balance bigint not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, transaction_id, position),
  constraint transfers_two_accounts check (debit_account_id <> credit_account_id),
  constraint transfers_debit_key unique (tenant_id, debit_account_id, debit_version),
  constraint transfers_credit_key unique (tenant_id, credit_account_id, credit_version)
);

create table events (
  tenant_id integer not null,
  seq bigint not null check (seq > 0),
  id uuid not null,
  type text not null,
  subject text not null,
  data jsonb not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, seq)
);

-- What must be unique, taken in key order: a reference that two processes take at once is one's, and the other sees it.
create table claims (
  tenant_id integer not null,
  kind text not null,
  key text not null,
  -- The inside id of what holds the key.
  holder uuid not null,
  primary key (tenant_id, kind, key)
);

create table idempotency_keys (
  tenant_id integer not null,
  key text not null,
  fingerprint bytea not null,
  -- The code when the request was refused; the answer then holds the refusal's detail and facts.
  refusal_code text,
  answer text not null,
  created_at timestamptz not null,
  primary key (tenant_id, key)
);

create index idempotency_keys_age on idempotency_keys (created_at);

-- Each transfer seen from its two accounts: what an accountant calls entries.
create view entries as
  select tenant_id, debit_account_id as account_id, debit_version as version, 'debit' as direction, amount, unit,
    debit_balance as balance, credit_account_id as other_account_id, transaction_id, position, seq, occurred_at, recorded_at
  from transfers
  union all
  select tenant_id, credit_account_id, credit_version, 'credit', amount, unit,
    credit_balance, debit_account_id, transaction_id, position, seq, occurred_at, recorded_at
  from transfers;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the rows of % are never changed or deleted; post a correcting transaction instead', tg_table_name
    using errcode = 'restrict_violation';
end
$$;

create trigger transactions_append_only before update or delete or truncate on transactions
  for each statement execute function refuse_change();
create trigger transfers_append_only before update or delete or truncate on transfers
  for each statement execute function refuse_change();
create trigger events_append_only before update or delete or truncate on events
  for each statement execute function refuse_change();
create trigger claims_append_only before update or delete or truncate on claims
  for each statement execute function refuse_change();
create trigger accounts_stay before delete or truncate on accounts
  for each statement execute function refuse_change();

grant select, insert on accounts, transactions, transfers, events, claims, idempotency_keys, tenant_counters to holdfast_app;
grant select on entries to holdfast_app;
grant update (version, debits, credits) on accounts to holdfast_app;
grant update (transaction_seq, event_seq, last_recorded_at) on tenant_counters to holdfast_app;
-- Keys are forgotten after their time; a replay before that must find them.
grant delete on idempotency_keys to holdfast_app;
