import t from 'tap'
import { pino } from 'pino'
import { sql, type Kysely } from 'kysely'
import { openDatabases } from '../src/db/pools.ts'
import type { Database } from '../src/db/schema.ts'
import { Journal, JOURNAL_LIMITS, type JournalLimits } from '../src/journal/journal.ts'
import type { RowKind } from '../src/journal/row-kind.ts'
import { internalId, newId } from '../src/kernel/ids.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { createParty } from '../src/parties/create-party.ts'
import { PARTIES } from '../src/parties/party-rows.ts'
import { origin } from './support/memory-books.ts'
import { createTestDatabase } from './support/database.ts'
import { account, operation, transferOperation } from './support/transfers.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const db = databases.read
const failures: Array<{ code?: string, message: string }> = []
const log = pino({ level: 'warn' }, { write: (line: string) => { failures.push((JSON.parse(line) as { err: { code?: string, message: string } }).err) } })
const clearing = account('provider_clearing', 'sandbox')

function journalOf (limits: Partial<JournalLimits> = {}, pool = databases.journal): Journal {
  return new Journal({ db: pool, log, limits: { ...JOURNAL_LIMITS, ...limits } })
}

async function createTenant (name: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with tenant as (insert into tenants (name, kind) values (${name}, 'sandbox') returning id)
    select id from tenant`.execute(db)
  const id = rows[0]?.id ?? 0
  await sql`insert into tenant_counters (tenant_id) values (${id})`.execute(db)
  return id
}

async function balance (tenantId: number, owner: string): Promise<{ balance: bigint, version: bigint }> {
  const { rows } = await sql<{ balance: bigint, version: bigint }>`
    select credits - debits as balance, version from accounts where tenant_id = ${tenantId} and owner = ${owner}`.execute(db)
  return rows[0] ?? { balance: 0n, version: 0n }
}

async function count (table: string, tenantId: number, pool: Kysely<Database> = db): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from ${sql.table(table)} where tenant_id = ${tenantId}`.execute(pool)
  return Number(rows[0]?.count)
}

async function codeOf (attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'answered'
  } catch (error) {
    return error instanceof Refusal ? error.code : 'failed'
  }
}

t.teardown(async () => {
  await databases.close()
  await database.drop()
})

t.test('a thousand transfers at once keep versions, running balances and seq without a gap', async (t) => {
  const tenantId = await createTenant('gapless')
  const journal = journalOf({ batchWeightMax: 200 })
  await Promise.all(Array.from({ length: 1000 }, (_, index) =>
    journal.submit(transferOperation(clearing, account('suspense', `pay_${index % 10}`), BigInt(index + 1), { tenantId }))))
  t.same(await balance(tenantId, 'sandbox'), { balance: -500500n, version: 1000n })
  const { rows } = await sql`
    select 1 from (
      select debit_version - row_number() over (order by seq) as version_gap, seq - row_number() over (order by seq) as seq_gap,
        debit_balance - sum(amount) over (order by seq) as balance_gap,
        recorded_at <= lag(recorded_at) over (order by seq) as unordered
      from transfers where tenant_id = ${tenantId}) as checked
    where version_gap <> 0 or seq_gap <> 0 or balance_gap <> 0 or unordered`.execute(db)
  t.same(rows, [])
  t.equal(await count('events', tenantId), 1000)
})

t.test('an operation that finds out what else it needs is decided again with that, and its neighbours are not disturbed', async (t) => {
  const tenantId = await createTenant('learning')
  const journal = journalOf()
  const party = async (externalRef: string): Promise<string> => {
    const { answer } = await journal.submit(createParty(origin(tenantId), { kind: 'seller', externalRef, name: 'Tea House' }))
    return internalId('pty', (JSON.parse(answer) as { id: string }).id) ?? ''
  }
  const ids = [await party('S-1'), await party('S-2'), await party('S-3')]
  let decisions = 0
  const learning = operation({
    tenantId, decide (books) {
      decisions += 1
      return ids.map((id) => books.find(PARTIES, id)?.externalRef)
    }
  })
  const [learnt, ...others] = await Promise.all([
    journal.submit(learning),
    ...Array.from({ length: 50 }, async () => await journal.submit(transferOperation(clearing, account('suspense', 'pay_1'), 1n, { tenantId })))
  ])
  t.strictSame(JSON.parse(learnt.answer), ['S-1', 'S-2', 'S-3'])
  t.equal(decisions, 4, 'it learnt three rows')
  t.equal(others.length, 50)
  t.same(await balance(tenantId, 'pay_1'), { balance: 50n, version: 50n })

  let asked = 0
  const insatiable = operation({
    tenantId, decide (books) {
      asked += 1
      return books.find(PARTIES, newId())
    }
  })
  t.equal(await codeOf(journal.submit(insatiable)), 'failed')
  t.equal(asked, 11, 'there is an end to that')
})

