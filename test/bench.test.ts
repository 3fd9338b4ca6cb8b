import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ratioOf } from '../src/bench/ratios.ts'
import type { BenchReport } from '../src/bench/report.ts'
import type { Result } from '../src/bench/rounds.ts'
import { draw, SHAPES } from '../src/bench/sql/shapes.ts'
import { median, percentile } from '../src/bench/statistics.ts'
import { packageRoot } from '../src/db/package-root.ts'

t.test('a median is the middle, whatever the order, and lies between the two middles of an even count', async (t) => {
  t.equal(median([30, 1, 2]), 2)
  t.equal(median([4, 10, 1, 2]), 3)
  t.equal(median([7]), 7)
  t.throws(() => median([]))
})

t.test('a percentile is the smallest measured value that so many do not exceed', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  t.same([1, 50, 99, 100].map((percent) => percentile(hundred, percent)), [1, 50, 99, 100])
  t.equal(percentile([1, 3, 5], 50), 3)
  t.equal(percentile([1, 5], 50), 1)
  t.equal(percentile([1, 5], 51), 5)
  t.equal(percentile([2], 99), 2)
  t.throws(() => percentile([], 50))
})

t.test('a ratio is formed within each round, with the best of the other side there, and its median is held to the aim', async (t) => {
  const result = (name: string, rates: readonly number[]): Result => ({
    name, about: '', unit: 'transfers', in_flight: 1, disk_bytes: 0, wal_bytes: 0, rate_per_second: 0, p50_ms: 0, p99_ms: 0,
    rounds: rates.map((rate) => ({ rate_per_second: rate, p50_ms: rate, p99_ms: rate }))
  })
  const results = [result('ours', [10, 40, 90]), result('one', [20, 10, 100]), result('two', [5, 20, 10])]
  const compared = { name: '', about: '', ours: ['ours'], theirs: ['one', 'two'] }
  t.match(ratioOf({ ...compared, of: 'rate_per_second', aim: { least: 0.95 } }, results), { value: 0.9, low: 0.5, high: 2, met: false })
  t.match(ratioOf({ ...compared, of: 'rate_per_second', aim: { least: 0.9, most: 1 } }, results), { met: true })
  t.match(ratioOf({ ...compared, of: 'p50_ms', aim: null }, results), { value: 4, low: 2, high: 9, met: null })
  t.throws(() => ratioOf({ ...compared, theirs: ['three'], of: 'p50_ms', aim: null }, results), /three was not measured/)
})

t.test('transfers are drawn between two accounts of their shape', async (t) => {
  for (const shape of SHAPES) {
    const drawn = Array.from({ length: 1000 }, () => draw(shape))
    t.ok(drawn.every(({ debit, credit }) => debit !== credit && within(debit, shape.debits) && within(credit, shape.credits)), shape.name)
  }
})

/** Each measures in another way: in process, in SQL, over HTTP, alone, in processes of their own. The others are made of the same. */
const GROUPS = ['transfers', 'steps', 'payment', 'processes']

function within (number: number, [low, high]: readonly [number, number]): boolean {
  return number >= low && number <= high
}

t.test('a run measures its groups on durable commits, leaves right books behind and prints nothing but JSON', async (t) => {
  const { exitCode, stdout, stderr } = await bench('--quick', '--seconds', '0.02', '--json', ...GROUPS.flatMap((group) => ['--only', group]))
  t.equal(exitCode, 0, stderr)
  const { machine, groups, verify } = JSON.parse(stdout) as BenchReport
  t.match(machine, { cores: Number, node: process.version, embedded: true, settings: { fsync: 'on', synchronous_commit: 'on' } })
  t.ok(machine.fsync_ms > 0)
  t.same(groups.map(({ name }) => name), GROUPS)
  for (const { results, ratios, rounds, seconds } of groups) {
    t.same({ rounds, seconds }, { rounds: 3, seconds: 0.02 })
    for (const result of results) {
      t.ok(result.rate_per_second > 0 && result.p50_ms > 0 && result.p99_ms >= result.p50_ms && result.wal_bytes > 0, result.name)
      t.equal(result.rounds.length, 3, result.name)
    }
    for (const { name, value, low, high } of ratios) t.ok(low > 0 && low <= value && value <= high && Number.isFinite(high), name)
  }
  t.same(groups.flatMap(({ ratios }) => ratios).filter(({ aim }) => aim !== null).map(({ name }) => name), [
    ...SHAPES.flatMap(({ name }) => [`journal/limit ${name}`, `journal/single ${name}`]), 'http/journal', 'alone http/bare', 'two/one'
  ])
  t.same(verify, { clean: true, findings: [] })
})

t.test('books with a past are measured beside new ones, kept in a file beside what is there, and drawn', async (t) => {
  const folder = t.testdir({ 'kept.json': JSON.stringify({ machine: {}, groups: [{ name: 'steps', results: [], ratios: [] }, { name: 'ledger', results: [], ratios: [] }], verify: {} }) })
  const file = join(folder, 'kept.json')
  const { exitCode, stderr } = await bench('--prefill', '1', '--seconds', '0.02', '--save', file, '--chart', join(folder, 'chart.svg'))
  t.equal(exitCode, 0, stderr)
  const { groups, verify } = JSON.parse(await readFile(file, 'utf8')) as BenchReport
  t.same(verify, { clean: true, findings: [] }, 'the past is right, too')
  t.same(groups.map(({ name, results }) => [name, results.length > 0]), [['steps', false], ['ledger', true]])
  const ledger = groups[1]?.results ?? []
  t.same(ledger.filter(({ unit }) => unit === 'pages').map(({ name }) => name), [
    'entries-first', 'entries-middle', 'entries-last', 'statement-first', 'statement-middle', 'statement-last', 'trial-balance'
  ].map((name) => `ledger.1.${name}.1`))
  t.ok(groups[1]?.ratios.every(({ value, aim }) => value > 0 && aim?.least === 0.8 && aim.most === 1.2))
  const chart = await readFile(join(folder, 'chart.svg'), 'utf8')
  t.match(chart, /^<svg [^]+By size of the books[^]+<polyline class="curve c2" points="[\d.,]+ [\d.,]+"[^]+<\/svg>\n$/)
  t.notMatch(chart, /NaN|Infinity|undefined/)
})

t.test('what cannot be measured is said before anything is started', async (t) => {
  t.match(await bench('--rounds', '2'), { exitCode: 2, stdout: '', stderr: /--rounds takes/ })
  t.match(await bench('--seconds', '0'), { exitCode: 2, stdout: '', stderr: /--seconds takes/ })
  t.match(await bench('--prefill', 'many'), { exitCode: 2, stdout: '', stderr: /--prefill takes/ })
  t.match(await bench('--only', 'nothing'), { exitCode: 2, stdout: '', stderr: /--only takes/ })
})

async function bench (...args: readonly string[]): Promise<{ exitCode: number | null, stdout: string, stderr: string }> {
  const { BENCH_DATABASE_URL: _given, ...environment } = process.env
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), 'bench', ...args], { env: environment, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr })
    })
  })
}
