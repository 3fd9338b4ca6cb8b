import { pino } from 'pino'
import { sql } from 'kysely'
import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import { ESCROW_CHECKS } from '../src/escrow/checks/checks.ts'
import { meetGroupDeadline } from '../src/escrow/groups/meet-group-deadline.ts'
import { openGroup, parseOffer } from '../src/escrow/groups/open-group.ts'
import { readGroup } from '../src/escrow/groups/read-groups.ts'
import type { GroupJson } from '../src/escrow/groups/show-group.ts'
import { payTrade } from '../src/escrow/payments/record-payment.ts'
import { shipTrade } from '../src/escrow/steps/ship.ts'
import { DUE_GROUPS } from '../src/escrow/timers/due-groups.ts'
import { DUE_MEMBERS } from '../src/escrow/timers/due-members.ts'
import { DUE_TRADES } from '../src/escrow/timers/due-trades.ts'
import type { TradeAnswer } from '../src/escrow/trade/show-trade.ts'
import { Journal } from '../src/journal/journal.ts'
import type { Operation } from '../src/journal/operation.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import type { DueWork } from '../src/timers/due-work.ts'
import { sweepDue } from '../src/timers/sweep-due.ts'
import { createTestDatabase } from './support/database.ts'
import { Desk } from './support/journal-desk.ts'
import { origin } from './support/memory-books.ts'
import { createTenant } from './support/posted-books.ts'
import { target } from './support/trade-desk.ts'

/** How many members a group has that fills, and one that fails. */
const MEMBERS = { filled: 3_000, failed: 1_000 }

// What two processes would be: each decides its own batches, and PostgreSQL is all they share.
const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const log = pino({ level: 'silent' })
const journals = [0, 1].map(() => new Journal({ db: databases.journal, log }))
const db = databases.read
let turn = 0
let tenants = 0

t.setTimeout(240_000)
t.teardown(async () => {
  await Promise.all(journals.map(async (journal) => { await journal.stop(5_000) }))
  await databases.close()
  await database.drop()
})

/** Submits to one process after the other. */
async function submit<Answer> (operation: Operation<Answer>): Promise<Answer> {
  const journal = journals[turn++ % 2]
  if (journal === undefined) throw new Error('no journal')
  return JSON.parse((await journal.submit(operation)).answer) as Answer
}

async function openShop (): Promise<{ tenantId: number, desk: Desk }> {
  const tenantId = await createTenant(db, `shop-${++tenants}`)
  return { tenantId, desk: await Desk.open(submit, tenantId) }
}

async function joinAll (desk: Desk, group: GroupJson, count: number, name = 'M'): Promise<TradeAnswer[]> {
  return await inChunks(Array.from({ length: count }, (_, index) => `${name}-${index}`), async (ref) => await desk.join(group, ref))
}

/** As many at once as keep a Journal busy. */
async function inChunks<Item, Answer> (items: readonly Item[], act: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let from = 0; from < items.length; from += 500) answers.push(...await Promise.all(items.slice(from, from + 500).map(act)))
  return answers
}

async function groupNow (tenantId: number, { id }: GroupJson): Promise<GroupJson> {
  return await readGroup(db, tenantId, internalId('grp', id))
}

async function states (tenantId: number): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string, count: number }>`select state, count(*)::int as count from trades where tenant_id = ${tenantId} group by state`.execute(db)
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

async function sweep<Due> (work: DueWork<Due>): Promise<boolean> {
  const journal = journals[turn++ % 2]
  if (journal === undefined) throw new Error('no journal')
  return await sweepDue(db, work, { journal, log, failures: new Map() })
}

/** Whatever time brings about now, until nothing of it is left. */
async function sweepAll (): Promise<void> {
  for (let found = 1; found > 0;) {
    await sweep(DUE_TRADES)
    await sweep(DUE_GROUPS)
    await sweep(DUE_MEMBERS)
    found = (await DUE_MEMBERS.find(db, 1)).length + (await DUE_GROUPS.find(db, 1)).length
  }
}

async function findings (): Promise<string[]> {
  const { checks } = await runVerify(databases.report, ESCROW_CHECKS)
  return checks.flatMap((check) => check.findings.map(({ what }) => `${check.name}: ${what}`))
}

t.test('a hundred buyers pay for the last ten seats at once, through two processes: ten have one, and ninety their money back', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const { tenantId, desk } = await openShop()
    const group = await desk.gather(12)
    for (const member of await joinAll(desk, group, 2, 'FIRST')) await desk.pay(member)
    const members = await joinAll(desk, group, 100)
    const answers = await Promise.all(members.map(async (member) => await desk.pay(member)))
    const went = (state: string): number => answers.filter((answer) => answer.state === state).length
    t.strictSame([went('awaiting_group') + went('awaiting_shipment'), went('closed_refunded')], [10, 90])
    t.match(await groupNow(tenantId, group), { state: 'filled', seats_taken: 12, seats_left: 0, followed_at: null })
    await sweepAll()
    t.strictSame(await states(tenantId), { awaiting_shipment: 12, closed_refunded: 90 })
    t.match(await groupNow(tenantId, group), { followed_at: String })
    const { rows } = await sql<{ seat: number }>`select group_seat as seat from trades where tenant_id = ${tenantId} and group_seat is not null order by 1`.execute(db)
    t.strictSame(rows.map(({ seat }) => seat), Array.from({ length: 12 }, (_, index) => index + 1))
  }
  t.strictSame(await findings(), [])
})

