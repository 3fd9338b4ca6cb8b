-- Questions about buyers, and who asked them: a broker who was let ask about a trade learns a verdict and nothing else, and every verdict was recorded before it left.

-- Who may ask about which trade, what for, and until when. Never changed but for its end.
create table trade_grants (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  trade_id uuid not null,
  key_id uuid not null,
  purpose text not null,
  cross_border boolean not null,
  -- Whether the key is told which field differs, where its role may be told that at all.
  detail boolean not null,
  expires_at timestamptz not null,
  created_by uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id),
  foreign key (tenant_id, created_by) references api_keys (tenant_id, id)
);

create unique index trade_grants_live on trade_grants (tenant_id, trade_id, key_id, purpose) where revoked_at is null;

create trigger trade_grants_stay before delete or truncate on trade_grants
  for each statement execute function refuse_change();

alter table trade_customs
  -- The hold that keeps the trade from being shipped until somebody found a match, and the match that is to lift it; the Journal does that, from lift_at on.
  add column hold_id uuid,
  add column cleared_by uuid,
  add column lift_at timestamptz,
  add constraint trade_customs_cleared check ((cleared_by is null) = (lift_at is null) and (cleared_by is null or hold_id is not null));

create index trade_customs_lift on trade_customs (tenant_id, lift_at) where lift_at is not null;

-- What was answered, once for each claim and key. No claim is kept: `commitment` only tells, to who has claim and nonce, that it was this one.
create table matches (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  trade_id uuid not null,
  key_id uuid not null,
  -- Null where the trade names nobody.
  identity_id uuid,
  role text not null check (role in ('payer', 'orderer', 'consignee')),
  jurisdiction text not null check (jurisdiction in ('CN', 'KR')),
  purpose text not null,
  verdict text not null check (verdict in ('match', 'close_match', 'no_match', 'insufficient', 'unavailable')),
  fields_checked text[] not null,
  assurance text check (assurance in ('low', 'substantial', 'high')),
  commitment bytea check (octet_length(commitment) = 32),
  policy text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id),
  foreign key (tenant_id, identity_id) references identities (tenant_id, id)
);

create index matches_trade on matches (tenant_id, trade_id, id);
create index matches_identity on matches (tenant_id, identity_id, id) where identity_id is not null;

create trigger matches_stay before update or delete or truncate on matches
  for each statement execute function refuse_change();

-- Up to a hundred questions at once, and what became of each: ids and verdicts, or the code of a refusal.
create table match_batches (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  key_id uuid not null,
  results jsonb not null check (jsonb_typeof(results) = 'array'),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id)
);

-- Every question that was answered, chained: each entry's hash is over the entry and the hash before it.
create table lookups (
  tenant_id integer not null references tenants (id),
  seq bigint not null check (seq > 0),
  key_id uuid not null,
  trade_id uuid not null,
  identity_id uuid,
  party_id uuid,
  match_id uuid,
  role text not null,
  jurisdiction text not null,
  purpose text not null,
  -- A verdict, or `locked` for a claim too many, which was told no verdict.
  verdict text not null,
  -- Whether the claim was asked by this key before.
  repeated boolean not null,
  recorded_at timestamptz not null,
  hash bytea not null check (octet_length(hash) = 32),
  primary key (tenant_id, seq)
);

create index lookups_party on lookups (tenant_id, party_id, seq) where party_id is not null;
create index lookups_key on lookups (tenant_id, key_id, seq);
create index lookups_trade on lookups (tenant_id, trade_id, seq);

create trigger lookups_append_only before update or delete or truncate on lookups
  for each statement execute function refuse_change();

-- The end of each tenant's chain: whoever adds to it holds its row.
create table lookup_heads (
  tenant_id integer primary key references tenants (id),
  seq bigint not null check (seq >= 0),
  hash bytea not null check (octet_length(hash) = 32),
  recorded_at timestamptz not null
) with (fillfactor = 50);

insert into lookup_heads (tenant_id, seq, hash, recorded_at) select id, 0, decode(repeat('00', 32), 'hex'), '-infinity' from tenants;

create trigger lookup_heads_stay before delete or truncate on lookup_heads
  for each statement execute function refuse_change();

-- The hash of an entry. No part of it contains the sign that stands between them.
create function lookup_hash(previous bytea, entry lookups) returns bytea language sql immutable as $$
  select sha256(previous || convert_to(
    entry.tenant_id::text || '|' || entry.seq::text || '|' || entry.key_id::text || '|' || entry.trade_id::text || '|' ||
    coalesce(entry.identity_id::text, '') || '|' || coalesce(entry.party_id::text, '') || '|' || coalesce(entry.match_id::text, '') || '|' ||
    entry.role || '|' || entry.jurisdiction || '|' || entry.purpose || '|' || entry.verdict || '|' || entry.repeated::text || '|' ||
    (extract(epoch from entry.recorded_at) * 1000000)::bigint::text, 'UTF8'))
$$;

-- How often each key asked something new, and how often that was no match, minute by minute; by the real time.
create table broker_minutes (
  tenant_id integer not null,
  key_id uuid not null,
  minute timestamptz not null,
  asked integer not null check (asked > 0),
  mismatched integer not null check (mismatched between 0 and asked),
  primary key (tenant_id, key_id, minute),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id)
);

-- Keys that asked too often what was not so: nothing is answered to them until then.
create table broker_pauses (
  tenant_id integer not null,
  key_id uuid not null,
  paused_at timestamptz not null,
  until timestamptz not null,
  primary key (tenant_id, key_id),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id)
);

grant select, insert on trade_grants, matches, match_batches, lookups, lookup_heads, broker_minutes, broker_pauses to holdfast_app;
grant update (revoked_at) on trade_grants to holdfast_app;
grant update (hold_id, cleared_by, lift_at) on trade_customs to holdfast_app;
grant update (seq, hash, recorded_at) on lookup_heads to holdfast_app;
grant update (asked, mismatched) on broker_minutes to holdfast_app;
grant delete on broker_minutes to holdfast_app;
grant update (paused_at, until) on broker_pauses to holdfast_app;
