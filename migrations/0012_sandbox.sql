-- Sandbox tenants: a test clock that goes ahead of the database's.

alter table tenant_counters
  -- By how much the tenant's time is ahead of the database's clock. It stands where the last lock of every batch is, so that a batch that
  -- was decided by the time before an advance cannot commit after it.
  add column clock_ahead_ms bigint not null default 0 check (clock_ahead_ms between 0 and 3653 * 86400000::bigint);

create function refuse_clock() returns trigger language plpgsql as $$
begin
  if new.clock_ahead_ms < old.clock_ahead_ms then
    raise exception 'the clock of tenant % would go back', new.tenant_id using errcode = 'restrict_violation';
  end if;
  if not exists (select from tenants where id = new.tenant_id and kind = 'sandbox') then
    raise exception 'tenant % is no sandbox: its clock is the database''s', new.tenant_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

-- Named columns only: what every batch writes does not call it.
create trigger tenant_clocks_go_forward before update of clock_ahead_ms on tenant_counters
  for each row execute function refuse_clock();

-- Where an advance is going; the clock gets there deadline by deadline, and may stand still on the way.
create table test_clocks (
  tenant_id integer primary key references tenants (id),
  target timestamptz not null,
  version integer not null check (version > 0)
);

grant update (clock_ahead_ms) on tenant_counters to holdfast_app;
grant select, insert on test_clocks to holdfast_app;
grant update (target, version) on test_clocks to holdfast_app;
