/**
 * A payment that fills its trade, as one round trip that writes what the Journal writes for it: key, claim, payment, allocation, the
 * trade, the trade's account and the clearing account, the counter, transaction, transfer and two events. `p_like` is a trade that the
 * Journal saw paid: its row says what a paid trade looks like, and its key's answer how long an answer is.
 */
export const PAY_ONE = `
create or replace function bench.pay_one (
  p_tenant integer, p_key text, p_trade uuid, p_subject text, p_clearing uuid, p_provider_ref text, p_answer text, p_like uuid
) returns boolean language plpgsql as $$
declare
  payment uuid := bench.id();
  posted uuid := bench.id();
  escrow uuid := bench.id();
  due bigint;
  ref text;
  clearing_version bigint;
  clearing_balance bigint;
  transaction_number bigint;
  event_number bigint;
  recorded timestamptz;
  told jsonb;
begin
  insert into idempotency_keys (tenant_id, key, fingerprint, answer, created_at)
  values (p_tenant, p_key, sha256(p_key::bytea), p_answer, clock_timestamp());
  insert into claims (tenant_id, kind, key, holder) values (p_tenant, 'payment', 'bench:' || p_provider_ref, payment);
  update trades t set state = l.state, version = t.version + 1, paid = t.total, ship_by = l.ship_by, next_deadline_at = l.next_deadline_at, next_attempt_at = l.next_attempt_at
  from trades l
  where t.tenant_id = p_tenant and t.id = p_trade and t.paid = 0 and l.tenant_id = p_tenant and l.id = p_like
  returning t.total, t.external_ref into strict due, ref;
  insert into payments (tenant_id, id, provider, provider_ref, unit, amount, occurred_at, trade_id, trade_external_ref, applied, in_suspense, returned, created_at, version)
  values (p_tenant, payment, 'bench', p_provider_ref, 'CNY', due, clock_timestamp(), p_trade, ref, due, 0, 0, clock_timestamp(), 1);
  insert into payment_allocations (tenant_id, trade_id, position, payment_id, amount, refunded, charged_back) values (p_tenant, p_trade, 1, payment, due, 0, 0);
  insert into accounts (tenant_id, id, class, owner, unit, sign, never_negative, version, debits, credits, created_at)
  values (p_tenant, escrow, 'escrow', p_subject, 'CNY', 1, true, 1, 0, due, clock_timestamp());
  update accounts set version = version + 1, debits = debits + due where tenant_id = p_tenant and id = p_clearing
  returning version, debits - credits into strict clearing_version, clearing_balance;
  update tenant_counters set transaction_seq = transaction_seq + 1, event_seq = event_seq + 2,
    last_recorded_at = greatest(clock_timestamp(), last_recorded_at + interval '1 microsecond') + interval '1 microsecond'
  where tenant_id = p_tenant returning transaction_seq, event_seq, last_recorded_at - interval '1 microsecond' into strict transaction_number, event_number, recorded;
  insert into transactions (tenant_id, id, seq, kind, subject, description, occurred_at, recorded_at, booked_on)
  values (p_tenant, posted, transaction_number, 'trade.payment', p_subject, '', recorded, recorded, (recorded at time zone 'UTC')::date);
  insert into transfers (tenant_id, transaction_id, position, seq, unit, amount, debit_account_id, debit_version, debit_balance,
    credit_account_id, credit_version, credit_balance, occurred_at, recorded_at)
  values (p_tenant, posted, 1, transaction_number, 'CNY', due, p_clearing, clearing_version, clearing_balance, escrow, 1, due, recorded, recorded);
  told := jsonb_build_object('state', 'awaiting_shipment', 'currency', 'CNY', 'paid', (due / 100.0)::numeric(20, 2)::text);
  insert into events (tenant_id, seq, id, type, subject, data, recorded_at)
  values (p_tenant, event_number - 1, bench.id(), 'trade.payment_received', p_subject, told || jsonb_build_object('amount', (due / 100.0)::numeric(20, 2)::text), recorded),
    (p_tenant, event_number, bench.id(), 'trade.paid', p_subject, told, recorded + interval '1 microsecond');
  return true;
end
$$`
