import { parseArgs } from 'node:util'
import { Journal } from '../journal/journal.ts'
import { runVerify } from '../reports/verify.ts'
import { LOG, openBenchDatabase, type BenchDatabase } from './bench-database.ts'
import { describeMachine } from './machine.ts'
import { limitVariants, singleVariants, unorderedVariants } from './plain-sql.ts'
import { ratiosOf } from './ratios.ts'
import { printReport, shortVerification, type BenchReport } from './report.ts'
import { measure, type RoundOptions } from './rounds.ts'
import { SHAPES } from './shapes.ts'
import { httpTradeVariants, journalTradeVariants } from './trades.ts'
import { journalVariants } from './transfers.ts'
import type { Variant } from './variant.ts'

const HELP = `Measures Holdfast beside SQL alone and beside one transaction per transfer, on a throw-away database that syncs every commit.

  npm run bench                   medians of 3 rounds of 0.5 s per variant: less than two minutes (the same as --quick)
  npm run bench -- --full         5 rounds of 5 s: about a quarter of an hour

  --seconds S                     seconds per variant and round
  --rounds N                      rounds, 3 or more
  --json                          one JSON document (use \`npm run --silent bench -- --json\` for nothing else)

BENCH_DATABASE_URL names another database to measure, with a login that may migrate it; use one that can be thrown away.
At the end the books are verified. Exits with 1 when they are wrong, and with 2 when it could not measure.`

const QUICK = { seconds: 0.5, rounds: 3 }
const FULL = { seconds: 5, rounds: 5 }
const ROUNDS_MIN = 3
const STOP_GRACE_MS = 10_000

try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

async function run (): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
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
  const tell = (progress: string): void => { process.stderr.write(`${progress}\n`) }
  const report = await bench({ seconds, rounds, goOn: interruption(), tell })
  return await print(values.json ? JSON.stringify(report, null, 2) : printReport(report), report.verify.clean)
}

async function bench (options: RoundOptions): Promise<BenchReport> {
  const { seconds, rounds, goOn, tell } = options
  tell('making a database')
  const given = process.env['BENCH_DATABASE_URL']
  const database = await openBenchDatabase(given === '' ? undefined : given)
  try {
    const machine = await describeMachine(database)
    const results = await measureAll(database, options)
    goOn()
    tell('verifying the books')
    const verify = shortVerification(await runVerify(database.databases.report, undefined, goOn))
    return { machine, options: { seconds, rounds }, results, ratios: ratiosOf(results), verify }
  } finally {
    await database.close()
  }
}

async function measureAll (database: BenchDatabase, options: RoundOptions) {
  const journal = new Journal({ db: database.databases.journal, log: LOG })
  try {
    const variants: Variant[] = []
    // What is compared runs side by side: the machine may be busier a minute later.
    for (const shape of SHAPES) {
      variants.push(...await limitVariants(database, shape), ...await journalVariants(database, journal, shape), ...await singleVariants(database, shape))
      if (shape.name === 'spread') variants.push(...await unorderedVariants(database, shape))
    }
    variants.push(...await journalTradeVariants(database, journal))
    const http = await httpTradeVariants(database, journal)
    try {
      return await measure(database.owner, [...variants, ...http.variants], options)
    } finally {
      await http.close()
    }
  } finally {
    await journal.stop(STOP_GRACE_MS)
  }
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
