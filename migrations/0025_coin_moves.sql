-- Every coin's way through the lots of its wallet: what reports of any moment follow lots and their funders by.

-- Coins that moved into a lot or out of it, tied to the entry of their buyer's account that moved them. Append-only, as the ledger is.
create table coin_moves (
  tenant_id integer not null,
  lot_id uuid not null,
  -- Which of the buyer's accounts: coins_pending or coins_available.
  place text not null check (place in ('pending', 'available')),
  -- The version of that account after the entry. It names one transfer, and so the transaction.
  entry_version bigint not null check (entry_version > 0),
  -- Above zero for coins that came, below for those that went.
  coins bigint not null check (coins <> 0),
  primary key (tenant_id, lot_id, place, entry_version)
);

create trigger coin_moves_append_only before update or delete or truncate on coin_moves
  for each statement execute function refuse_change();

alter table coin_lots
  -- The lot that the coins of a lot were issued in: itself, but for coins that came back from a trade.
  add column origin_id uuid,
  -- The cash, minor units, of the release that earned them: what a part of is deferred for them.
  add column earned_on bigint check (earned_on >= 0);
update coin_lots set origin_id = id, earned_on = case source when 'earned' then 0 end;
alter table coin_lots
  alter column origin_id set not null,
  add constraint coin_lots_earned_on check ((source = 'earned') = (earned_on is not null));

grant select, insert on coin_moves to holdfast_app;
