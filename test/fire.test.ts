import t, { type Test } from 'tap'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../src/db/package-root.ts'
import { dataFolder, firstKeys, sendUntilAnswered, startService, type Answer, type RunningService } from './support/service.ts'

const KILLS = 5
const WORKERS = 16

/** What every worker did and was told: a trade of 10.00 that is created, paid, shipped and confirmed. */
interface Acknowledged {
  readonly trade: string
  readonly transactions: readonly string[]
}

async function verify (dataDir: string): Promise<{ code: number, output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), 'verify'], { env: { ...process.env, DATA_DIR: dataDir } })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const failure = error as { code: number, stdout: string, stderr: string }
    return { code: failure.code, output: failure.stdout + failure.stderr }
  }
}

async function underLoad (t: Test, disturb: (service: RunningService, dataDir: string, restart: () => Promise<RunningService>) => Promise<RunningService>): Promise<void> {
  const folder = await dataFolder()
  let service = await startService({ DATA_DIR: folder.path })
  t.teardown(async () => {
    if (service.process.exitCode === null && service.process.signalCode === null) await service.stop()
    await folder.remove()
  })
  const { marketplace, finance } = await firstKeys(folder.path)
  const post = async (path: string, body: unknown, key: string): Promise<Answer> => await sendUntilAnswered(() => service.url, marketplace, 'POST', path, body, key)
  const get = async (path: string): Promise<Answer> => await sendUntilAnswered(() => service.url, finance, 'GET', path)
  const party = async (kind: string): Promise<string> => (await post('/v1/parties', { kind, external_ref: kind, name: kind }, `party-${kind}`)).body.id
  const [buyer, seller, partner] = [await party('buyer'), await party('seller'), await party('partner')]

  const load = { over: false }
  const acknowledged: Acknowledged[] = []
  const refused: Answer[] = []
  const trade = async (name: string): Promise<void> => {
    const created = await post('/v1/trades', {
      external_ref: name,
      buyer,
      currency: 'CNY',
      lines: [{ ref: '1', seller, description: 'thing', quantity: 1, unit_price: '10.00', fulfilment: 'express', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }]
    }, `${name}-create`)
    const id = created.body.id
    const steps = [
      await post(`/v1/trades/${id}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: name }, `${name}-pay`),
      await post(`/v1/trades/${id}/shipments`, {}, `${name}-ship`),
      await post(`/v1/trades/${id}/confirmations`, {}, `${name}-confirm`)
    ]
    refused.push(...[created, ...steps].filter((answer) => answer.status >= 300))
    acknowledged.push({ trade: id, transactions: steps.flatMap((answer) => answer.body.transactions) })
  }
  const workers = Array.from({ length: WORKERS }, async (_, worker) => {
    for (let round = 0; !load.over; round += 1) await trade(`w${worker}-${round}`)
  })
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(400 + Math.random() * 600)
    service = await disturb(service, folder.path, async () => await startService({ DATA_DIR: folder.path }))
  }
  await sleep(500)
  load.over = true
  await Promise.all(workers)

  t.same(refused.map((answer) => answer.body), [], 'every step was accepted in the end')
  t.ok(acknowledged.length >= WORKERS, `${acknowledged.length} trades were played through ${KILLS} kills`)
  const found = await Promise.all(acknowledged.map(async ({ trade, transactions }) => {
    const [state, posted] = [await get(`/v1/trades/${trade}`), await get(`/v1/trades/${trade}/transactions`)]
    const ids = posted.body.data.map(({ id }) => id)
    return state.body.state === 'completed' && ids.length === 2 && JSON.stringify(ids.sort()) === JSON.stringify([...transactions].sort())
  }))
  t.equal(found.filter(Boolean).length, acknowledged.length, 'each is completed and holds exactly the transactions that were answered')
  const balance = await get('/v1/reports/trial-balance')
  const classes = new Map((balance.body.units[0]?.accounts ?? []).map((row) => [row.class, row.balance]))
  const times = (cents: number): string => (acknowledged.length * cents / 100).toFixed(2)
  t.same(['provider_clearing', 'seller_available', 'commission_income', 'partner_available'].map((name) => classes.get(name)), [times(1000), times(850), times(50), times(100)], 'nothing was lost and nothing doubled')
  const { code, output } = await verify(folder.path)
  t.equal(code, 0, output)
  t.equal(await service.stop(), 0, 'the service stops in order')
}

t.test('kill -9 of the service under load, five times, loses nothing and doubles nothing', async (t) => {
  await underLoad(t, async (service, _dataDir, restart) => {
    await service.kill()
    return await restart()
  })
})

t.test('kill -9 of PostgreSQL under load, five times: the service comes back by itself', async (t) => {
  await underLoad(t, async (service, dataDir) => {
    const killed = await postmaster(dataDir)
    process.kill(Number(killed), 'SIGKILL')
    while (await postmaster(dataDir) === killed || (await fetch(`${service.url}/readyz`)).status !== 200) await sleep(100)
    return service
  })
})

/** The process number of the database server, or '' while it has none. */
async function postmaster (dataDir: string): Promise<string> {
  const lines = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => '')
  return lines.split('\n')[0] ?? ''
}
