-- Campaigns, which give coins away: what each may give, and what each buyer got of it. Only the Journal writes these tables, save next_attempt_at.
-- `holdfast verify` compares them with the lots and the ledger.

create table coin_campaigns (
  tenant_id integer not null,
  id uuid not null,
  -- Of its programme.
  currency text not null,
  name text not null,
  -- The seller who pays; null for the platform.
  funder_id uuid,
  -- Coins: how many it may give, how many it gave, in how many grants.
  budget bigint not null check (budget > 0),
  granted bigint not null default 0 check (granted >= 0),
  grants bigint not null default 0 check (grants >= 0),
  -- How many coins one buyer may get; null where that is not limited.
  buyer_cap bigint check (buyer_cap > 0),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- When it was ended, by time or by hand: what is left of a seller's budget went back to him.
  ended_at timestamptz,
  -- When the sweep looks at it: at its end, later than that after a failure.
  next_attempt_at timestamptz,
  created_at timestamptz not null,
  version integer not null check (version > 0),
  primary key (tenant_id, id),
  constraint coin_campaigns_within_budget check (granted <= budget),
  constraint coin_campaigns_period check (ends_at > starts_at),
  constraint coin_campaigns_swept check ((ended_at is null) = (next_attempt_at is not null))
) with (fillfactor = 50);

create index coin_campaigns_due on coin_campaigns (tenant_id, next_attempt_at) where next_attempt_at is not null;

-- What one buyer got of one campaign. Its campaign's lock is the lock of this row, too.
create table coin_campaign_shares (
  tenant_id integer not null,
  campaign_id uuid not null,
  buyer_id uuid not null,
  granted bigint not null check (granted > 0),
  grants bigint not null check (grants > 0),
  primary key (tenant_id, campaign_id, buyer_id)
) with (fillfactor = 70);

create trigger coin_campaigns_stay before delete or truncate on coin_campaigns
  for each statement execute function refuse_change();
create trigger coin_campaign_shares_stay before delete or truncate on coin_campaign_shares
  for each statement execute function refuse_change();

grant select, insert on coin_campaigns, coin_campaign_shares to holdfast_app;
grant update (name, budget, granted, grants, buyer_cap, ends_at, ended_at, next_attempt_at, version) on coin_campaigns to holdfast_app;
grant update (granted, grants) on coin_campaign_shares to holdfast_app;

alter table coin_lots
  -- What the caller calls the grant that made it.
  add column grant_ref text,
  add constraint coin_lots_granted check (grant_ref is null or source = 'granted'),
  -- Whether it is not used up. Indexes go by this, so that a lot of which some coins are taken stays in its place in them.
  add column is_open boolean not null generated always as (pending + available > 0) stored;

drop index coin_lots_wallet;
drop index coin_lots_history;
create index coin_lots_wallet on coin_lots (tenant_id, buyer_id, currency, expires_at, id) where is_open;
alter table coin_lots drop constraint coin_lots_pkey, add primary key (tenant_id, id);
