-- A statement that finds something else than it expects must fail by itself: a batch's commit is sent right behind its writes, so nobody
-- looks at their results first, and the commit of a transaction with a failed statement is a rollback.
create function demand(holds boolean, problem text, code text default 'XX000') returns void language plpgsql as $$
begin
  if holds is not true then
    raise exception '%', problem using errcode = code;
  end if;
end
$$;

grant execute on function demand to holdfast_app;

-- While a table is nearly empty, all its indexes that begin with the tenant promise the same, and PostgreSQL takes the one that was made
-- last. A plan that is prepared then stays in use until the first statistics, so the last one must be the one that finds single rows.
alter table accounts drop constraint accounts_pkey, add primary key (tenant_id, id);
alter table trades drop constraint trades_pkey, add primary key (tenant_id, id);
alter table trade_lines drop constraint trade_lines_pkey, add primary key (tenant_id, trade_id, position);
alter table payments drop constraint payments_pkey, add primary key (tenant_id, id);
