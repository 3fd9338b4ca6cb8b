import t, { type Test } from 'tap'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request, Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { packageRoot } from '../src/db/package-root.ts'
import { startBalancer } from './support/balancer.ts'
import { createTestDatabase } from './support/database.ts'
import { dataFolder, firstKeys, send, startService, type RunningService } from './support/service.ts'
import { startCallers, type Callers } from './support/trade-callers.ts'
import { until } from './support/until.ts'

const RESTARTS = 2
const CALLERS = 4

const folder = await dataFolder()
const database = await createTestDatabase()
const environment = {
  DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, DATA_DIR: folder.path,
  // Callers leave when they are told; how soon they come to that is up to the machine.
  DRAIN_MS: '5000',
  JOURNAL_CONNECTIONS: '3', READ_CONNECTIONS: '4', REPORT_CONNECTIONS: '2'
}
t.teardown(async () => {
  await database.drop()
  await folder.remove()
})

/** What callers were told is what the books hold: every answer is found again under its key, and nothing is there twice. */
async function checkBooks (t: Test, url: string, callers: Callers): Promise<void> {
  const { marketplace } = await firstKeys(folder.path)
  t.same(callers.failures, [], 'no request failed that was not answered with a retryable problem')
  const found = await Promise.all(callers.acknowledged.map(async ({ path, body, key, text }) => {
    const again = await send(url, marketplace, 'POST', path, body, key)
    return again.replayed && JSON.stringify(again.body) === JSON.stringify(JSON.parse(text))
  }))
  t.equal(found.filter((isFound) => !isFound).length, 0, `each of ${found.length} answers is found again`)
  for (const id of callers.trades.slice(-20)) {
    const { body } = await send(url, marketplace, 'GET', `/v1/trades/${id}`)
    t.match(body, { state: 'completed', released: '10.00' })
  }
  const { stdout } = await promisify(execFile)(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), 'verify'], { env: { ...process.env, ...environment } })
  t.match(stdout, 'books are clean')
}

/** The money that every trade of every caller brought in is there once. */
async function totalPaid (url: string): Promise<number> {
  const { finance } = await firstKeys(folder.path)
  const { body } = await send(url, finance, 'GET', '/v1/reports/trial-balance')
  return Number(body.units[0]?.accounts.find((account) => account.class === 'provider_clearing')?.balance ?? '0')
}

function childrenOf (pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter((word) => word !== '').map(Number)
}

/** Two processes at one address, for the tests of them. */
const pair = await startService({ ...environment, PROCESSES: '2', LOG_LEVEL: 'info' })
const processesOfPair = new Set<number>()

t.test('several processes at one address are replaced again and again under load, and no caller notices', async (t) => {
  let log = ''
  pair.process.stderr?.on('data', (text: string) => { log += text })
  const { pid = 0 } = pair.process
  const { marketplace } = await firstKeys(folder.path)
  const before = await totalPaid(pair.url)
  const callers = startCallers({ url: pair.url, key: marketplace, count: CALLERS, name: 'one-address' })
  const seen = processesOfPair
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    await sleep(300)
    for (const child of childrenOf(pid)) seen.add(child)
    pair.process.kill('SIGHUP')
    await until(() => log.split('every process was replaced').length > restart)
  }
  await sleep(300)
  await callers.stop()
  for (const child of childrenOf(pid)) seen.add(child)
  t.equal(seen.size, 2 * (RESTARTS + 1), 'each time both processes are new ones')
  t.ok(callers.trades.length > CALLERS * RESTARTS, `${callers.trades.length} trades were played meanwhile`)
  t.equal(await totalPaid(pair.url) - before, callers.trades.length * 10, 'nothing is lost, nothing doubled')
  await checkBooks(t, pair.url, callers)
})

