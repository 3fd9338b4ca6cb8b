import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { sql } from 'kysely'
import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import { createTrade } from '../src/escrow/steps/create-trade.ts'
import { DUE_TRADES } from '../src/escrow/timers/due-trades.ts'
import type { PassedDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { parseTerms } from '../src/escrow/trade/terms.ts'
import { internalId } from '../src/kernel/ids.ts'
import { createParty } from '../src/parties/create-party.ts'
import type { DueWork } from '../src/timers/due-work.ts'
import { forgetKeys } from '../src/timers/forget-keys.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { startSweeper } from '../src/timers/sweeper.ts'
import { createTestDatabase } from './support/database.ts'
import { origin } from './support/memory-books.ts'
import { createTenant, openJournal } from './support/posted-books.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const vandal = openDatabases({ url: database.superuserUrl })
const journal = openJournal(databases)
const lines: Array<Record<string, unknown>> = []
const log = pino({ level: 'info' }, { write: (line: string) => { lines.push(JSON.parse(line) as Record<string, unknown>) } })
const db = databases.read
let tenants = 0

t.setTimeout(120_000)
t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await vandal.close()
  await database.drop()
})

/** A tenant whose trades are due as soon as they are open, and the inside ids of some. */
async function dueTrades (count: number): Promise<{ tenantId: number, tradeIds: string[] }> {
  const tenantId = await createTenant(db, `tenant-${++tenants}`)
  await sql`update tenants set settings = '{"unpaid_close_ms": 0}' where id = ${tenantId}`.execute(db)
  const [buyer, seller] = await Promise.all((['buyer', 'seller'] as const).map(async (kind) => {
    const { answer } = await journal.submit(createParty(origin(tenantId), { kind, externalRef: kind, name: kind }))
    return (JSON.parse(answer) as { id: string }).id
  }))
  const answers = await Promise.all(Array.from({ length: count }, async (_, index) => await journal.submit(createTrade(origin(tenantId), parseTerms({
    external_ref: `ORD-${index}`,
    buyer: buyer ?? '',
    currency: 'CNY',
    lines: [{ ref: '1', seller: seller ?? '', quantity: 1, unit_price: '1.00', fulfilment: 'mail' }]
  })))))
  return { tenantId, tradeIds: answers.map(({ answer }) => internalId('trd', (JSON.parse(answer) as { id: string }).id) ?? '') }
}