t.test('one key a hundred times at once, over three journals, has one effect and a hundred equal answers', async (t) => {
  const tenantId = await createTenant('one-key')
  const pools = [openDatabases({ url: database.url }), openDatabases({ url: database.url }), openDatabases({ url: database.url })]
  t.teardown(async () => { await Promise.all(pools.map((pool) => pool.close())) })
  const journals = pools.map((pool) => journalOf({}, pool.journal))
  const decided = await Promise.all(Array.from({ length: 100 }, (_, index) => {
    const journal = journals[index % 3] ?? journalOf()
    return journal.submit(transferOperation(clearing, account('suspense', 'once'), 7n, { tenantId, key: 'api:once' }))
  }))
  t.equal(new Set(decided.map(({ answer }) => answer)).size, 1)
  t.same(await balance(tenantId, 'once'), { balance: 7n, version: 1n })
  t.equal(decided.filter(({ replayed }) => !replayed).length, 1, 'all but the first are told that they are repeats')
})

t.test('a key that belongs to another request is refused and changes nothing', async (t) => {
  const tenantId = await createTenant('other-request')
  const journal = journalOf()
  const first = operation({ tenantId, key: 'api:k', fingerprint: 'a', decide: () => ({ ok: true }) })
  const second = operation({ tenantId, key: 'api:k', fingerprint: 'b', decide: () => ({ ok: true }) })
  t.same(await Promise.all([codeOf(journal.submit(first)), codeOf(journal.submit(second))]), ['answered', 'idempotency_key_reused'], 'in one batch')
  t.equal(await codeOf(journal.submit(second)), 'idempotency_key_reused', 'in a later one')
})

t.test('a refusal drops its changes, is stored, and harms no neighbour; so does a bug, which is not stored', async (t) => {
  const tenantId = await createTenant('neighbours')
  const journal = journalOf()
  let bugs = 0
  const overdraft = transferOperation(account('escrow', 'empty'), account('suspense', 'thief'), 5n, { tenantId, key: 'api:overdraft' })
  const half = operation({
    tenantId, key: 'api:half', accounts: [clearing, account('suspense', 'half')], decide: (books) => {
      books.post({ kind: 'test', subject: '', postings: [{ debit: clearing, credit: account('suspense', 'half'), amount: 3n }] })
      books.append({ type: 'trade.created', subject: '', data: {} })
      throw new Refusal('illegal_in_state', 'no', { current_state: 'closed' })
    }
  })
  const bug = operation({ tenantId, key: 'api:bug', decide: () => { bugs += 1; throw new TypeError('a bug') } })
  const codes = await Promise.all([
    codeOf(journal.submit(transferOperation(clearing, account('suspense', 'good'), 1n, { tenantId }))),
    codeOf(journal.submit(overdraft)), codeOf(journal.submit(half)), codeOf(journal.submit(bug)),
    codeOf(journal.submit(transferOperation(clearing, account('suspense', 'good'), 1n, { tenantId })))
  ])
  t.same(codes, ['answered', 'insufficient_funds', 'illegal_in_state', 'failed', 'answered'])
  t.same(await balance(tenantId, 'good'), { balance: 2n, version: 2n })
  t.equal((await balance(tenantId, 'half')).version, 0n)
  t.equal(await count('events', tenantId), 2)
  try {
    await journal.submit(half)
    t.fail('the stored refusal should be answered')
  } catch (error) {
    t.match(error, { code: 'illegal_in_state', message: 'no', facts: { current_state: 'closed' } })
  }
  await codeOf(journal.submit(bug))
  t.equal(bugs, 2, 'a bug is tried again by a retry')
})

