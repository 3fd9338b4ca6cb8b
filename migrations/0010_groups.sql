-- Groups of buyers who get an offer together or not at all. A member is a trade that names its group. Only the Journal writes this table, save
-- next_attempt_at. `holdfast verify` checks what members and groups say of each other.

create table trade_groups (
  tenant_id integer not null,
  id uuid not null,
  seller_id uuid not null,
  description text not null,
  currency text not null,
  unit_price bigint not null check (unit_price > 0),
  size integer not null check (size > 1),
  -- Units that one member may buy; null where that is not limited.
  quantity_max integer check (quantity_max > 0),
  state text not null check (state in ('open', 'filled', 'failed')),
  seats integer not null check (seats >= 0),
  fill_by timestamptz not null,
  decided_at timestamptz,
  -- When every member had followed the decision.
  followed_at timestamptz,
  -- When the sweep looks at it: at its end, after its decision until it is followed, later than that after a failure.
  next_attempt_at timestamptz,
  created_at timestamptz not null,
  version integer not null check (version > 0),
  primary key (tenant_id, id),
  constraint trade_groups_seats check (case state when 'filled' then seats = size else seats < size end),
  constraint trade_groups_decided check ((state = 'open') = (decided_at is null)),
  constraint trade_groups_followed check (followed_at >= decided_at),
  constraint trade_groups_swept check ((followed_at is null) = (next_attempt_at is not null))
) with (fillfactor = 50);

create index trade_groups_due on trade_groups (tenant_id, next_attempt_at) where next_attempt_at is not null;
create index trade_groups_decided on trade_groups (tenant_id, decided_at) where decided_at is not null and followed_at is null;
create index trade_groups_state on trade_groups (tenant_id, state, id);

-- All null but for members.
alter table trades
  add column group_id uuid,
  -- The group's end.
  add column fill_by timestamptz,
  -- Which seat a member has, from 1: taken by being paid in full.
  add column group_seat integer check (group_seat > 0),
  -- What the group's decision made of it, once it followed; null until then.
  add column group_outcome text check (group_outcome in ('filled', 'missed')),
  add constraint trades_group check ((group_id is null) = (fill_by is null)),
  add constraint trades_group_member check (group_id is not null or (group_seat is null and group_outcome is null)),
  add constraint trades_group_filled check (group_outcome <> 'filled' or group_seat is not null),
  -- Who misses his group is closed, and everything he paid goes back.
  add constraint trades_group_missed check (group_outcome <> 'missed' or (closed_unpaid_at is not null and refunded + charged_back = paid));

create index trades_group on trades (tenant_id, group_id, id) where group_id is not null;
-- No seat is given twice, whoever decides.
create unique index trades_group_seat on trades (tenant_id, group_id, group_seat) where group_seat is not null;
-- The members that a decision has not reached: few or none, most of the time.
create index trades_group_undone on trades (tenant_id, group_id, id)
  where group_id is not null and group_outcome is null and closed_unpaid_at is null;

grant select, insert on trade_groups to holdfast_app;
grant update (state, seats, decided_at, followed_at, next_attempt_at, version) on trade_groups to holdfast_app;
grant update (group_id, fill_by, group_seat, group_outcome) on trades to holdfast_app;
