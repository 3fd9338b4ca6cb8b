-- The imitation of customs that a sandbox tenant can tell how to answer.

-- How it answers messages that nobody answers by hand; a sandbox without a row has the defaults.
create table sandbox_customs (
  tenant_id integer primary key references tenants (id),
  -- So many times it cannot be reached with one message before it takes it.
  failures integer not null check (failures >= 0),
  -- [{"code": "120", "after_ms": 600000, "report_after_ms": 0}]: what it says to a message, how long after it took it, and how long after that we hear it.
  answers jsonb not null check (jsonb_typeof(answers) = 'array')
);

-- The messages that were handed to it, whether it took them or could not be reached. The messages themselves are not kept.
create table sandbox_customs_messages (
  tenant_id integer not null,
  guid uuid not null,
  declaration_id uuid not null,
  tries integer not null check (tries > 0),
  taken_at timestamptz,
  primary key (tenant_id, guid)
);

-- What it says of messages, whether we have heard of it or not. Written by whoever hands a message over, and by the Journal.
create table sandbox_customs_answers (
  tenant_id integer not null,
  id uuid not null,
  declaration_id uuid not null,
  guid uuid not null,
  code text not null,
  -- By the test clock: when it says so, and when we hear it.
  answered_at timestamptz not null,
  report_at timestamptz not null,
  is_told boolean not null,
  -- Null when it is told.
  next_attempt_at timestamptz,
  created_at timestamptz not null,
  version integer not null check (version > 0),
  constraint sandbox_customs_answers_told check (not is_told or next_attempt_at is null),
  primary key (tenant_id, id)
);

create index sandbox_customs_answers_due on sandbox_customs_answers (tenant_id, next_attempt_at) where next_attempt_at is not null;

grant select, insert on sandbox_customs, sandbox_customs_messages, sandbox_customs_answers to holdfast_app;
grant update (failures, answers) on sandbox_customs to holdfast_app;
grant update (tries, taken_at) on sandbox_customs_messages to holdfast_app;
grant update (is_told, next_attempt_at, version) on sandbox_customs_answers to holdfast_app;