t.test('the last payment and the deadline, of two processes in the same millisecond: one of them decides, for everybody', async (t) => {
  const decided = new Set<string>()
  for (let round = 0; round < 8; round += 1) {
    const { tenantId, desk } = await openShop()
    const offer = parseOffer({ seller: desk.seller(), currency: 'CNY', unit_price: '10.00', size: 3 })
    const group = await desk.submit(openGroup(origin(tenantId), offer, new Date(Date.now() + 600)))
    const members = await joinAll(desk, group, 6)
    for (const member of members.slice(0, 2)) await desk.pay(member)
    const timer = meetGroupDeadline({ tenantId, groupId: internalId('grp', group.id) ?? '', deadline: new Date(group.fill_by), version: 0 })
    const left = Date.parse(group.fill_by) - Date.now() - 80 + round * 12
    await new Promise((resolve) => setTimeout(resolve, Math.max(left, 0)))
    await Promise.all([
      ...members.slice(2).map(async (member) => await desk.pay(member)),
      // Before its time a timer fails, and leaves its key free.
      ...Array.from({ length: 20 }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 2))
        await submit({ ...timer, key: `${timer.key} ${index}` }).catch((error: unknown) => { if (!/not reached/.test(String(error))) throw error })
      })
    ])
    await new Promise((resolve) => setTimeout(resolve, Math.max(Date.parse(group.fill_by) + 5 - Date.now(), 0)))
    await sweepAll()
    const { state, seats_taken: seats } = await groupNow(tenantId, group)
    decided.add(state)
    t.strictSame(await states(tenantId), state === 'filled' ? { awaiting_shipment: 3, closed_refunded: 3 } : { closed_refunded: 6 }, `${state} with ${seats}`)
    t.equal(seats === 3, state === 'filled')
    const { rows } = await sql<{ type: string }>`select type from events where tenant_id = ${tenantId} and type in ('group.filled', 'group.failed')`.execute(db)
    t.strictSame(rows, [{ type: `group.${state}` }])
  }
  t.comment([...decided].join(' and '))
  t.strictSame(await findings(), [])
})

t.test(`${MEMBERS.filled} members follow in chunks, and who is acted on before his turn has followed as well: no group is ever half decided`, async (t) => {
  for (const ending of ['filled', 'failed'] as const) {
    const { tenantId, desk } = await openShop()
    const count = MEMBERS[ending]
    const size = ending === 'filled' ? count : count + 1
    const fillBy = new Date(Date.now() + (ending === 'filled' ? 600_000 : 30_000))
    const group = await desk.submit(openGroup(origin(tenantId), parseOffer({ seller: desk.seller(), currency: 'CNY', unit_price: '10.00', size }), fillBy))
    const members = await joinAll(desk, group, count)
    await inChunks(members, async (member) => await desk.pay(member))
    if (ending === 'failed') {
      // Its time is over: as if half a minute had passed.
      const vandal = openDatabases({ url: database.superuserUrl })
      await vandal.read.connection().execute(async (connection) => {
        await sql`set role none`.execute(connection)
        const past = sql`date_trunc('milliseconds', now()) - interval '1 second'`
        await sql`update trade_groups set fill_by = ${past}, next_attempt_at = ${past} where tenant_id = ${tenantId}`.execute(connection)
        await sql`
          update trades t set fill_by = g.fill_by, next_deadline_at = g.fill_by, next_attempt_at = g.fill_by from trade_groups g
          where t.tenant_id = ${tenantId} and g.tenant_id = t.tenant_id`.execute(connection)
      })
      await vandal.close()
      await sweep(DUE_GROUPS)
    }
    t.match(await groupNow(tenantId, group), { state: ending, seats_taken: count, followed_at: null })
    t.match(await states(tenantId), { awaiting_group: ending === 'filled' ? count - 1 : count }, 'the decision is the group\'s alone')
    t.equal((await DUE_MEMBERS.overdue(db)).count, Math.min(1_000, ending === 'filled' ? count - 1 : count))
    // One chunk, and the service is gone.
    await sweep(DUE_MEMBERS)
    const { awaiting_group: undone = 0 } = await states(tenantId)
    t.ok(undone > 0 && undone <= count - 400, `${undone} have not followed`)
    const late = members.slice(-10)
    const acted = await Promise.allSettled(late.map(async (member) => await submit(shipTrade(origin(tenantId), target(member), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))))
    t.strictSame([...new Set(acted.map((result) => result.status === 'fulfilled' ? result.value.state : (result.reason as { facts: { current_state: string } }).facts.current_state))],
      [ending === 'filled' ? 'awaiting_confirmation' : 'closed_refunded'])
    const again = members[0]
    if (again !== undefined) await submit(payTrade(origin(tenantId), target(again), { provider: 'sandbox', providerRef: 'AGAIN', amount: '10.00', currency: null, occurredAt: null }))
    await sweep(DUE_GROUPS)
    t.match(await groupNow(tenantId, group), { followed_at: null }, 'it is not followed while somebody has not')
    const heapBefore = process.memoryUsage().heapUsed
    const startedAt = performance.now()
    await sweepAll()
    t.comment(`${undone} members followed in ${Math.round(performance.now() - startedAt)} ms, heap ${Math.round((process.memoryUsage().heapUsed - heapBefore) / 1e6)} MB more`)
    t.strictSame(await states(tenantId), ending === 'filled' ? { awaiting_shipment: count - 10, awaiting_confirmation: 10 } : { closed_refunded: count })
    t.match(await groupNow(tenantId, group), { state: ending, seats_taken: count, followed_at: String })
  }
  t.strictSame(await findings(), [])
})
