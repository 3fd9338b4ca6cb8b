import { sql } from 'kysely'
import { sqlCheck, tellAccount, tellId, type Check, type NamedAccount } from './checks.ts'

interface NumberFinding {
  readonly tenant_id: number
  /** Null where the counter itself is behind or ahead. */
  readonly seq: bigint | null
  readonly previous: bigint
  readonly counter: bigint
}

/** The numbers of a table's rows are 1, 2, 3 and so on in each tenant, up to its counter. Both names are ours, never a caller's. */
function numberCheck ({ name, about, table, counter }: { name: string, about: string, table: 'transactions' | 'events', counter: 'transaction_seq' | 'event_seq' }): Check {
  return sqlCheck<NumberFinding>({
    name,
    about,
    query: sql`
      select n.tenant_id, n.seq, n.previous, coalesce(c.${sql.raw(counter)}, 0) as counter
      from (select tenant_id, seq, lag(seq, 1, 0::bigint) over (partition by tenant_id order by seq) as previous from ${sql.table(table)}) n
      left join tenant_counters c using (tenant_id)
      where n.seq <> n.previous + 1
      union all
      select tenant_id, null, coalesce(n.last, 0), coalesce(c.${sql.raw(counter)}, 0)
      from (select tenant_id, max(seq) as last from ${sql.table(table)} group by tenant_id) n
      full join tenant_counters c using (tenant_id)
      where coalesce(n.last, 0) <> coalesce(c.${sql.raw(counter)}, 0)`,
    tell: (row) => row.seq === null
      ? `${table}: the last seq is ${row.previous} but the counter says ${row.counter}`
      : `${table}: seq ${row.seq} follows ${row.previous}`
  })
}

const transactionSeq = numberCheck({
  name: 'transaction-seq',
  about: 'Transactions are numbered 1, 2, 3 and so on in each tenant, up to its counter.',
  table: 'transactions',
  counter: 'transaction_seq'
})

const eventSeq = numberCheck({
  name: 'event-seq',
  about: 'Events are numbered 1, 2, 3 and so on in each tenant, up to its counter.',
  table: 'events',
  counter: 'event_seq'
})

interface OrderFinding {
  readonly tenant_id: number
  readonly source: string
  readonly seq: bigint
  readonly recorded_at: string
  readonly previous: string | null
  readonly last_recorded_at: string | null
}

const recordedOrder = sqlCheck<OrderFinding>({
  name: 'recorded-order',
  about: 'Transactions and events were each recorded in the order of their seq, and none later than the counter says.',
  query: sql`
    select o.tenant_id, o.source, o.seq, o.recorded_at::text as recorded_at, o.previous::text as previous, c.last_recorded_at::text as last_recorded_at
    from (
      select tenant_id, 'transaction' as source, seq, recorded_at, lag(recorded_at) over (partition by tenant_id order by seq) as previous from transactions
      union all
      select tenant_id, 'event', seq, recorded_at, lag(recorded_at) over (partition by tenant_id order by seq) from events
    ) o
    left join tenant_counters c using (tenant_id)
    where o.recorded_at <= o.previous or o.recorded_at > coalesce(c.last_recorded_at, '-infinity')`,
  tell: (row) => `${row.source} ${row.seq}: recorded at ${row.recorded_at}, the one before it at ${row.previous ?? 'no time'}, the counter's last time is ${row.last_recorded_at ?? 'missing'}`
})

const entryOrder = sqlCheck<NamedAccount & { tenant_id: number, version: bigint, transaction_id: string, position: number }>({
  name: 'entry-order',
  about: 'The versions of every account follow the order of the journal: looking up a past balance relies on it.',
  query: sql`
    select e.tenant_id, e.account_id, a.class, a.owner, a.unit, e.version, e.transaction_id, e.position
    from (
      select tenant_id, account_id, version, transaction_id, seq, position,
        lag(seq) over steps as previous_seq, lag(position) over steps as previous_position
      from entries
      window steps as (partition by tenant_id, account_id order by version, direction)
    ) e
    join accounts a on a.tenant_id = e.tenant_id and a.id = e.account_id
    where (e.seq, e.position) <= (e.previous_seq, e.previous_position)`,
  tell: (row) => `${tellAccount(row)}: entry ${row.version} is transfer ${row.position} of transaction ${tellId('txn', row.transaction_id)}, which the journal has before entry ${row.version - 1n}`
})

const tenants = sqlCheck<{ tenant_id: number, source: string }>({
  name: 'tenants',
  about: 'Everything in the books belongs to a tenant that exists and has a counter.',
  query: sql`
    select distinct r.tenant_id, r.source
    from (
      select tenant_id, 'accounts' as source from accounts
      union select tenant_id, 'transactions' from transactions
      union select tenant_id, 'transfers' from transfers
      union select tenant_id, 'events' from events
      union select tenant_id, 'claims' from claims
      union select tenant_id, 'idempotency_keys' from idempotency_keys
      union select id, 'tenants' from tenants
    ) r
    where not exists (select from tenants t join tenant_counters c on c.tenant_id = t.id where t.id = r.tenant_id)`,
  tell: (row) => `${row.source}: rows of tenant ${row.tenant_id}, which does not exist or has no counter`
})

/** What must hold of the numbers and times that order the books. */
export const ORDER_CHECKS: readonly Check[] = [transactionSeq, eventSeq, recordedOrder, entryOrder, tenants]
