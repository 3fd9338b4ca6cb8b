import { PAY_ONE } from './payment-function.ts'

/** Makes ids ordered by time, as the service does: the server's own function where it has one. */
function idFunction (serverVersion: number): string {
  const HAS_UUIDV7 = 18
  const body = serverVersion >= HAS_UUIDV7
    ? 'select uuidv7()'
    : `select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid`
  return `create or replace function bench.id () returns uuid language sql volatile as $$ ${body} $$`
}

const ACCOUNT_ID = `
create or replace function bench.account_id (number integer) returns uuid language sql immutable as $$
  select ('00000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
$$`

const ANSWER = `
create or replace function bench.answer (id uuid, amount bigint) returns text language sql immutable as $$
  select '{"transaction":"' || id || '","amount":"' || amount || '"}'
$$`

const TIME_OF = `
create or replace function bench.time_of (number bigint) returns timestamptz language sql immutable as $$
  select timestamptz '2020-01-01 00:00:00Z' + number * interval '1 microsecond'
$$`

/**
 * The limit: as many transfers as one call asks for, drawn at random, written by one statement that no parameter and no decision
 * slows down. It leaves the rows that a batch of the Journal leaves.
 */
const POST_BATCH = `
create or replace function bench.post_batch (
  p_tenant integer, p_count integer, p_debit_low integer, p_debit_high integer, p_credit_low integer, p_credit_high integer
) returns bigint language plpgsql as $$
declare
  moved_accounts bigint;
begin
  with chance as materialized (
    select n, bench.id() as transaction_id, bench.id() as event_id, 'api:' || gen_random_uuid() as key, 100 + n % 900 as amount,
      p_debit_low + floor(random() * (p_debit_high - p_debit_low + 1))::integer as debit,
      p_credit_low + floor(random() * (p_credit_high - p_credit_low + 1))::integer as credit
    from generate_series(1, p_count) n
  ), drawn as materialized (
    select n, transaction_id, event_id, key, amount, bench.account_id(debit) as debit, bench.account_id(
      case when credit = debit then p_credit_low + (credit - p_credit_low + 1) % (p_credit_high - p_credit_low + 1) else credit end) as credit
    from chance
  ), steps as materialized (
    select n, account, change, row_number() over entries as step, sum(change) over entries as net
    from (select n, debit as account, -amount as change from drawn union all select n, credit, amount from drawn) both_sides
    window entries as (partition by account order by n rows unbounded preceding)
  ), locked as materialized (
    select a.id, a.sign, a.version, a.credits - a.debits as net
    from accounts a
    where a.tenant_id = p_tenant and a.id in (select account from steps)
    order by a.id
    for no key update of a
  ), new_keys as (
    insert into idempotency_keys (tenant_id, key, fingerprint, answer, created_at)
    select p_tenant, key, sha256(key::bytea), bench.answer(transaction_id, amount), clock_timestamp() from drawn
    where (select count(*) from locked) > 0
    order by key
    on conflict do nothing returning 1
  ), counter as (
    update tenant_counters set transaction_seq = transaction_seq + p_count, event_seq = event_seq + p_count,
      last_recorded_at = greatest(clock_timestamp(), last_recorded_at + interval '1 microsecond') + p_count * interval '1 microsecond'
    where tenant_id = p_tenant and (select count(*) from new_keys) = p_count
    returning transaction_seq - p_count as transaction_base, event_seq - p_count as event_base,
      last_recorded_at - p_count * interval '1 microsecond' as recorded_base
  ), moved as (
    update accounts a set version = a.version + s.steps, debits = a.debits + s.debits, credits = a.credits + s.credits
    from counter, (
      select account, count(*) as steps, coalesce(sum(-change) filter (where change < 0), 0) as debits, coalesce(sum(change) filter (where change > 0), 0) as credits
      from steps group by account
    ) s
    where a.tenant_id = p_tenant and a.id = s.account
    returning 1
  ), new_transactions as (
    insert into transactions (tenant_id, id, seq, kind, subject, description, occurred_at, recorded_at, booked_on)
    select p_tenant, transaction_id, transaction_base + n, 'bench.transfer', '', '', recorded_base, recorded_base + n * interval '1 microsecond',
      (recorded_base at time zone 'UTC')::date
    from counter, drawn order by n
  ), new_transfers as (
    insert into transfers (tenant_id, transaction_id, position, seq, unit, amount, debit_account_id, debit_version, debit_balance,
      credit_account_id, credit_version, credit_balance, occurred_at, recorded_at)
    select p_tenant, d.transaction_id, 1, transaction_base + d.n, 'CNY', d.amount, d.debit, da.version + ds.step, da.sign * (da.net + ds.net),
      d.credit, ca.version + cs.step, ca.sign * (ca.net + cs.net), recorded_base, recorded_base + d.n * interval '1 microsecond'
    from counter, drawn d
    join steps ds on ds.n = d.n and ds.change < 0 join locked da on da.id = d.debit
    join steps cs on cs.n = d.n and cs.change > 0 join locked ca on ca.id = d.credit
    order by d.n
  ), new_events as (
    insert into events (tenant_id, seq, id, type, subject, data, recorded_at)
    select p_tenant, event_base + n, event_id, 'trade.payment_received', '', jsonb_build_object('amount', amount::text), recorded_base + n * interval '1 microsecond'
    from counter, drawn order by n
  )
  select count(*) from moved into moved_accounts;
  return moved_accounts;
end
$$`

