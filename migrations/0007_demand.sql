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
