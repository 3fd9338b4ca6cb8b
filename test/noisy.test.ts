import t from 'tap'
import pg from 'pg'
import { sql } from 'kysely'
import { findings } from './support/findings.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { openApi, type Answer } from './support/api.ts'
import { operation } from './support/transfers.ts'
import { until } from './support/until.ts'

// One tenant floods its queue while its books stand still; the other must not notice.
const QUEUE_MAX = 50
const api = await openApi({ tenantQueueMax: QUEUE_MAX })
const [noisy, quiet] = [await api.newTenant('noisy'), await api.newTenant('quiet')]
const holder = new pg.Client({ connectionString: api.database.superuserUrl })
await holder.connect()

t.setTimeout(60_000)
t.teardown(async () => {
  await holder.end()
  await api.close()
})

/** Reports payments of 1.00, all in one turn, whose references are the given ones. */
function pay (key: string, references: readonly string[]): Array<Promise<Answer>> {
  return references.map(async (reference) => await api.call('POST', '/v1/payments', {
    key, headers: { 'idempotency-key': reference }, body: { amount: '1.00', currency: 'CNY', provider: 'sandbox', provider_ref: reference }
  }))
}

function names (what: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${what}-${index}`)
}

async function statuses (answers: Array<Promise<Answer>>): Promise<number[]> {
  return [...new Set((await Promise.all(answers)).map(({ status }) => status))]
}

t.test('a tenant that floods its queue is told so, and keeps nobody else from anything', async (t) => {
  t.same(await statuses([...pay(noisy.keys.marketplace, ['noisy-first']), ...pay(quiet.keys.marketplace, ['quiet-first'])]), [201])
  await holder.query('begin')
  await holder.query("select from accounts where tenant_id = $1 and class = 'provider_clearing' for update", [noisy.id])
  const inFlight = pay(noisy.keys.marketplace, ['in-flight'])
  await until(async () => {
    const { rows } = await holder.query('select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))')
    return rows.length > 0
  })

  // What timers bring has room of its own.
  const due = Array.from({ length: 2 * QUEUE_MAX }, async () => await api.services.journal.submit(operation({
    tenantId: noisy.id, lane: 'due', decide: () => ({})
  })).then(() => 'done', (refusal: unknown) => refusal instanceof Refusal ? refusal.code : String(refusal)))
  const flood = names('flood', 4 * QUEUE_MAX)
  let answered = 0
  const answers = pay(noisy.keys.marketplace, flood).map(async (answer) => await answer.finally(() => { answered += 1 }))

  const orderly = names('orderly', 2 * QUEUE_MAX)
  for (const some of [orderly.slice(0, QUEUE_MAX), orderly.slice(QUEUE_MAX)]) {
    t.same(await statuses(pay(quiet.keys.marketplace, some)), [201], 'the other tenant is served to the limit of its own queue')
  }
  t.equal(answered, flood.length - QUEUE_MAX, 'while the first still waits')
  const { rows: order } = await sql<{ provider_ref: string }>`
    select p.provider_ref from transactions x join payments p on p.tenant_id = x.tenant_id and x.subject = external_id('pay', p.id)
    where x.tenant_id = ${quiet.id} order by x.seq`.execute(api.databases.read)
  t.same(order.map(({ provider_ref: reference }) => reference), ['quiet-first', ...orderly], 'in the order it asked')

  await holder.query('rollback')
  t.same(await statuses(inFlight), [201])
  t.same((await Promise.all(due)).sort(), [...Array.from({ length: QUEUE_MAX }, () => 'done'), ...Array.from({ length: QUEUE_MAX }, () => 'overloaded')])
  const told = await Promise.all(answers)
  t.equal(told.filter(({ status }) => status === 201).length, QUEUE_MAX, 'what was taken on is done')
  const refused = told.filter(({ status }) => status !== 201)
  t.equal(refused.length, flood.length - QUEUE_MAX)
  for (const { status, headers, body } of refused) {
    t.match({ status, headers, body }, { status: 503, headers: { 'retry-after': /^\d+$/ }, body: { code: 'overloaded', retryable: true } })
  }
})

t.test('what was refused for want of room left nothing, and is done when it is sent again', async (t) => {
  const flood = names('flood', 4 * QUEUE_MAX)
  for (let next = 0; next < flood.length; next += QUEUE_MAX) {
    t.same(await statuses(pay(noisy.keys.marketplace, flood.slice(next, next + QUEUE_MAX))), [201])
  }
  const { rows: [count] } = await sql<{ payments: bigint }>`select count(*) as payments from payments where tenant_id = ${noisy.id}`.execute(api.databases.read)
  t.equal(count?.payments, BigInt(4 * QUEUE_MAX + 2))
  t.same(await findings(api.database.url), [])
})
