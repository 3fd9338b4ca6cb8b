/**
 * Lets a whole installation live for a while: random trades from several clients against several service processes on one durable
 * database, first amid kills, restarts and pauses of all of them, then undisturbed, to watch its memory. In the end the books must hold
 * what the clients were told, and everything that was answered must be answered again. Ends with 1 when anything was found.
 *
 *   npm run soak -- --minutes 10 --processes 2 --clients 4 --seed 7
 */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findings as verify } from './findings.ts'
import { send } from './service.ts'
import { checkBooks } from './soak-books.ts'
import { replayAll, SoakClient, type Diary } from './soak-client.ts'
import { GROUP_MS, liveInGroup } from './soak-groups.ts'
import { INSTANT_CONFIRM_MS, Life, UNPAID_CLOSE_MS, type Cast, type People } from './soak-life.ts'
import { grows, quarters, type MemorySample } from './soak-memory.ts'
import { Random } from './soak-random.ts'
import { Stage } from './soak-stage.ts'
import { makeTrouble } from './soak-trouble.ts'

/** Lives that each client leads at the same time. */
const LIVES_AT_ONCE = 4
/** Of the lives, so many begin as members of a group. */
const IN_GROUPS = 0.15
/** Of the whole time; the rest is undisturbed. */
const TROUBLED_SHARE = 0.55
const PROGRESS_MS = 10_000
const SAMPLE_MS = 1_000
const SHOWN_MAX = 20

const OPTIONS = {
  minutes: { type: 'string', default: '10' },
  processes: { type: 'string', default: '2' },
  clients: { type: 'string', default: '4' },
  seed: { type: 'string', default: String(randomInt(1_000_000)) }
} as const

const { values } = parseArgs({ options: OPTIONS })
const random = new Random(Number(values.seed))
const found: string[] = []
const finding = (what: string): void => {
  if (found.length < SHOWN_MAX) console.log(`FOUND ${what}`)
  found.push(what)
}
const diary: Diary = { acknowledged: [], retries: 0, finding }
const happened = new Map<string, number>()
const lives: Life[] = []

console.log(`soak: ${values.minutes} minutes, ${values.processes} processes, ${values.clients} clients, seed ${values.seed}`)
const stage = await Stage.open({ processes: Number(values.processes), finding })
const { admin, marketplace: secret, finance } = await stage.keys()
const startedAt = performance.now()
const spanMs = Number(values.minutes) * 60_000
const load = { over: false }
const sampling = setInterval(() => { for (const place of stage.places) place.sample() }, SAMPLE_MS)
const progress = setInterval(() => { console.log(status()) }, PROGRESS_MS)
const cast = await prepare()
const arbitration = await arbitratorsKey()
const clients = Array.from({ length: Number(values.clients) }, async (_, index) => { await lead(`c${index}`, random.fork()) })

await makeTrouble(stage, { untilMs: startedAt + spanMs * TROUBLED_SHARE, random: random.fork(), happened })
// Memory is judged from one beginning to one end.
for (const place of stage.places) {
  await place.stop()
  await place.start()
}
await sleep(spanMs * (1 - TROUBLED_SHARE))
clearInterval(sampling)
const memory = stage.places.map(({ resident, heap }) => ({ resident: [...resident], heap: [...heap] }))
load.over = true
await Promise.all(clients)
clearInterval(progress)

// What nobody looks after any more is ended by time.
await sleep(UNPAID_CLOSE_MS + INSTANT_CONFIRM_MS + 2_000)
for (const life of lives) life.end()
const again = await replayAll(stage, { diary, random })
await checkBooks(stage, { lives, finding, trialBalance: await send(stage.anyUrl(random), finance, 'GET', '/v1/reports/trial-balance') })
for (const what of await verify(stage.database.url)) finding(`verify: ${what}`)
memory.forEach((samples, index) => { judge(`process ${index + 1}`, samples) })
await stage.close()
console.log(`${status()}\n${again} answers were found again`)
console.log([...happened].map(([kind, times]) => `${kind} ${times}×`).join(', '))
console.log(deeds())
console.log(found.length === 0 ? 'nothing was found' : `${found.length} findings, seed ${values.seed}`)
process.exitCode = found.length === 0 ? 0 : 1

async function prepare (): Promise<Cast> {
  const settings = { unpaid_close_ms: UNPAID_CLOSE_MS, group_ms: GROUP_MS, auto_confirm_ms: { instant: INSTANT_CONFIRM_MS } }
  await send(stage.anyUrl(random), admin, 'PATCH', '/v1/tenant/settings', settings)
  const client = new SoakClient('cast', { stage, secret, diary, random: random.fork() })
  const party = async (kind: string, ref: string): Promise<string> => (await client.post('/v1/parties', { kind, external_ref: ref, name: ref })).body.id
  const reserving = await party('seller', 'S1')
  await send(stage.anyUrl(random), finance, 'PATCH', `/v1/parties/${reserving}/terms`, { reserve: { rate: '0.10', days: 30 } }, 'reserve')
  return { buyer: await party('buyer', 'B'), sellers: [reserving, await party('seller', 'S2'), await party('seller', 'S3')], partner: await party('partner', 'P') }
}

async function arbitratorsKey (): Promise<string> {
  const { body } = await send(stage.anyUrl(random), admin, 'POST', '/v1/api-keys', { name: 'arbitrator', role: 'arbitrator' }, 'arbitrator')
  return body.key
}

async function lead (name: string, chances: Random): Promise<void> {
  const people = {
    client: new SoakClient(name, { stage, secret, diary, random: chances }),
    arbitrator: new SoakClient(`${name}-arbitrator`, { stage, secret: arbitration, diary, random: chances }),
    random: chances,
    finding
  }
  await Promise.all(Array.from({ length: LIVES_AT_ONCE }, async (_, lane) => {
    for (let count = 1; !load.over; count += 1) {
      const ref = `${name}-${lane}-${count}`
      await (chances.chance(IN_GROUPS) ? liveInGroup(ref, { cast, people, lives }) : liveAlone(ref, people))
        .catch((error: unknown) => { finding(String(error)) })
    }
  }))
}

async function liveAlone (ref: string, people: People): Promise<void> {
  const life = new Life(ref, people)
  lives.push(life)
  await life.run(cast)
}

/** What clients did, by the routes they called. */
function deeds (): string {
  const counts = new Map<string, number>()
  for (const { path } of diary.acknowledged) {
    const route = path.split('/').filter((part) => !part.includes('_')).slice(2).join(' ')
    counts.set(route, (counts.get(route) ?? 0) + 1)
  }
  return [...counts].map(([route, times]) => `${route} ${times}×`).join(', ')
}

function status (): string {
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const troubles = [...happened.values()].reduce((sum, times) => sum + times, 0)
  const sizes = stage.places.map(({ resident }) => resident.at(-1)?.megabytes.toFixed(0) ?? '–').join(' and ')
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}  ${lives.length} trades, ${diary.acknowledged.length} answers, ${diary.retries} retries, ${troubles} troubles, ${sizes} MB, ${found.length} found`
}

function judge (name: string, samples: { readonly resident: readonly MemorySample[], readonly heap: readonly MemorySample[] }): void {
  for (const [what, series] of Object.entries(samples)) {
    const shown = quarters(series).map((megabytes) => megabytes === null ? '–' : megabytes.toFixed(0)).join(' → ')
    console.log(`${name}, undisturbed, ${what} memory by quarters of the time: ${shown} MB (${series.length} samples)`)
    if (grows(series)) finding(`${what} memory of ${name} grows: ${shown} MB`)
  }
}
