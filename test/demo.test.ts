import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { packageRoot } from '../src/db/package-root.ts'
import { openDatabases } from '../src/db/pools.ts'
import { STORIES } from '../src/demo/bundled.ts'
import type { OrderReport } from '../src/demo/order-report.ts'
import type { StoryReport } from '../src/demo/story-report.ts'
import { runVerify } from '../src/reports/verify.ts'
import { createTestDatabase } from './support/database.ts'
import { dataFolder, firstKeys, send, startService } from './support/service.ts'

const ORDERS = join(packageRoot(), 'test/fixtures/orders')
const INTERRUPT_TIMEOUT_MS = 60_000

const database = await createTestDatabase()
const folder = await dataFolder()
const service = await startService({ DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, DATA_DIR: folder.path, SWEEP_INTERVAL_MS: '50' })
const keys = await firstKeys(folder.path)
const credentials = ['--credentials', join(folder.path, 'credentials.json')]
t.teardown(async () => {
  await service.stop()
  await folder.remove()
  await database.drop()
})

interface Run {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

function startDemo (args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist/src/demo/main.js'), ...args], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const ended = once(child, 'close').then((): Run => ({ exitCode: child.exitCode, stdout, stderr }))
  return { child, ended }
}

async function demo (...args: readonly string[]): Promise<Run> {
  return await startDemo(args).ended
}

/** Passes requests on to the service, cuts off the answers of every third and says every seventh is too much. */
async function unreliable (target: string): Promise<{ url: string, close: () => void }> {
  let count = 0
  const { hostname, port } = new URL(target)
  const server = createServer((request, response) => {
    count += 1
    const cut = count % 3 === 0
    if (count % 7 === 0) {
      request.resume()
      response.writeHead(503, { 'retry-after': '0' }).end('too much')
      return
    }
    request.pipe(httpRequest({ hostname, port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      if (cut) {
        answer.resume().on('end', () => { request.socket.destroy() })
        return
      }
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers))
    }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => { server.closeAllConnections(); server.close() } }
}

async function leftovers (path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.startsWith('holdfast-demo-'))
}

t.test('the bundled trades end as they should on a throw-away service, which leaves nothing behind', async (t) => {
  const place = await dataFolder()
  t.teardown(place.remove)
  const { ended } = startDemo(['--json'], { TMPDIR: place.path })
  const { exitCode, stdout, stderr } = await ended
  t.equal(exitCode, 0, stderr)
  const report = JSON.parse(stdout) as StoryReport
  t.same(report.trades.map(({ title, state }) => `${title}: ${state ?? 'no trade'}`), STORIES.map(({ title, ends }) => `${title}: ${ends ?? 'no trade'}`))
  t.same(report.surprises, [])
  t.ok(report.adds_up.checks.length >= 7 * 6, 'every currency was held beside the trial balance')
  t.same(report.adds_up.checks.filter(({ ok }) => !ok), [])
  t.same(report.trial_balance?.units.map(({ unit }) => unit), ['CNY', 'EUR', 'GBP', 'JPY', 'KRW', 'KWD', 'USD'])
  t.match(report.trades[17], { held: '0.00', released: '86.67', refunded: '43.33' }, 'two chairs of three: their price and their part of the shipping charge')
  t.match(report.trial_balance?.units.find(({ unit }) => unit === 'KRW')?.accounts.find((account) => account.class === 'commission_income'), { balance: '1277' })
  t.same(await leftovers(place.path), [])
})

t.test('on a running service they are told in a line each with the trial balance, and telling them twice changes nothing', async (t) => {
  const first = await demo('--url', service.url, ...credentials)
  t.equal(first.exitCode, 0, first.stderr + first.stdout)
  t.match(first.stdout, /^ {2}1\. Mei buys two silk scarves.*→ completed: CNY 44\.80 released$/m)
  t.equal(first.stdout.match(/^ *\d+\. .*→/gm)?.length, STORIES.length)
  t.match(first.stdout, /^ {2}KWD provider_clearing +25\.500 +0\.000 +25\.500$/m)
  const before = await trialBalance()
  const second = await demo('--url', service.url, '--json', ...credentials)
  t.equal(second.exitCode, 0, second.stderr)
  t.same(await trialBalance(), before)
})

t.test('real orders add up although connections break and the service is busy', async (t) => {
  const proxy = await unreliable(service.url)
  t.teardown(proxy.close)
  const { exitCode, stdout, stderr } = await demo(ORDERS, '--json', '--url', proxy.url, ...credentials)
  t.equal(exitCode, 0, stderr + stdout)
  const report = JSON.parse(stdout) as OrderReport
  t.same(report.surprises, [])
  t.ok(report.retries > 30, `${report.retries} requests were sent again`)
  t.same(report.states, { completed: 13, awaiting_confirmation: 2, awaiting_shipment: 5, closed_refunded: 4, no_trade: 6, awaiting_payment: 2, closed_unpaid: 2 })
  t.same(report.totals, { BRL: { total: '2713.98', paid: '2583.97', held: '1000.90', released: '1193.07', refunded: '390.00', in_suspense: '341.30' } })
  t.equal(report.orders - report.as_the_data_says, 9)
  t.equal(report.exceptions.length, 25)
  t.ok(report.exceptions.every(({ findings }) => findings.length > 0), 'every exceptional order has its reason')
  t.equal(report.unreadable_rows.length, 2)
})

t.test('played again on the same service they have no second effect', async (t) => {
  const before = await trialBalance()
  const { exitCode, stdout, stderr } = await demo(ORDERS, '--json', '--url', service.url, ...credentials)
  t.equal(exitCode, 0, stderr)
  const report = JSON.parse(stdout) as OrderReport
  t.equal(report.replayed, 32, 'all orders but the one without any step, and the one that only opened a trade')
  t.same(report.adds_up.checks.filter(({ ok }) => !ok), [])
  t.same(await trialBalance(), before)
})

t.test('what they posted carries the times of the files', async (t) => {
  const { body: { data: [trade] } } = await send(service.url, keys.marketplace, 'GET', '/v1/trades?external_ref=order-plain')
  const { body } = await send(service.url, keys.marketplace, 'GET', `/v1/trades/${trade?.id ?? ''}/transactions`)
  const transactions = body.data as unknown as ReadonlyArray<{ readonly kind: string, readonly occurred_at: string }>
  t.same(transactions.map(({ kind, occurred_at: at }) => `${kind} ${at}`), ['trade.payment 2024-03-01T09:20:30.000Z', 'trade.confirmation 2024-03-08T17:45:10.000Z'])
})

t.test('the books it leaves are sound', async (t) => {
  const databases = openDatabases({ url: database.url })
  t.teardown(async () => { await databases.close() })
  const { checks } = await runVerify(databases.report)
  t.same(checks.flatMap(({ findings }) => findings), [])
})

t.test('a trade that is somebody else\'s is told apart, no money goes there, and the sums that differ are shown', async (t) => {
  const own = await createTestDatabase()
  const place = await dataFolder()
  const other = await startService({ DATABASE_URL: own.url, DATABASE_MIGRATION_URL: own.ownerUrl, DATA_DIR: place.path })
  t.teardown(async () => {
    await other.stop()
    await place.remove()
    await own.drop()
  })
  const { marketplace } = await firstKeys(place.path)
  const party = async (kind: string) => (await send(other.url, marketplace, 'POST', '/v1/parties', { kind, external_ref: `other-${kind}`, name: kind }, kind)).body.id
  const line = { ref: '1', seller: await party('seller'), quantity: 1, unit_price: '92.50', fulfilment: 'express' }
  await send(other.url, marketplace, 'POST', '/v1/trades', { external_ref: 'order-plain', buyer: await party('buyer'), currency: 'BRL', lines: [line] }, 'trade')
  const { exitCode, stdout } = await demo(ORDERS, '--url', other.url, '--key', marketplace)
  t.equal(exitCode, 1)
  t.match(stdout, /order-plain: POST \/v1\/trades was refused with 409 external_ref_taken/)
  t.match(stdout, /It does NOT add up/)
  t.match(stdout, /released to sellers +1100\.57 +1193\.07 +DIFFERENT/)
  t.notMatch(stdout, /trial balance/, 'the key of a marketplace cannot read it')
})

t.test('Ctrl-C stops the throw-away service and removes its folder', async (t) => {
  const place = await dataFolder()
  t.teardown(place.remove)
  const { child, ended } = startDemo([ORDERS, '--in-flight', '1'], { TMPDIR: place.path })
  const deadline = Date.now() + INTERRUPT_TIMEOUT_MS
  let url: string | undefined
  while (url === undefined && Date.now() < deadline) {
    await sleep(20)
    const [name] = await leftovers(place.path)
    const log = name === undefined ? '' : await readFile(join(place.path, name, 'service.log'), 'utf8').catch(() => '')
    url = /listens at (http:\/\/[^ ]+)\. /.exec(log)?.[1]
  }
  t.ok(url)
  child.kill('SIGINT')
  const { exitCode, stdout } = await ended
  t.equal(exitCode, 130)
  t.equal(stdout, '')
  t.same(await leftovers(place.path), [])
  await t.rejects(fetch(`${url ?? ''}/healthz`), 'the service is gone')
})

t.test('what cannot be played is said in a sentence, with exit code 2', async (t) => {
  const table: ReadonlyArray<readonly [readonly string[], RegExp]> = [
    [[join(ORDERS, 'nowhere')], /needs orders\.csv, order_items\.csv and order_payments\.csv/],
    [['--url', service.url], /needs --credentials FILE or --key KEY/],
    [['--url', service.url, '--key', 'hf_wrong'], /401 unauthenticated/],
    [['--in-flight', '0'], /whole number from 1 to 500/],
    [['--nonsense'], /nonsense/],
    [['a', 'b'], /One folder at a time/]
  ]
  const runs = await Promise.all(table.map(async ([args, message]) => ({ ...await demo(...args), args, message })))
  for (const { exitCode, stderr, args, message } of runs) {
    t.equal(exitCode, 2, args.join(' '))
    t.match(stderr, message)
  }
})

async function trialBalance (): Promise<unknown> {
  const { body } = await send(service.url, keys.finance, 'GET', '/v1/reports/trial-balance')
  const { units, seq } = body as unknown as { readonly units: unknown, readonly seq: number }
  return { units, seq }
}
