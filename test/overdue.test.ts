import t from 'tap'
import pg from 'pg'
import { createKey } from '../src/auth/keys.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { meetDeadline } from '../src/escrow/timers/meet-deadline.ts'
import { payTrade } from '../src/escrow/payments/record-payment.ts'
import { shipTrade } from '../src/escrow/steps/ship.ts'
import type { TradeAnswer } from '../src/escrow/trade/show-trade.ts'
import { JOURNAL_LIMITS } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { createTestDatabase } from './support/database.ts'
import { findings } from './support/findings.ts'
import { Desk } from './support/journal-desk.ts'
import { origin } from './support/memory-books.ts'
import { createTenant, openJournal } from './support/posted-books.ts'
import { dataFolder, send, startService, type Answer } from './support/service.ts'
import { target } from './support/trade-desk.ts'
import { until } from './support/until.ts'

// After three days without the service: thousands of trades whose time passed meanwhile, when two processes start at the same moment
// and users come back with them.
const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const journal = openJournal(databases)
const folder = await dataFolder()
const vandal = new pg.Client({ connectionString: database.superuserUrl })
await vandal.connect()

t.setTimeout(240_000)
t.teardown(async () => {
  await journal.stop(5_000)
  await databases.close()
  await vandal.end()
  await database.drop()
  await folder.remove()
})

/** A tenant with trades of 33.00, half of them unpaid and half of them paid and shipped. */
interface Backlog {
  readonly tenantId: number
  readonly key: string
  readonly unpaid: readonly TradeAnswer[]
  readonly shipped: readonly TradeAnswer[]
}

async function backlog (name: string, trades: number): Promise<Backlog> {
  const tenantId = await createTenant(databases.read, name)
  const { secret } = await inTransaction(databases.read, async (trx) => await createKey(trx, { tenantId, tenantKind: 'sandbox', name, role: 'marketplace', actor: 'cli' }))
  const desk = await Desk.open(async (operation) => JSON.parse((await journal.submit(operation)).answer) as never, tenantId)
  const made = await Promise.all(Array.from({ length: trades }, async (_, index) => {
    const trade = await desk.openTrade(`ORD-${index}`)
    if (index % 2 === 0) return trade
    await desk.submit(payTrade(origin(tenantId), target(trade), { provider: 'sandbox', providerRef: `P-${index}`, amount: '33.00', currency: null, occurredAt: null }))
    await desk.submit(shipTrade(origin(tenantId), target(trade), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))
    return trade
  }))
  return { tenantId, key: secret, unpaid: made.filter((_, index) => index % 2 === 0), shipped: made.filter((_, index) => index % 2 === 1) }
}

/** Whatever was to happen some day was to happen three days ago. */
async function letThreeDaysPass (): Promise<void> {
  await vandal.query(`
    begin;
    update trades set pay_by = date_trunc('milliseconds', now()) - interval '3 days', next_deadline_at = date_trunc('milliseconds', now()) - interval '3 days',
      next_attempt_at = date_trunc('milliseconds', now()) - interval '3 days' where next_deadline_at is not null;
    update trade_lines set confirm_by = date_trunc('milliseconds', now()) - interval '3 days' where confirm_by is not null;
    commit`)
}

function idOf (trade: TradeAnswer | undefined): string {
  return internalId('trd', trade?.id ?? '') ?? ''
}

async function count (query: string, values: readonly unknown[] = []): Promise<number> {
  const { rows: [row] } = await vandal.query<{ count: string }>(`select count(*) from ${query}`, [...values])
  return Number(row?.count)
}