/**
 * One transaction per transfer: the same writes for a single one. The key is taken before the accounts are locked and the counter
 * is touched last, which is as short as the locks can be held. A sequence given instead of the counter is what nobody waits for; it
 * promises neither an order nor that no number is missing, so the times are made of its numbers for the books to be right all the same.
 */
const POST_ONE = `
create or replace function bench.post_one (p_tenant integer, p_key text, p_debit uuid, p_credit uuid, p_amount bigint, p_sequence regclass) returns boolean language plpgsql as $$
declare
  new_id uuid := bench.id();
  debit_version bigint;
  debit_balance bigint;
  credit_version bigint;
  credit_balance bigint;
  transaction_number bigint;
  event_number bigint;
  recorded timestamptz;
begin
  insert into idempotency_keys (tenant_id, key, fingerprint, answer, created_at)
  values (p_tenant, p_key, sha256(p_key::bytea), bench.answer(new_id, p_amount), clock_timestamp()) on conflict do nothing;
  if not found then return false; end if;
  perform from accounts where tenant_id = p_tenant and id in (p_debit, p_credit) order by id for no key update;
  update accounts set version = version + 1, debits = debits + p_amount where tenant_id = p_tenant and id = p_debit
  returning version, sign * (credits - debits) into strict debit_version, debit_balance;
  update accounts set version = version + 1, credits = credits + p_amount where tenant_id = p_tenant and id = p_credit
  returning version, sign * (credits - debits) into strict credit_version, credit_balance;
  if p_sequence is null then
    update tenant_counters set transaction_seq = transaction_seq + 1, event_seq = event_seq + 1,
      last_recorded_at = greatest(clock_timestamp(), last_recorded_at + interval '1 microsecond')
    where tenant_id = p_tenant returning transaction_seq, event_seq, last_recorded_at into strict transaction_number, event_number, recorded;
  else
    transaction_number := nextval(p_sequence);
    event_number := transaction_number;
    recorded := bench.time_of(transaction_number);
  end if;
  insert into transactions (tenant_id, id, seq, kind, subject, description, occurred_at, recorded_at, booked_on)
  values (p_tenant, new_id, transaction_number, 'bench.transfer', '', '', recorded, recorded, (recorded at time zone 'UTC')::date);
  insert into transfers (tenant_id, transaction_id, position, seq, unit, amount, debit_account_id, debit_version, debit_balance,
    credit_account_id, credit_version, credit_balance, occurred_at, recorded_at)
  values (p_tenant, new_id, 1, transaction_number, 'CNY', p_amount, p_debit, debit_version, debit_balance,
    p_credit, credit_version, credit_balance, recorded, recorded);
  insert into events (tenant_id, seq, id, type, subject, data, recorded_at)
  values (p_tenant, event_number, bench.id(), 'trade.payment_received', '', jsonb_build_object('amount', p_amount::text), recorded);
  return true;
end
$$`

/** What posts by SQL alone, as statements to run one after the other; `serverVersion` is PostgreSQL's major one. */
export function postingFunctions (serverVersion: number): string[] {
  return ['create schema if not exists bench', idFunction(serverVersion), ACCOUNT_ID, ANSWER, TIME_OF, POST_BATCH, POST_ONE, PAY_ONE]
}
