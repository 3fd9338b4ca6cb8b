-- What a broker hands to customs: signed verdicts, and the public keys that tell who signed them.

create table receipts (
  tenant_id integer not null references tenants (id),
  id uuid not null,
  match_id uuid not null,
  key_id uuid not null,
  identity_id uuid not null,
  -- The key that signed it, and the receipt itself: it holds no personal data, and commits to the claim by a number that the broker alone has.
  kid text not null,
  jws text not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, match_id) references matches (tenant_id, id),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id),
  foreign key (tenant_id, identity_id) references identities (tenant_id, id)
);

create index receipts_match on receipts (tenant_id, match_id, id);
create index receipts_identity on receipts (tenant_id, identity_id, id);
-- Whoever has a receipt may ask about it, and knows of no tenant: one of the few looks without the tenant in front.
create index receipts_id on receipts (id);

create trigger receipts_stay before delete or truncate on receipts
  for each statement execute function refuse_change();

-- Public keys that have signed, kept for as long as somebody may check: also when the keyring has the secret ones no longer.
create table receipt_keys (
  tenant_id integer not null references tenants (id),
  kid text not null,
  -- The public key of Ed25519, as a JWK has it.
  x text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, kid)
);

grant select, insert on receipts, receipt_keys to holdfast_app;
grant update (revoked_at) on receipts to holdfast_app;