t.test('after three days everything overdue is decided once, whatever users do meanwhile, and what fails is in nobody\'s way', async (t) => {
  const shops = await Promise.all([backlog('large', 1600), backlog('middle', 800), backlog('small', 40)])
  const trades = shops.flatMap(({ unpaid, shipped }) => [...unpaid, ...shipped])
  await letThreeDaysPass()
  // One trade cannot be written any more, and another has lost its money.
  const [unwritable, penniless] = [shops[0].shipped[0], shops[0].shipped[1]]
  await vandal.query('update trades set version = 2147483647 where id = $1', [idOf(unwritable)])
  await vandal.query("update accounts set debits = credits where class = 'escrow' and owner = $1", [penniless?.id])

  const env = { DATA_DIR: folder.path, DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, SWEEP_INTERVAL_MS: '50', LOG_LEVEL: 'silent' }
  const services = await Promise.all([startService(env), startService(env)])
  const asked = shops.flatMap(({ key, unpaid, shipped }) => {
    const act = (some: readonly TradeAnswer[], path: string, body: (name: string) => object): Array<Promise<Answer>> => some.map(async (trade, index) =>
      await send(services[index % 2]?.url ?? '', key, 'POST', `/v1/trades/${trade.id}/${path}`, body(trade.external_ref), `${path}-${trade.id}`))
    const late = unpaid.slice(-40)
    return [
      ...act(late.slice(0, 20), 'payments', (name) => ({ amount: '33.00', provider: 'sandbox', provider_ref: `late-${name}` })),
      ...act(late.slice(20), 'cancellation', () => ({ by: 'buyer' })),
      ...act(shipped.slice(-20), 'confirmations', () => ({}))
    ]
  })
  const answers = await Promise.all(asked)
  t.same(answers.filter(({ status, body }) => ![200, 201].includes(status) && body.code !== 'illegal_in_state'), [], 'users are answered, with an effect or with the state that time brought about')
  const users = answers.filter(({ status }) => status < 300).length
  t.comment(`${users} of ${answers.length} users were in time`)
  await until(async () => await count('trades where next_attempt_at <= now()') === 0)

  t.equal(await count('trades where next_deadline_at <= now()'), 2, 'all is decided but what cannot be')
  t.equal(await count("trades where id = any($1) and next_attempt_at > now() and state = 'awaiting_confirmation'", [[idOf(unwritable), idOf(penniless)]]), 2, 'which has stepped back')
  await vandal.query('update trades set version = $2 where id = $1', [idOf(unwritable), 3])
  await vandal.query("update accounts set debits = 0 where class = 'escrow' and owner = $1", [penniless?.id])
  await vandal.query('update trades set next_attempt_at = now() where next_deadline_at <= now()')
  await until(async () => await count('trades where next_attempt_at <= now()') === 0)
  t.equal(await count('trades where next_deadline_at <= now()'), 0, 'repaired, it is done')
  for (const service of services) t.equal(await service.stop(), 0)

  t.equal(await count("trades where state not in ('completed', 'closed_unpaid', 'awaiting_shipment')"), 0)
  t.equal(await count("(select from events where type in ('trade.closed', 'trade.completed') group by tenant_id, subject having count(*) > 1) twice"), 0, 'nothing ended twice')
  t.equal(await count("events where type in ('trade.closed', 'trade.completed')"), await count("trades where state in ('closed_unpaid', 'completed')"), 'what ended said so')
  t.equal(await count("transactions where kind = 'trade.confirmation'"), shops.reduce((sum, { shipped }) => sum + shipped.length, 0), 'each was released once')
  t.equal(await count("accounts a join trades t on a.tenant_id = t.tenant_id and a.owner = external_id('trd', t.id) where a.class = 'escrow' and t.state in ('closed_unpaid', 'completed') and a.debits <> a.credits"), 0, 'nothing is left in escrow')
  t.equal(await count('trades'), trades.length)
  const { weight } = meetDeadline({ tenantId: 1, tradeId: idOf(penniless), deadline: new Date(), version: 1 })
  const { rows: [batch] } = await vandal.query<{ largest: number }>(`
    select max(count)::int as largest from (select count(*) from idempotency_keys where key like 'timer:%' group by tenant_id, xmin::text) batches`)
  t.ok((batch?.largest ?? 0) * weight <= JOURNAL_LIMITS.batchWeightMax / 4, `due work filled at most a quarter of a batch: ${batch?.largest}`)
  t.same(await findings(database.url), [])
})
