import type { Verification } from '../reports/verify.ts'
import type { Machine } from './machine.ts'
import type { Ratio } from './ratios.ts'
import type { Result } from './rounds.ts'

/** Everything that one run found: what `--json` prints. */
export interface BenchReport {
  readonly machine: Machine
  readonly options: { readonly seconds: number, readonly rounds: number }
  readonly results: readonly Result[]
  readonly ratios: readonly Ratio[]
  readonly verify: { readonly clean: boolean, readonly findings: readonly string[] }
}

/** What a verification found, for the report. */
export function shortVerification ({ clean, checks }: Verification): BenchReport['verify'] {
  return { clean, findings: checks.flatMap(({ findings }) => findings.map(({ check, tenant, what }) => `${check}, tenant ${tenant}: ${what}`)) }
}

const FINDINGS_SHOWN = 20
const GIB = 2 ** 30

/** The report for people. */
export function printReport ({ machine, options, results, ratios, verify }: BenchReport): string {
  return [
    `${machine.cpu}, ${machine.cores} cores, ${(machine.memory_bytes / GIB).toFixed(1)} GiB, load ${machine.load.toFixed(2)}; Node ${machine.node}`,
    `PostgreSQL ${machine.postgres}${machine.embedded ? ', embedded' : ''}: ${Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`).join(', ')}`,
    `A page on disk: ${machine.fsync_ms.toFixed(2)} ms${machine.embedded ? '' : ' (this machine\'s folder for temporary files, not the server\'s)'}. ` +
      `Medians of ${options.rounds} rounds of ${options.seconds} s each, the variants in turn; of SQL alone, p50 and p99 are a batch's.`,
    '',
    ...columns([
      ['', 'in flight', 'per second', '', 'p50 ms', 'p99 ms', 'disk B each', 'log B each'],
      ...results.map((result) => [
        result.about, String(result.in_flight), whole(result.rate_per_second), result.unit, result.p50_ms.toFixed(2), result.p99_ms.toFixed(2),
        whole(result.disk_bytes), whole(result.wal_bytes)
      ])
    ]),
    '',
    ...columns([
      ['', 'ratio', 'aim'],
      ...ratios.map(({ about, value, aim }) => [about, value.toFixed(2), aim === null ? '' : `≥ ${aim}`])
    ]),
    '',
    verify.clean
      ? 'The books of all of it are right.'
      : ['The books are wrong:', ...verify.findings.slice(0, FINDINGS_SHOWN), `${verify.findings.length} findings in all.`].join('\n')
  ].join('\n')
}

function whole (value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** The first column and words to the left, numbers to the right. */
function columns (rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) =>
    column === 0 || /^[a-z]+$/.test(cell) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  ').trimEnd())
}
