-- What becomes of a seller's money after its release: a part of it may wait in reserve, and what he owes may be written off by two persons.

alter table parties
  -- {"reserve": {"rate": "0.10", "days": 30}}; null where none were ever set.
  add column terms jsonb,
  -- Parties are read without a lock: of two changes at once the second is tried again.
  add column version integer not null default 1 check (version > 0),
  add constraint parties_terms check (terms is null or (kind = 'seller' and jsonb_typeof(terms) = 'object'));

grant update (terms, version) on parties to holdfast_app;

alter table trade_lines
  -- The terms of the line's seller when the trade was created, in the same form; null where he had none.
  add column seller_terms jsonb;

-- What was kept back of each release. Nothing of a slice changes but that it matures: what the reserve had to give before is the account's
-- debits, compared with what had been put into it up to and with the slice.
create table reserve_slices (
  tenant_id integer not null,
  id uuid not null,
  party_id uuid not null,
  trade_id uuid not null,
  line_id uuid not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  -- The credits of the seller's reserve account right after the slice was put into it.
  upto bigint not null check (upto >= amount),
  created_at timestamptz not null,
  matures_at timestamptz not null,
  matured_at timestamptz,
  -- What went on to the seller then: also of older slices, and without what had been taken before.
  released bigint check (released >= 0),
  -- When the sweep looks at it: later than it matures after a failure.
  next_attempt_at timestamptz,
  primary key (tenant_id, id),
  constraint reserve_slices_matured check ((matured_at is null) = (released is null) and (matured_at is null) = (next_attempt_at is not null))
);

create index reserve_slices_due on reserve_slices (tenant_id, next_attempt_at) where next_attempt_at is not null;
create index reserve_slices_waiting on reserve_slices (tenant_id, party_id, unit, matures_at, id) where matured_at is null;

grant select, insert on reserve_slices to holdfast_app;
grant update (matured_at, released, next_attempt_at) on reserve_slices to holdfast_app;

-- What will never be paid of what a party owes. One person proposes, another one decides; a person is an API key.
create table write_offs (
  tenant_id integer not null,
  id uuid not null,
  state text not null check (state in ('proposed', 'posted', 'rejected', 'withdrawn')),
  party_id uuid not null,
  unit text not null,
  -- What was proposed, and what of it was still owed when it was approved.
  amount bigint not null check (amount > 0),
  written_off bigint check (written_off between 1 and amount),
  reason text not null check (reason in ('insolvent', 'closed', 'unreachable', 'too_small', 'settled')),
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  transaction_id uuid,
  primary key (tenant_id, id),
  constraint write_offs_decided check ((state = 'proposed') = (decided_by is null) and (decided_by is null) = (decided_at is null)),
  constraint write_offs_two_persons check (state not in ('posted', 'rejected') or decided_by <> proposed_by),
  constraint write_offs_withdrawn check (state <> 'withdrawn' or decided_by = proposed_by),
  constraint write_offs_posted check ((state = 'posted') = (transaction_id is not null) and (state = 'posted') = (written_off is not null)),
  foreign key (tenant_id, proposed_by) references api_keys (tenant_id, id),
  foreign key (tenant_id, decided_by) references api_keys (tenant_id, id)
);

create unique index write_offs_transaction on write_offs (tenant_id, transaction_id) where transaction_id is not null;
create index write_offs_state on write_offs (tenant_id, state, id);

create trigger write_offs_stay before delete or truncate on write_offs
  for each statement execute function refuse_change();
create trigger write_offs_decided_once before update on write_offs
  for each row when (old.state <> 'proposed') execute function refuse_change();

grant select, insert on write_offs to holdfast_app;
grant update (state, written_off, decided_by, decided_at, transaction_id) on write_offs to holdfast_app;
