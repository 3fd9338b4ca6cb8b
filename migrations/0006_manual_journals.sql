-- What finance staff post by hand. One person proposes, another one decides; a person is an API key. Only the Journal writes this table.
-- Nothing refers to the ledger by a foreign key: `holdfast verify` checks that each posted journal has its transaction.

create table manual_journals (
  tenant_id integer not null,
  id uuid not null,
  state text not null check (state in ('proposed', 'posted', 'rejected', 'withdrawn')),
  description text not null,
  unit text not null,
  occurred_at timestamptz not null,
  -- [{"debit": {"class": "tax_payable", "owner": ""}, "credit": {"class": "bank_operating", "owner": "main"}, "amount": "1000"}], minor units.
  postings jsonb not null check (jsonb_typeof(postings) = 'array' and jsonb_array_length(postings) > 0),
  -- The journal that this one takes back, and the one that took this one back.
  reverses uuid,
  reversed_by uuid,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  reason text,
  transaction_id uuid,
  primary key (tenant_id, id),
  constraint manual_journals_decided check ((state = 'proposed') = (decided_by is null) and (decided_by is null) = (decided_at is null)),
  constraint manual_journals_two_persons check (state not in ('posted', 'rejected') or decided_by <> proposed_by),
  constraint manual_journals_withdrawn check (state <> 'withdrawn' or decided_by = proposed_by),
  constraint manual_journals_posted check ((state = 'posted') = (transaction_id is not null)),
  constraint manual_journals_reversed check (reversed_by is null or state = 'posted'),
  foreign key (tenant_id, proposed_by) references api_keys (tenant_id, id),
  foreign key (tenant_id, decided_by) references api_keys (tenant_id, id),
  foreign key (tenant_id, reverses) references manual_journals (tenant_id, id),
  foreign key (tenant_id, reversed_by) references manual_journals (tenant_id, id)
);

create unique index manual_journals_transaction on manual_journals (tenant_id, transaction_id) where transaction_id is not null;
create unique index manual_journals_reversal on manual_journals (tenant_id, reverses) where state = 'posted';
create index manual_journals_state on manual_journals (tenant_id, state, id);

create trigger manual_journals_stay before delete or truncate on manual_journals
  for each statement execute function refuse_change();
create trigger manual_journals_decided_once before update of state, decided_by, decided_at, reason, transaction_id on manual_journals
  for each row when (old.state <> 'proposed') execute function refuse_change();
create trigger manual_journals_reversed_once before update of reversed_by on manual_journals
  for each row when (old.reversed_by is not null) execute function refuse_change();

grant select, insert on manual_journals to holdfast_app;
grant update (state, decided_by, decided_at, reason, transaction_id, reversed_by) on manual_journals to holdfast_app;
