import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Journal } from '../journal/journal.ts'
import { runVerify } from '../reports/verify.ts'
import { LOG, openBenchDatabase, type BenchDatabase } from './bench-database.ts'
import { saveReport } from './benchmark-file.ts'
import { drawChart } from './chart.ts'
import type { Group } from './group.ts'
import { aftersale } from './groups/aftersale.ts'
import { coins } from './groups/coins.ts'
import { customs } from './groups/customs.ts'
import { ledger } from './groups/ledger.ts'
import { overdue } from './groups/overdue.ts'
import { payment } from './groups/payment.ts'
import { pgbench } from './groups/pgbench.ts'
import { processes } from './groups/processes.ts'
import { steps } from './groups/steps.ts'
import { tenants } from './groups/tenants.ts'
import { trades } from './groups/trades.ts'
import { transfers } from './groups/transfers.ts'
import { describeMachine } from './machine.ts'
import { ratioOf } from './ratios.ts'
import { printReport, type BenchReport, type GroupReport } from './report.ts'
import { measure, type RoundOptions } from './rounds.ts'

const GROUPS: readonly Group[] = [transfers, trades, steps, aftersale, coins, customs, payment, processes, tenants, overdue]
/** Takes longer to fill than all the rest takes to measure; asked for by name, or with all the time there is. */
const LONG_GROUPS: readonly Group[] = [pgbench]

const HELP = `Measures Holdfast beside SQL alone, beside one transaction per transfer and beside itself, on a throw-away database that syncs every commit.

  npm run bench                   medians of 3 rounds of 0.5 s per variant: two or three minutes (the same as --quick)
  npm run bench -- --full         5 rounds of 4 s, and pgbench: less than half an hour

  --only NAME                     one group, or several by repeating it:
${[...GROUPS, ...LONG_GROUPS].map(({ name, about }) => `                                  ${name.padEnd(10)} ${about}`).join('\n')}
  --prefill N                     instead: books that hold N transfers already beside new ones; several sizes by repeating it
  --seconds S                     seconds per variant and round
  --rounds N                      rounds, 3 or more
  --save FILE                     also puts the groups that were measured into a JSON file, beside those that are in it
  --chart FILE.svg                also draws what was measured; with --save, all that is in that file
  --json                          one JSON document (use \`npm run --silent bench -- --json\` for nothing else)

BENCH_DATABASE_URL names another database to measure, with a login that may migrate it; use one that can be thrown away.
At the end the books are verified. Exits with 1 when they are wrong, and with 2 when it could not measure.`

const QUICK = { seconds: 0.5, rounds: 3 }
const FULL = { seconds: 4, rounds: 5 }
const ROUNDS_MIN = 3
const STOP_GRACE_MS = 10_000

/** Runs the command `bench` with the words after it and answers its exit code: 0, 1 when the books are wrong, 2 when it could not measure. */
export async function benchCommand (words: readonly string[]): Promise<number> {
  try {
    return await run(words)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
}

async function run (words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      prefill: { type: 'string', multiple: true },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      save: { type: 'string' },
      chart: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false }
    }
  })
  if (values.help) return await print(HELP, true)
  if (values.quick && values.full) throw new Error('--quick or --full, not both')
  const usual = values.full ? FULL : QUICK
  const [seconds, rounds] = [Number(values.seconds ?? usual.seconds), Number(values.rounds ?? usual.rounds)]
  if (!(seconds > 0 && seconds <= 600)) throw new Error('--seconds takes a number above 0, up to 600')
  if (!Number.isInteger(rounds) || rounds < ROUNDS_MIN) throw new Error(`--rounds takes a whole number from ${ROUNDS_MIN}`)
  const groups = groupsOf(values)
  const tell = (progress: string): void => { process.stderr.write(`${progress}\n`) }
  const report = await bench(groups, { seconds, rounds, goOn: interruption(), tell })
  // What wrong books were measured with is told, and not kept.
  if (report.verify.clean) {
    const saved = values.save === undefined ? report : await saveReport(values.save, report)
    if (values.chart !== undefined) await writeFile(values.chart, drawChart(saved))
  }
  return await print(values.json ? JSON.stringify(report, null, 2) : printReport(report), report.verify.clean)
}

function groupsOf ({ only, prefill, full }: { only?: string[], prefill?: string[], full: boolean }): readonly Group[] {
  if (prefill !== undefined) {
    if (only !== undefined) throw new Error('--only or --prefill, not both')
    const sizes = prefill.map(Number)
    if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error('--prefill takes a whole number from 1')
    return [ledger(sizes)]
  }
  const all = [...GROUPS, ...LONG_GROUPS]
  if (only === undefined) return full ? all : GROUPS
  const unknown = only.find((name) => all.every((group) => group.name !== name))
  if (unknown !== undefined) throw new Error(`--only takes ${all.map(({ name }) => name).join(', ')}, not "${unknown}"`)
  return all.filter(({ name }) => only.includes(name))
}

async function bench (groups: readonly Group[], options: RoundOptions): Promise<BenchReport> {
  options.tell('making a database')
  const given = process.env['BENCH_DATABASE_URL'] ?? ''
  const database = await openBenchDatabase(given === '' ? null : given)
  try {
    const machine = await describeMachine(database)
    const measured: GroupReport[] = []
    const findings: string[] = []
    for (const group of groups) {
      const { report, wrong } = await measureGroup(database, group, options)
      measured.push(report)
      findings.push(...wrong)
    }
    findings.push(...await verify(database, options))
    return { machine, groups: measured, verify: { clean: findings.length === 0, findings } }
  } finally {
    await database.close()
  }
}

/** Groups come one after the other, each with a Journal of its own: what one leaves in memory does not slow down the next. */
async function measureGroup (database: BenchDatabase, group: Group, options: RoundOptions): Promise<{ report: GroupReport, wrong: readonly string[] }> {
  const { seconds, rounds, goOn } = options
  const journal = new Journal({ db: database.databases.journal, log: LOG })
  const tell = (progress: string): void => { options.tell(`${group.name}: ${progress}`) }
  goOn()
  try {
    const { variants, comparisons, facts, databases = [], close } = await group.open({ database, journal, seconds, goOn, tell })
    try {
      const results = await measure(database.owner, variants, { ...options, tell })
      const ratios = comparisons.map((comparison) => ratioOf(comparison, results))
      const wrong: string[] = []
      for (const each of databases) wrong.push(...await verify(each, { ...options, tell }))
      return { report: { name: group.name, about: group.about, seconds, rounds, results, ratios, facts: facts?.() ?? [] }, wrong }
    } finally {
      await close()
    }
  } finally {
    await journal.stop(STOP_GRACE_MS)
  }
}

/** What is wrong with the books of a database. */
async function verify ({ databases: { report } }: BenchDatabase, { goOn, tell }: RoundOptions): Promise<string[]> {
  goOn()
  tell('verifying the books')
  const { checks } = await runVerify(report, undefined, goOn)
  return checks.flatMap(({ findings }) => findings.map(({ check, tenant, what }) => `${check}, tenant ${tenant}: ${what}`))
}

/** What is asked between two steps, and throws once somebody asked this program to stop; what it started is then stopped in good order. */
function interruption (): () => void {
  let stoppedBy: string | null = null
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { stoppedBy = signal })
  return () => {
    if (stoppedBy !== null) throw new Error(`stopped by ${stoppedBy}`)
  }
}

async function print (text: string, right: boolean): Promise<number> {
  await new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => { resolve() }))
  return right ? 0 : 1
}