t.test('an operation that needs what a neighbour of its batch makes runs again alone', async (t) => {
  const tenantId = await createTenant('misled')
  const journal = journalOf()
  const claim = { kind: 'trade', key: 'made-here' }
  const maker = operation({ tenantId, claims: [claim], decide: (books) => { books.take(claim, books.newId()); return {} } })
  const needy = operation({
    tenantId,
    claims: [claim],
    // It knows which account it needs only when the claim is held.
    accounts: (rows) => rows.holder(claim) === null ? [] : [clearing, account('suspense', 'found')],
    decide: (books) => {
      if (books.holder(claim) === null) return { found: false }
      books.post({ kind: 'test', subject: '', postings: [{ debit: clearing, credit: account('suspense', 'found'), amount: 4n }] })
      return { found: true }
    }
  })
  t.same(await Promise.all([codeOf(journal.submit(maker)), codeOf(journal.submit(needy))]), ['answered', 'answered'])
  t.same(await balance(tenantId, 'found'), { balance: 4n, version: 1n })
})

t.test('a row that PostgreSQL refuses fails its own operation only', async (t) => {
  const tenantId = await createTenant('culprit')
  const journal = journalOf()
  const codes = await Promise.all(Array.from({ length: 20 }, (_, index) => codeOf(journal.submit(transferOperation(
    clearing, account('suspense', 'pay'), 1n, { tenantId, description: index === 9 ? 'a NUL \u0000 inside' : 'fine' })))))
  t.same(codes.filter((code) => code === 'failed').length, 1)
  t.equal(codes[9], 'failed')
  t.same(await balance(tenantId, 'pay'), { balance: 19n, version: 19n })
})

t.test('claims and accounts that several processes take at once are one\'s, without a deadlock', async (t) => {
  const tenantId = await createTenant('claims')
  failures.length = 0
  const pools = [openDatabases({ url: database.url }), openDatabases({ url: database.url }), openDatabases({ url: database.url })]
  t.teardown(async () => { await Promise.all(pools.map((pool) => pool.close())) })
  const journals = pools.map((pool) => journalOf({ batchWeightMax: 40 }, pool.journal))
  const wins = await Promise.all(journals.flatMap((journal, process) => Array.from({ length: 150 }, async (_, index) => {
    // Each process meets the references and accounts in an order of its own.
    const number = process === 1 ? 149 - index : (index * 7) % 150
    const claim = { kind: 'trade', key: `ORD-${number}` }
    const target = account('suspense', `owner-${number % 40}`)
    const decided = await journal.submit(operation({
      tenantId, claims: [claim], accounts: [clearing, target], decide: (books) => {
        if (books.holder(claim) !== null) return { won: false }
        books.take(claim, books.newId())
        books.post({ kind: 'test', subject: '', postings: [{ debit: clearing, credit: target, amount: 1n }] })
        return { won: true }
      }
    }))
    return (JSON.parse(decided.answer) as { won: boolean }).won
  })))
  t.equal(wins.filter(Boolean).length, 150)
  t.equal(await count('claims', tenantId), 150)
  t.equal(await count('accounts', tenantId), 41)
  t.same(await balance(tenantId, 'sandbox'), { balance: -150n, version: 150n })
  t.same(failures.filter((failure) => failure.code === '40P01'), [], 'no deadlock')
})

t.test('processes that lock the same accounts in opposite orders do not deadlock', async (t) => {
  const tenantId = await createTenant('lock-order')
  failures.length = 0
  const pools = [openDatabases({ url: database.url }), openDatabases({ url: database.url })]
  t.teardown(async () => { await Promise.all(pools.map((pool) => pool.close())) })
  const accounts = Array.from({ length: 30 }, (_, index) => account('suspense', `a-${index}`))
  const journals = pools.map((pool) => journalOf({ batchWeightMax: 100 }, pool.journal))
  await Promise.all(accounts.map((target) => journalOf().submit(transferOperation(clearing, target, 1000n, { tenantId }))))
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(journals.flatMap((journal, process) => accounts.map((_, index) => {
      const from = accounts[process === 0 ? index : 29 - index] ?? clearing
      const to = accounts[process === 0 ? (index + 1) % 30 : (58 - index) % 30] ?? clearing
      return journal.submit(transferOperation(from, to, 1n, { tenantId }))
    })))
  }
  t.same(failures.filter((failure) => failure.code === '40P01'), [])
  t.same(await balance(tenantId, 'sandbox'), { balance: -30000n, version: 30n })
})