t.test('of several processes one address is told, and one that is killed is replaced', async (t) => {
  let said = ''
  pair.process.stdout?.on('data', (text: Buffer) => { said += text.toString() })
  const { pid = 0 } = pair.process
  const [killed = 0, other = 0] = childrenOf(pid)
  process.kill(killed, 'SIGKILL')
  await until(() => childrenOf(pid).length === 2 && !childrenOf(pid).includes(killed))
  t.ok(childrenOf(pid).includes(other), 'the other goes on')
  // A connection that was handed to a process in the moment it was killed is never answered: whoever asks has to have an end to his patience.
  const isReady = async (): Promise<boolean> => await fetch(`${pair.url}/readyz`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(500) })
    .then(({ status }) => status === 200, () => false)
  await until(isReady)
  for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL')
  await until(isReady)
  t.ok(true, 'at the same address, also after all were killed at once')
  t.equal(said, '', 'the address is told once')
  for (const child of childrenOf(pid)) processesOfPair.add(child)
  t.equal(await pair.stop(), 0)
  t.same([...processesOfPair].filter((child) => existsSync(`/proc/${child}`)), [], 'no process is left behind')
})

t.test('two services behind a balancer are restarted in turn under load, and no caller notices', async (t) => {
  const balancer = await startBalancer()
  const start = async (): Promise<RunningService> => {
    const service = await startService(environment)
    await balancer.add(service.url)
    return service
  }
  const services = [await start(), await start()]
  const { marketplace } = await firstKeys(folder.path)
  const before = await totalPaid(balancer.url)
  const callers = startCallers({ url: balancer.url, key: marketplace, count: CALLERS, name: 'balanced' })
  for (let restart = 0; restart < RESTARTS; restart += 1) {
    await sleep(300)
    const leaving = services.shift()
    if (leaving === undefined) throw new Error('nobody is left')
    t.equal(await leaving.stop(), 0)
    balancer.remove(leaving.url)
    services.push(await start())
  }
  await sleep(300)
  await callers.stop()
  t.ok(callers.trades.length > CALLERS * RESTARTS, `${callers.trades.length} trades were played meanwhile`)
  t.equal(await totalPaid(balancer.url) - before, callers.trades.length * 10, 'nothing is lost, nothing doubled')
  await checkBooks(t, balancer.url, callers)
  await balancer.close()
  for (const service of services) t.equal(await service.stop(), 0)
})

t.test('several processes share the embedded database, and a taken port is told', async (t) => {
  const data = await dataFolder()
  const service = await startService({ DATABASE_URL: '', DATABASE_MIGRATION_URL: '', DATA_DIR: data.path, PROCESSES: '2', DRAIN_MS: '100' })
  const { admin } = await firstKeys(data.path)
  t.match((await send(service.url, admin, 'GET', '/v1/tenant')).body, { name: 'demo' })
  const port = new URL(service.url).port
  await t.rejects(startService({ ...environment, PROCESSES: '2', PORT: port }), { message: new RegExp(`port ${port} of 127.0.0.1 is taken`) })
  t.equal(await service.stop(), 0)
  await data.remove()
})

async function ask (url: string, agent: Agent): Promise<{ status: number, connection: string | undefined }> {
  return await new Promise((resolve, reject) => {
    request(`${url}/readyz`, { agent }, (response) => {
      response.resume().on('end', () => { resolve({ status: response.statusCode ?? 0, connection: response.headers.connection }) })
    }).on('error', reject).end()
  })
}

t.test('a stop answers everybody who is connected, tells them to leave, and is not held up by those who say nothing', async (t) => {
  const service = await startService({ ...environment, DRAIN_MS: '1500' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.match(await ask(service.url, agent), { status: 200, connection: 'keep-alive' })
  const { port } = new URL(service.url)
  const silent: Socket = connect(Number(port), '127.0.0.1')
  await once(silent, 'connect')
  const ended = once(service.process, 'exit')
  service.process.kill('SIGTERM')
  service.process.kill('SIGTERM')
  await sleep(200)
  t.match(await ask(service.url, agent), { status: 503, connection: 'close' }, 'on the connection that was open')
  t.match(await ask(service.url, agent), { status: 503, connection: 'close' }, 'on a new one')
  service.process.kill('SIGTERM')
  silent.on('error', () => {})
  t.same(await ended, [0, null])
  await t.rejects(ask(service.url, agent), { code: 'ECONNREFUSED' })
})
