-- Loyalty coins: programmes, each of one currency with a coin of its own; wallets of buyers with their lots; and what trades took of them.

create table coin_programmes (
  tenant_id integer not null,
  -- A currency has one programme, so that a trade need not say which.
  currency text not null,
  id uuid not null,
  -- The code of the coin: a unit of the ledger.
  unit text not null check (unit ~ '^[A-Z]{4,12}$'),
  name text not null,
  -- How many coins make one unit of the currency, and how many of its minor units one coin is worth. They never change.
  coins_per_unit integer not null check (coins_per_unit > 0),
  coin_value bigint not null check (coin_value > 0),
  -- {"earn_rate": "0.01", "cap": "0.30", "after_sale_days": null, "expiry": {"months": 12, "until": "end_of_month"}, "return_life_days": 7}
  terms jsonb not null check (jsonb_typeof(terms) = 'object'),
  -- Programmes are read without a lock: of two changes at once the second is tried again.
  version integer not null check (version > 0),
  created_at timestamptz not null,
  primary key (tenant_id, currency),
  constraint coin_programmes_id unique (tenant_id, id),
  constraint coin_programmes_unit unique (tenant_id, unit)
);

-- What one buyer has of one programme: the row that everything which touches his coins locks. What he has is in the ledger and in his lots.
create table coin_wallets (
  tenant_id integer not null,
  buyer_id uuid not null,
  currency text not null,
  version integer not null check (version > 0),
  -- When time has work with it: coins mature, expire, or are about to; and when the sweep looks at it: later than that after a failure.
  next_deadline_at timestamptz,
  next_attempt_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, buyer_id, currency),
  constraint coin_wallets_swept check ((next_deadline_at is null) = (next_attempt_at is null))
) with (fillfactor = 70);

create index coin_wallets_due on coin_wallets (tenant_id, next_attempt_at) where next_attempt_at is not null;

-- Coins that came in together. A lot is pending or available; what is in neither any more was spent, clawed back, or expired.
create table coin_lots (
  tenant_id integer not null,
  id uuid not null,
  buyer_id uuid not null,
  currency text not null,
  source text not null check (source in ('earned', 'granted', 'returned')),
  -- The outside id of the line that earned them, the campaign that granted them, or the trade that gave them back.
  source_id text not null,
  -- The trade that earned them, while its after-sale window can still take them back.
  trade_id uuid,
  -- The seller who paid for them; null for the platform.
  funder_id uuid,
  issued bigint not null check (issued > 0),
  pending bigint not null check (pending >= 0),
  available bigint not null check (available >= 0),
  -- When what is pending becomes available; null while the trade is not completed, and for what never was pending.
  matures_at timestamptz,
  -- Null for coins that never expire.
  expires_at timestamptz,
  -- Of how many days before the end the buyer was told last.
  warned_days smallint check (warned_days in (7, 30)),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  constraint coin_lots_whole check (pending + available <= issued),
  constraint coin_lots_pending check (pending = 0 or source = 'earned')
) with (fillfactor = 70);

create index coin_lots_wallet on coin_lots (tenant_id, buyer_id, currency, expires_at, id) where pending + available > 0;
create index coin_lots_history on coin_lots (tenant_id, buyer_id, currency, id);
alter table coin_lots drop constraint coin_lots_pkey, add primary key (tenant_id, id);

create trigger coin_lots_stay before delete or truncate on coin_lots
  for each statement execute function refuse_change();

alter table trades
  -- {"programme": uuid, "unit": "…", "value": "1", "version": 1, terms…, "lots": […]}: the programme when the trade was created, and which lots it took; null without one.
  add column coins jsonb;

grant update (coins, coins_value) on trades to holdfast_app;

alter table trade_lines
  -- Coins taken for the line, redeemed (less what was given back after that), and returned; earned by it, and what of that somebody paid for.
  add column coins bigint not null default 0 check (coins >= 0),
  add column coins_redeemed bigint not null default 0 check (coins_redeemed >= 0),
  add column coins_returned bigint not null default 0 check (coins_returned >= 0),
  add column coins_earned bigint not null default 0 check (coins_earned >= 0),
  add column coins_funded bigint not null default 0 check (coins_funded between 0 and coins_earned),
  add constraint trade_lines_coins check (coins_redeemed + coins_returned <= coins);

grant update (coins, coins_redeemed, coins_returned, coins_earned, coins_funded) on trade_lines to holdfast_app;

grant select, insert on coin_programmes, coin_wallets, coin_lots to holdfast_app;
grant update (name, terms, version) on coin_programmes to holdfast_app;
grant update (version, next_deadline_at, next_attempt_at) on coin_wallets to holdfast_app;
grant update (pending, available, matures_at, expires_at, warned_days) on coin_lots to holdfast_app;
