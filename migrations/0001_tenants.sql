-- Tenants and the keys they are called with. These tables are small and outside of every batch.

create table tenants (
  id integer generated always as identity primary key,
  name text not null,
  -- Live money is kept apart from trials: a live tenant refuses to run with more database rights than it needs.
  kind text not null check (kind in ('sandbox', 'live')),
  -- Only what differs from the defaults.
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  constraint tenants_name_key unique (name),
  constraint tenants_name_form check (name ~ '^[a-z][a-z0-9-]{0,62}$')
);

create table api_keys (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  -- SHA-256 of the key. The key itself is shown once and kept nowhere.
  hash bytea not null check (octet_length(hash) = 32),
  -- The last four characters, so that people can tell their keys apart.
  hint text not null check (length(hint) = 4),
  name text not null check (length(name) between 1 and 100),
  role text not null check (role in ('admin', 'marketplace', 'finance', 'customs')),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, id),
  -- One of the few keys without the tenant in front: the hash is what tells whose key it is.
  constraint api_keys_hash_key unique (hash)
);

-- Readiness compares what was applied with what this version brings.
grant select on schema_migrations to holdfast_app;
grant select, insert on tenants, api_keys to holdfast_app;
grant update (settings) on tenants to holdfast_app;
grant update (revoked_at, last_used_at) on api_keys to holdfast_app;