async function countTrades (state: string, tenantId: number): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from trades where tenant_id = ${tenantId} and state = ${state}`.execute(db)
  return Number(rows[0]?.count)
}

async function until (reached: () => Promise<boolean>): Promise<void> {
  while (!await reached()) await sleep(10)
}

t.test('two sweepers close every unpaid trade of every tenant, each once', async (t) => {
  const shops = [await dueTrades(700), await dueTrades(20), await dueTrades(1)]
  const sweepers = [1, 2].map(() => startSweeper({ db, journal, log, work: [DUE_TRADES], intervalMs: 10, keptDays: 30 }))
  for (const { tenantId, tradeIds } of shops) await until(async () => await countTrades('closed_unpaid', tenantId) === tradeIds.length)
  await Promise.all(sweepers.map(async (sweeper) => { await sweeper.stop() }))
  for (const { tenantId, tradeIds } of shops) {
    const { rows } = await sql<{ count: bigint }>`select count(*) as count from events where tenant_id = ${tenantId} and type = 'trade.closed'`.execute(db)
    t.equal(Number(rows[0]?.count), tradeIds.length)
  }
  t.strictSame(await DUE_TRADES.find(db, 10), [])
  t.strictSame(lines, [], 'nothing to complain about')
})

t.test('of each tenant in turn: a backlog keeps nobody waiting', async (t) => {
  const large = await dueTrades(30)
  const small = await dueTrades(2)
  const due = await DUE_TRADES.find(db, 8)
  t.equal(due.length, 8)
  t.equal(due.filter(({ tenantId }) => tenantId === small.tenantId).length, 2)
  while (await sweepDue(db, DUE_TRADES, { journal, log, failures: new Map() }) || await countTrades('closed_unpaid', large.tenantId) < 30);
  t.equal(await countTrades('closed_unpaid', small.tenantId), 2)
})

t.test('work that fails steps back, longer each time, and the rest is done', async (t) => {
  const { tenantId, tradeIds } = await dueTrades(3)
  const culprit = tradeIds[1] ?? ''
  const broken: DueWork<PassedDeadline> = {
    ...DUE_TRADES,
    operation: async (due) => ({ ...await DUE_TRADES.operation(due), ...due.tradeId === culprit ? { decide: () => { throw new Error('broken') } } : {} })
  }
  const failures = new Map<string, number>()
  const delays: number[] = []
  lines.length = 0
  for (let round = 0; round < 3; round++) {
    await sweepDue(db, broken, { journal, log, failures })
    t.equal(await countTrades('closed_unpaid', tenantId), 2)
    t.strictSame(await DUE_TRADES.find(db, 10), [], 'it is not in anybody\'s way')
    const { rows } = await sql<{ delay: number }>`
      select extract(epoch from next_attempt_at - clock_timestamp())::float8 as delay from trades where tenant_id = ${tenantId} and id = ${culprit}`.execute(db)
    delays.push(Math.ceil(rows[0]?.delay ?? 0))
    await sql`update trades set next_attempt_at = now() where tenant_id = ${tenantId} and id = ${culprit}`.execute(db)
  }
  t.strictSame(delays, [5, 10, 20])
  t.equal(lines.filter(({ msg }) => msg === 'due work failed and is tried again later').length, 3)
  await sweepDue(db, DUE_TRADES, { journal, log, failures })
  t.equal(await countTrades('closed_unpaid', tenantId), 3, 'repaired, it is done')
  t.equal(failures.size, 0)
})

t.test('work that was done since it was found, by another process or by a commit whose answer got lost, is no failure', async (t) => {
  const { tenantId } = await dueTrades(2)
  const found = await DUE_TRADES.find(db, 10)
  const failures = new Map<string, number>()
  lines.length = 0
  for (let times = 0; times < 2; times += 1) await sweepDue(db, { ...DUE_TRADES, find: async () => found }, { journal, log, failures })
  t.equal(await countTrades('closed_unpaid', tenantId), 2)
  t.strictSame(lines, [])
  t.equal(failures.size, 0)
})

t.test('when the sweeping process ends, another takes over', async (t) => {
  const first = startSweeper({ db, journal, log, work: [], intervalMs: 10, keptDays: 30 })
  await until(async () => await isLocked())
  const second = startSweeper({ db, journal, log, work: [DUE_TRADES], intervalMs: 10, keptDays: 30 })
  const { tenantId } = await dueTrades(1)
  await sleep(100)
  t.equal(await countTrades('closed_unpaid', tenantId), 0, 'the second stands by')
  await first.stop()
  await until(async () => await countTrades('closed_unpaid', tenantId) === 1)
  await second.stop()
  t.notOk(await isLocked())
})

t.test('a sweep that loses its connection begins anew', async (t) => {
  const sweeper = startSweeper({ db, journal, log, work: [DUE_TRADES], intervalMs: 10, keptDays: 30 })
  await until(async () => await isLocked())
  await vandal.read.connection().execute(async (connection) => {
    await sql`set role none`.execute(connection)
    await sql`
      select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and objid = ${0x686f6c64} and database = (select oid from pg_database where datname = current_database())`.execute(connection)
  })
  const { tenantId } = await dueTrades(1)
  await until(async () => await countTrades('closed_unpaid', tenantId) === 1)
  await sweeper.stop()
  t.equal(await countTrades('closed_unpaid', tenantId), 1)
})

t.test('idempotency keys are forgotten after their days, and not before', async (t) => {
  const tenantId = await createTenant(db, 'forgetful')
  await sql`insert into idempotency_keys select ${tenantId}, 'old ' || i, '', null, '{}', now() - interval '30 days 1 second' from generate_series(1, 2500) i`.execute(db)
  await sql`insert into idempotency_keys select ${tenantId}, 'young', '', null, '{}', now() - interval '29 days'`.execute(db)
  t.equal(await forgetKeys(db, 30, new AbortController().signal), 2500)
  const { rows } = await sql<{ key: string }>`select key from idempotency_keys where tenant_id = ${tenantId}`.execute(db)
  t.strictSame(rows, [{ key: 'young' }])
})

async function isLocked (): Promise<boolean> {
  const { rows } = await sql<{ locks: bigint }>`
    select count(*) as locks from pg_locks where locktype = 'advisory' and granted and objid = ${0x686f6c64}
      and database = (select oid from pg_database where datname = current_database())`.execute(db)
  return rows[0]?.locks === 1n
}
