import type { Aim, Fact } from './group.ts'
import type { Machine } from './machine.ts'
import type { Ratio } from './ratios.ts'
import type { Result } from './rounds.ts'

/** What was found of one group. */
export interface GroupReport {
  readonly name: string
  readonly about: string
  /** Of one run of one variant, and how many runs. */
  readonly seconds: number
  readonly rounds: number
  readonly results: readonly Result[]
  readonly ratios: readonly Ratio[]
  readonly facts: readonly Fact[]
}

/** Everything that one run found: what `--json` prints. */
export interface BenchReport {
  readonly machine: Machine
  readonly groups: readonly GroupReport[]
  readonly verify: { readonly clean: boolean, readonly findings: readonly string[] }
}

const FINDINGS_SHOWN = 20

/** The report for people. */
export function printReport ({ machine, groups, verify }: BenchReport): string {
  return [
    ...describe(machine),
    ...groups.flatMap((group) => printGroup(group)),
    '',
    verify.clean
      ? 'The books of all of it are right.'
      : ['The books are wrong:', ...verify.findings.slice(0, FINDINGS_SHOWN), `${verify.findings.length} findings in all.`].join('\n')
  ].join('\n')
}

/** The machine and the database, in a few lines. */
export function describe (machine: Machine): string[] {
  const GIB = 2 ** 30
  return [
    `${machine.cpu}, ${machine.cores} cores, ${(machine.memory_bytes / GIB).toFixed(1)} GiB, load ${machine.load.toFixed(2)}; Node ${machine.node}`,
    `PostgreSQL ${machine.postgres}${machine.embedded ? ', embedded' : ''}: ${Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`).join(', ')}`,
    `A page on disk: ${machine.fsync_ms.toFixed(2)} ms${machine.embedded ? '' : ' (this machine\'s folder for temporary files, not the server\'s)'}`
  ]
}

function printGroup ({ about, seconds, rounds, results, ratios, facts }: GroupReport): string[] {
  if (results.length === 0) return []
  return [
    '',
    `${about} (medians of ${rounds} rounds of ${seconds} s each, in turn)`,
    ...columns([
      ['', 'in flight', 'per second', '', 'p50 ms', 'p99 ms', 'disk B each', 'log B each'],
      ...results.map((result) => [
        result.about, String(result.in_flight), whole(result.rate_per_second), result.unit, result.p50_ms.toFixed(2), result.p99_ms.toFixed(2),
        whole(result.disk_bytes), whole(result.wal_bytes)
      ])
    ]),
    ...ratios.length === 0
      ? []
      : ['', ...columns([
          ['', 'ratio', 'lowest', 'highest', 'aim', ''],
          ...ratios.map(({ about, value, low, high, aim, met }) => [about, ...[value, low, high].map((number) => number.toFixed(2)), aimText(aim), met === false ? 'missed' : ''])
        ])],
    ...facts.map(({ name, value }) => `${name}: ${whole(value)}`)
  ]
}

/** An aim as people read it; empty where there is none. */
export function aimText (aim: Aim | null): string {
  if (aim === null) return ''
  if (aim.least !== undefined && aim.most !== undefined) return `${aim.least} – ${aim.most}`
  return aim.least === undefined ? `≤ ${aim.most}` : `≥ ${aim.least}`
}

/** A number for people, without its fraction. */
export function whole (value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** The first column and words to the left, numbers to the right. */
function columns (rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) =>
    column === 0 || /^[a-z]+$/.test(cell) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  ').trimEnd())
}
