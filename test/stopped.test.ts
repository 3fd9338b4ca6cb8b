import t, { type Test } from 'tap'
import pg from 'pg'
import { createTestDatabase } from './support/database.ts'
import { findings } from './support/findings.ts'
import { dataFolder, firstKeys, send, startService, type Answer, type RunningService } from './support/service.ts'
import { Shop } from './support/shop.ts'
import { until } from './support/until.ts'

// Three processes on one database. Two of them are stopped (SIGSTOP) in the middle of a batch: the system may do that to any process,
// a debugger or a virtual machine that moves as well, and what such a process holds in PostgreSQL it goes on holding.
const PAYMENTS = 20
const database = await createTestDatabase()
const folder = await dataFolder()
const env = { DATA_DIR: folder.path, DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl }
const [patient, hasty, other] = await Promise.all([startService(env), startService({ ...env, DEADLINE_MS: '2000' }), startService(env)])
const { marketplace, finance } = await firstKeys(folder.path)
const shop = await Shop.open(other.url, marketplace)
const [holder, watcher] = [new pg.Client({ connectionString: database.superuserUrl }), new pg.Client({ connectionString: database.superuserUrl })]
await Promise.all([holder.connect(), watcher.connect()])
let paid = 0

t.setTimeout(120_000)
t.teardown(async () => {
  for (const { process } of [patient, hasty, other]) process.kill('SIGCONT')
  await Promise.all([patient, hasty, other].map(async (service) => await service.stop()))
  await holder.end()
  await watcher.end()
  await database.drop()
  await folder.remove()
})

t.before(async () => {
  const answers = await Promise.all(shop.pay(other.url, await shop.trades(other.url, ['first'])))
  t.equal(answers[0]?.status, 201, 'the clearing account is there')
  paid += 1
})

/**
 * Stops a process while its session waits for a row that we hold, and lets go of the row: the session gets it, and nobody tells it what
 * to do next. Answers the session's number, and what became of the payments that the process was deciding.
 */
async function stopInBatch (service: RunningService, rowHeld: string, send: () => Array<Promise<Answer>>): Promise<{ session: number, answers: Array<Promise<Answer>> }> {
  await holder.query('begin')
  await holder.query(rowHeld)
  const answers = send()
  let session = 0
  await until(async () => {
    const { rows: [waiting] } = await watcher.query<{ pid: number }>("select pid from pg_stat_activity where application_name = 'holdfast journal' and wait_event_type = 'Lock' and datname = current_database()")
    session = waiting?.pid ?? 0
    return waiting !== undefined
  })
  service.process.kill('SIGSTOP')
  await holder.query('rollback')
  return { session, answers }
}

async function stateOf (session: number): Promise<string> {
  const { rows: [found] } = await watcher.query<{ state: string }>('select state from pg_stat_activity where pid = $1', [session])
  return found?.state ?? 'gone'
}

/** The stopped process goes on: its clients are answered, or told to send the same again, which nobody finds done twice. */
async function wake (t: Test, service: RunningService, answers: Array<Promise<Answer>>, again: () => Array<Promise<Answer>>): Promise<void> {
  service.process.kill('SIGCONT')
  const first = await Promise.all(answers)
  t.same(first.filter(({ status, body }) => status !== 201 && !(status === 503 && body.code === 'unavailable')), [], 'each is answered, or told to ask again')
  const second = await Promise.all(again())
  t.same([...new Set(second.map(({ status }) => status))], [201], 'asked again, each is answered')
  first.forEach((answer, index) => { if (answer.status === 201) t.same(second[index]?.body, answer.body, 'with what was answered before') })
  t.equal((await fetch(`${service.url}/readyz`)).status, 200)
}

/** The books hold each payment once. */
async function addsUp (t: Test): Promise<void> {
  const { body } = await send(other.url, finance, 'GET', '/v1/reports/trial-balance')
  t.equal(body.units[0]?.accounts.find((row) => row.class === 'provider_clearing')?.balance, `${paid * 10}.00`)
  t.same(await findings(database.url), [])
}

const CLEARING_ACCOUNT = "select from accounts where class = 'provider_clearing' for update"
const COUNTER = 'select from tenant_counters for update'

t.test('a process stopped while it holds the clearing account delays others, not for ever, and wakes up harmless', async (t) => {
  const names = (what: string): string[] => Array.from({ length: PAYMENTS }, (_, index) => `${what}-${index}`)
  const [own, others] = [await shop.trades(other.url, names('own')), await shop.trades(other.url, names('other'))]
  const { session, answers } = await stopInBatch(patient, CLEARING_ACCOUNT, () => shop.pay(patient.url, own))
  await until(async () => await stateOf(session) === 'idle in transaction')
  // Clients that lost patience with the stopped process ask another one.
  const elsewhere = [...shop.pay(other.url, others), ...shop.pay(other.url, own.slice(0, PAYMENTS / 2))]
  await until(async () => {
    const { rows } = await watcher.query('select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [session])
    return rows.length > 0
  })
  t.equal(await stateOf(session), 'idle in transaction', 'the others wait for the stopped one')
  t.same([...new Set((await Promise.all(elsewhere)).map(({ status }) => status))], [201], 'and are all answered while it is stopped')
  t.equal(await stateOf(session), 'gone', 'because the server ended its session')
  await wake(t, patient, answers, () => shop.pay(other.url, own))
  const later = await shop.trades(patient.url, names('later'))
  t.same([...new Set((await Promise.all(shop.pay(patient.url, later))).map(({ status }) => status))], [201], 'it serves on')
  paid += own.length + others.length + later.length
  await addsUp(t)
})

t.test('a process stopped while its last statement runs finds out, when it wakes up, what became of it', async (t) => {
  const own = await shop.trades(other.url, Array.from({ length: PAYMENTS }, (_, index) => `counter-${index}`))
  const { session, answers } = await stopInBatch(hasty, COUNTER, () => shop.pay(hasty.url, own))
  await until(async () => await stateOf(session) !== 'active')
  t.same([...new Set((await Promise.all(shop.pay(other.url, own))).map(({ status }) => status))], [201], 'another process answers the same requests')
  await wake(t, hasty, answers, () => shop.pay(other.url, own))
  paid += own.length
  await addsUp(t)
})
