-- Keys that rotate, and a trail of what administrators did. Small tables, outside of every batch.

-- A key speaks for itself by one secret, and by two while a rotation lets the former go on.
create table api_key_secrets (
  tenant_id integer not null,
  key_id uuid not null,
  number integer not null check (number > 0),
  -- SHA-256 of the secret, which is shown once and kept nowhere.
  hash bytea not null check (octet_length(hash) = 32),
  -- The last four characters, so that people can tell their secrets apart.
  hint text not null check (length(hint) = 4),
  created_at timestamptz not null default clock_timestamp(),
  -- From when on it is refused, set by the rotation that replaced it.
  retires_at timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, key_id, number),
  -- One of the few keys without the tenant in front: the hash is what tells whose secret it is.
  constraint api_key_secrets_hash_key unique (hash),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id)
);

insert into api_key_secrets (tenant_id, key_id, number, hash, hint, created_at, last_used_at)
select tenant_id, id, 1, hash, hint, created_at, last_used_at from api_keys;

alter table api_keys drop column hash, drop column hint, drop column last_used_at;

-- Who administers did what to what, and when: written in the transaction of the act itself, numbered without gaps in commit order.
create table audit_entries (
  tenant_id integer not null references tenants (id),
  seq bigint not null check (seq > 0),
  -- A key's outside id; `cli` for whoever may run the command; `service` for what it does by itself.
  actor text not null check (actor ~ '^(cli|service|key_[0-7][0-9a-z]{25})$'),
  action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
  -- The outside id of what it was done to.
  subject text not null,
  -- What changed, from what to what. Never a secret, never personal data.
  details jsonb not null check (jsonb_typeof(details) = 'object'),
  recorded_at timestamptz not null,
  primary key (tenant_id, seq)
);

create index audit_entries_subject on audit_entries (tenant_id, subject, seq);

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the rows of % are never changed or deleted; add one that corrects instead', tg_table_name
    using errcode = 'restrict_violation';
end
$$;

create trigger audit_entries_append_only before update or delete or truncate on audit_entries
  for each statement execute function refuse_change();

grant select, insert on api_key_secrets, audit_entries to holdfast_app;
grant update (retires_at, last_used_at) on api_key_secrets to holdfast_app;