t.test('a dry run answers what would be posted and leaves nothing', async (t) => {
  const tenantId = await createTenant('dry-run')
  const journal = journalOf()
  const decided = await journal.preview(transferOperation(clearing, account('suspense', 'dry'), 5n, { tenantId, key: 'api:dry' }))
  t.equal(decided.transactions[0]?.transfers[0]?.amount, 5n)
  for (const table of ['accounts', 'transactions', 'transfers', 'events', 'idempotency_keys']) t.equal(await count(table, tenantId), 0, table)
  t.equal((await journal.submit(transferOperation(clearing, account('suspense', 'dry'), 5n, { tenantId, key: 'api:dry' }))).replayed, false)
})

t.test('two tenants\' books know nothing of each other', async (t) => {
  const [first, second] = [await createTenant('first'), await createTenant('second')]
  const journal = journalOf()
  await journal.submit(transferOperation(clearing, account('suspense', 'same name'), 5n, { tenantId: first, key: 'api:same' }))
  const decided = await journal.submit(transferOperation(clearing, account('suspense', 'same name'), 6n, { tenantId: second, key: 'api:same' }))
  t.equal(decided.replayed, false)
  const { rows } = await sql`select tenant_id, credits from accounts where owner = 'same name' order by tenant_id`.execute(db)
  t.same(rows, [{ tenant_id: first, credits: 5n }, { tenant_id: second, credits: 6n }])
})

t.test('too much waiting is refused, and what expires is answered undecided', async (t) => {
  const tenantId = await createTenant('limits')
  const full = journalOf({ tenantQueueMax: 3 })
  const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(full.submit(transferOperation(clearing, account('suspense', 'q'), 1n, { tenantId })))))
  t.same(codes, ['answered', 'answered', 'answered', 'overloaded', 'overloaded'])
  t.equal(await codeOf(journalOf().submit(transferOperation(clearing, account('suspense', 'q'), 1n, { tenantId }), 0)), 'unavailable')
  t.same(await balance(tenantId, 'q'), { balance: 3n, version: 3n })
})

t.test('stopping finishes what waits and takes nothing more', async (t) => {
  const tenantId = await createTenant('stop')
  const journal = journalOf({ batchWeightMax: 8 })
  const waiting = Array.from({ length: 20 }, () => codeOf(journal.submit(transferOperation(clearing, account('suspense', 's'), 1n, { tenantId }))))
  const stopped = journal.stop(10_000)
  t.equal(await codeOf(journal.submit(transferOperation(clearing, account('suspense', 's'), 1n, { tenantId }))), 'unavailable')
  await stopped
  t.same(new Set(await Promise.all(waiting)), new Set(['answered']))
  t.same(await balance(tenantId, 's'), { balance: 20n, version: 20n })
})

t.test('a backlog of due work leaves most of each batch to requests', async (t) => {
  const tenantId = await createTenant('lanes')
  const journal = journalOf({ batchWeightMax: 40 })
  const order: string[] = []
  const submit = (lane: 'request' | 'due') => journal.submit(transferOperation(clearing, account('suspense', 'l'), 1n, { tenantId, lane })).then(() => order.push(lane))
  const due = Array.from({ length: 100 }, () => submit('due'))
  const requests = Array.from({ length: 100 }, () => submit('request'))
  await Promise.all(requests)
  t.ok(order.filter((lane) => lane === 'due').length <= 50, 'requests are not pushed aside')
  t.ok(order.filter((lane) => lane === 'due').length >= 10, 'due work is not starved')
  await Promise.all(due)
})

t.test('a kind of row that cannot be written fails its operation, and nothing of it is committed', async (t) => {
  const tenantId = await createTenant('unwritable')
  const journal = journalOf()
  const broken: RowKind<{ readonly id: string }> = {
    name: 'broken', rank: 90, idOf: ({ id }) => id, load: async () => [], save: async () => { throw new Error('no statement can be made of it') }
  }
  const [debit, credit] = [clearing, account('suspense', 'broken')]
  t.equal(await codeOf(journal.submit(operation({
    tenantId,
    key: 'broken',
    accounts: [debit, credit],
    decide: (books) => {
      books.save(broken, { id: 'x' })
      return books.post({ kind: 'test.transfer', subject: '', postings: [{ debit, credit, amount: 1n }] })
    }
  }))), 'failed')
  for (const table of ['transfers', 'accounts', 'idempotency_keys']) t.equal(await count(table, tenantId), 0, table)
})

