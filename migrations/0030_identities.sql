-- Who buyers are, kept so that a question about them can be answered and nothing else: every field is sealed under a key of its own identity, which is
-- wrapped by a key that is not in this database. What people consented to, and whose identity a trade names for customs.

alter table api_keys
  drop constraint api_keys_role_check,
  add constraint api_keys_role_check check (role in ('admin', 'marketplace', 'finance', 'customs', 'attester', 'arbitrator', 'broker', 'auditor'));

-- What a buyer agreed to. Never changed but for its end.
create table consents (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  party_id uuid not null,
  -- Codes, in alphabetical order: what for, and to whom.
  purposes text[] not null check (cardinality(purposes) > 0),
  recipients text[] not null check (cardinality(recipients) > 0),
  cross_border boolean not null,
  given_at timestamptz not null,
  expires_at timestamptz,
  withdrawn_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, created_by) references api_keys (tenant_id, id)
);

create index consents_party on consents (tenant_id, party_id, id);

create trigger consents_stay before delete or truncate on consents
  for each statement execute function refuse_change();

-- What stays of an identity for ever: ids and times alone.
create table identities (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  party_id uuid not null,
  consent_id uuid not null,
  assurance text not null check (assurance in ('low', 'substantial', 'high')),
  created_by uuid not null,
  created_at timestamptz not null,
  -- A request for erasure that the law puts off: why, and until when.
  erase_basis text,
  erase_at timestamptz,
  erased_at timestamptz,
  primary key (tenant_id, id),
  constraint identities_deferred check ((erase_basis is null) = (erase_at is null)),
  foreign key (tenant_id, consent_id) references consents (tenant_id, id),
  foreign key (tenant_id, created_by) references api_keys (tenant_id, id)
);

create index identities_party on identities (tenant_id, party_id, id);
create index identities_to_erase on identities (erase_at) where erased_at is null and erase_at is not null;

create trigger identities_stay before delete or truncate on identities
  for each statement execute function refuse_change();

-- All that an erasure deletes, in one row.
create table identity_secrets (
  tenant_id integer not null,
  identity_id uuid not null,
  -- The data key, wrapped, and the name of the key that wraps it.
  key_id text not null,
  wrapped_key bytea not null,
  -- {"id_number": {"version": 1, "sealed": base64}, …}
  fields jsonb not null check (jsonb_typeof(fields) = 'object'),
  -- [{"field": "name.Hani", "salt": base64, "tag": base64}, …]
  tags jsonb not null check (jsonb_typeof(tags) = 'array'),
  primary key (tenant_id, identity_id),
  foreign key (tenant_id, identity_id) references identities (tenant_id, id)
);

-- A rotation looks for what another key wraps.
create index identity_secrets_key on identity_secrets (key_id);

-- The keys under which the identities of one person can be found within a year, and only within it: the row of a year goes when the year is over.
create table quota_years (
  tenant_id integer not null references tenants (id),
  year integer not null check (year between 2000 and 2100),
  key_id text not null,
  wrapped_key bytea not null,
  primary key (tenant_id, year)
);

create table quota_index (
  tenant_id integer not null,
  year integer not null,
  identity_id uuid not null,
  tag bytea not null check (octet_length(tag) = 32),
  primary key (tenant_id, year, identity_id),
  foreign key (tenant_id, year) references quota_years (tenant_id, year) on delete cascade,
  foreign key (tenant_id, identity_id) references identities (tenant_id, id)
);

create index quota_index_tag on quota_index (tenant_id, year, tag);

-- Whose identities a trade names. The Journal writes its parties; what was asked about it is counted here as well, under the lock of its row.
create table trade_customs (
  tenant_id integer not null,
  trade_id uuid not null,
  payer_id uuid not null,
  orderer_id uuid not null,
  consignee_id uuid not null,
  -- Once it is declared its parties are frozen.
  declared_at timestamptz,
  version integer not null check (version > 0),
  -- The distinct claims that were ever asked: [{"digest": base64, "verdict": text, "matches": {key: match}}]; null while there was none.
  claims jsonb check (jsonb_typeof(claims) = 'array' and jsonb_array_length(claims) between 1 and 5),
  primary key (tenant_id, trade_id),
  foreign key (tenant_id, payer_id) references identities (tenant_id, id),
  foreign key (tenant_id, orderer_id) references identities (tenant_id, id),
  foreign key (tenant_id, consignee_id) references identities (tenant_id, id)
) with (fillfactor = 70);

create index trade_customs_payer on trade_customs (tenant_id, payer_id, trade_id);
create index trade_customs_orderer on trade_customs (tenant_id, orderer_id, trade_id);
create index trade_customs_consignee on trade_customs (tenant_id, consignee_id, trade_id);

create trigger trade_customs_stay before delete or truncate on trade_customs
  for each statement execute function refuse_change();

grant select, insert on consents, identities, identity_secrets, quota_years, quota_index, trade_customs to holdfast_app;
grant update (withdrawn_at) on consents to holdfast_app;
grant update (erase_basis, erase_at, erased_at) on identities to holdfast_app;
grant update (key_id, wrapped_key) on identity_secrets, quota_years to holdfast_app;
grant delete on identity_secrets, quota_years, quota_index to holdfast_app;
grant update (payer_id, orderer_id, consignee_id, declared_at, version, claims) on trade_customs to holdfast_app;
