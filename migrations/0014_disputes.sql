-- Disputes: what of a trade's lines is argued about, the evidence, and the award. Only the Journal writes these tables. Nothing refers to trades or to
-- the ledger by a foreign key: `holdfast verify` checks that a trade's open disputes are these, and that each award is what its transaction posted.

alter table trades
  -- [{"id": uuid, "due_at": text or null, "lines": [{"line": uuid, "units": 1, "goods": "1000", "shipping": "0", "released_units": 0,
  -- "released_goods": "0", "released_shipping": "0", "wait_ms": 864000000 or null}]}], minor units; null while nothing is in dispute.
  add column disputes jsonb,
  add constraint trades_disputes check (jsonb_typeof(disputes) = 'array' and jsonb_array_length(disputes) > 0);

grant update (disputes) on trades to holdfast_app;

create table disputes (
  tenant_id integer not null,
  id uuid not null,
  trade_id uuid not null,
  state text not null check (state in ('open', 'under_review', 'awarded', 'withdrawn')),
  opened_by text not null check (opened_by in ('buyer', 'seller', 'platform')),
  opened_key uuid not null,
  reason text not null,
  unit text not null,
  -- As in trades.disputes.
  lines jsonb not null check (jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) > 0),
  opened_at timestamptz not null,
  evidence_by timestamptz not null,
  evidence_count integer not null check (evidence_count >= 0),
  -- [{"line": uuid, "buyer": "3000", "seller": "7000"}], minor units, in the order of lines: what one person proposes, and what was awarded.
  proposal jsonb,
  proposed_by uuid,
  proposed_at timestamptz,
  award jsonb,
  -- Whoever awarded it or withdrew it.
  decided_by uuid,
  decided_at timestamptz,
  transaction_id uuid,
  primary key (tenant_id, id),
  constraint disputes_decided check ((state in ('awarded', 'withdrawn')) = (decided_by is not null) and (decided_by is null) = (decided_at is null)),
  constraint disputes_awarded check ((state = 'awarded') = (award is not null) and (transaction_id is null or state in ('awarded', 'withdrawn'))),
  constraint disputes_proposed check ((proposal is null) = (proposed_by is null) and (proposed_by is null) = (proposed_at is null)),
  constraint disputes_two_persons check (state <> 'awarded' or proposed_by is null or decided_by <> proposed_by),
  foreign key (tenant_id, opened_key) references api_keys (tenant_id, id),
  foreign key (tenant_id, proposed_by) references api_keys (tenant_id, id),
  foreign key (tenant_id, decided_by) references api_keys (tenant_id, id)
);

create index disputes_state on disputes (tenant_id, state, id);
create index disputes_trade on disputes (tenant_id, trade_id, id);

create trigger disputes_stay before delete or truncate on disputes
  for each statement execute function refuse_change();
create trigger disputes_decided_once before update on disputes
  for each row when (old.decided_by is not null) execute function refuse_change();

grant select, insert on disputes to holdfast_app;
grant update (state, evidence_count, proposal, proposed_by, proposed_at, award, decided_by, decided_at, transaction_id) on disputes to holdfast_app;

-- What was handed in: attachments are kept elsewhere, here are their SHA-256.
create table dispute_evidence (
  tenant_id integer not null,
  dispute_id uuid not null,
  -- From 1.
  number integer not null check (number > 0),
  handed_in_by text not null check (handed_in_by in ('buyer', 'seller', 'platform')),
  key_id uuid not null,
  kind text not null,
  -- [{"sha256": hex, "bytes": 1234, "media_type": "image/jpeg"}], the last two where they were told.
  attachments jsonb not null check (jsonb_typeof(attachments) = 'array' and jsonb_array_length(attachments) > 0),
  handed_in_at timestamptz not null,
  primary key (tenant_id, dispute_id, number),
  foreign key (tenant_id, dispute_id) references disputes (tenant_id, id),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id)
);

create trigger dispute_evidence_stays before update or delete or truncate on dispute_evidence
  for each statement execute function refuse_change();

grant select, insert on dispute_evidence to holdfast_app;