t.test('few requests take little due work along, find little of it when they come back, and leave it all the room when they do not', async (t) => {
  const tenantId = await createTenant('few')
  const weights: number[] = []
  const journal = new Journal({ db: databases.journal, log, observer: { committed: ({ weight }) => { weights.push(weight) }, failed: () => {} } })
  const submit = async (lane: 'request' | 'due'): Promise<unknown> =>
    await journal.submit(transferOperation(clearing, account('suspense', 'l'), 1n, { tenantId, lane }))
  const people = async (): Promise<unknown> => await Promise.all([submit('request'), submit('request'), submit('request')])
  // Whoever is answered asks again at once, as callers do.
  await Promise.all([...Array.from({ length: 1500 }, () => submit('due')), people().then(people)])
  t.strictSame(weights.slice(0, 3), [3 * 4 + 4, 3 * 4 + 4, 100])
  t.equal(Math.max(...weights), JOURNAL_LIMITS.batchWeightMax / 4 - 2)
})

t.test('a tenant that floods its queue gets lighter batches while another one works, and full ones when it is alone', async (t) => {
  const [loud, quiet] = [await createTenant('loud'), await createTenant('quiet')]
  const weights: number[] = []
  const journal = new Journal({ db: databases.journal, log, observer: { committed: ({ weight }) => { weights.push(weight) }, failed: () => {} } })
  const flood = async (): Promise<unknown> => await Promise.all(Array.from({ length: 500 }, () =>
    journal.submit(transferOperation(clearing, account('suspense', 'pay_1'), 1n, { tenantId: loud }))))
  await flood()
  t.strictSame(weights, [2000], 'alone: all that waits')
  weights.length = 0
  await Promise.all([
    journal.submit(transferOperation(clearing, account('suspense', 'pay_1'), 1n, { tenantId: quiet })),
    flood()
  ])
  t.ok(weights.length > 2 && (weights.find((weight) => weight > 4) ?? 0) <= 250, `beside another: ${weights.join(', ')}`)
})

t.test('a backlog of due work does not take the room of requests', async (t) => {
  const tenantId = await createTenant('backlog')
  const journal = journalOf({ tenantQueueMax: 3 })
  const submit = async (lane: 'request' | 'due'): Promise<unknown> =>
    await journal.submit(transferOperation(clearing, account('suspense', 'pay_1'), 1n, { tenantId, lane }))
  const backlog = Promise.all([submit('due'), submit('due'), submit('due')])
  t.equal(await codeOf(submit('due')), 'overloaded')
  t.equal(await codeOf(submit('request')), 'answered')
  await backlog
})

t.test('plans made while the tables are empty do not walk through a tenant that has grown', async (t) => {
  const fresh = await createTestDatabase()
  const pools = openDatabases({ url: fresh.url, journalConnections: 1 })
  const { rows: [tenant] } = await sql<{ id: number }>`insert into tenants (name, kind) values ('grown', 'sandbox') returning id`.execute(pools.read)
  const tenantId = tenant?.id ?? 0
  await sql`insert into tenant_counters (tenant_id) values (${tenantId})`.execute(pools.read)
  const journal = journalOf({}, pools.journal)
  const post = async (owner: number): Promise<unknown> =>
    await journal.submit(transferOperation(clearing, account('suspense', `pay_${owner}`), 1n, { tenantId }))
  const postAll = async (count: number): Promise<unknown> => await Promise.all(Array.from({ length: count }, (_, owner) => post(owner)))
  // A plan that is used more than five times is kept: that of one operation, and that of several together.
  for (let turn = 0; turn < 10; turn += 1) await post(0)
  await postAll(400)
  for (let turn = 0; turn < 10; turn += 1) await postAll(20)
  await postAll(3000)
  const before = await rowsRead(pools.read)
  for (let owner = 0; owner < 50; owner += 1) await post(owner)
  for (let turn = 0; turn < 10; turn += 1) await postAll(20)
  await pools.close()
  const later = openDatabases({ url: fresh.url })
  const read = await rowsRead(later.read) - before
  // What a batch of twenty writes may be joined to all accounts once; it may not look for each of its names among all.
  t.ok(read < 50 * 100 + 10 * 2 * 3000, `read ${read} rows by indexes`)
  await later.close()
  await fresh.drop()
})

/** Rows that indexes led to, of the accounts; a connection tells of its own at the latest when it closes. */
async function rowsRead (pool: Kysely<Database>): Promise<number> {
  const { rows: [row] } = await sql<{ read: bigint }>`
    select sum(idx_tup_read)::bigint as read from pg_stat_user_indexes where relname = 'accounts'`.execute(pool)
  return Number(row?.read)
}
