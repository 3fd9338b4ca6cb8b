import type pg from 'pg'
import type { Sample } from './drive.ts'
import type { RoundNumbers, Unit, Variant } from './group.ts'
import { median } from './statistics.ts'

/** A variant over all rounds: medians of the rounds; bytes are all that was written, divided by all that was done. */
export interface Result extends RoundNumbers {
  readonly name: string
  readonly about: string
  readonly unit: Unit
  readonly in_flight: number
  /** Tables and indexes, as they grew. */
  readonly disk_bytes: number
  /** PostgreSQL's log. */
  readonly wal_bytes: number
  readonly rounds: readonly RoundNumbers[]
}

interface Round extends Sample {
  readonly diskBytes: number
  readonly walBytes: number
}

export interface RoundOptions {
  readonly seconds: number
  readonly rounds: number
  /** Throws when the run must end before its time. */
  readonly goOn: () => void
  readonly tell: (progress: string) => void
}

/** A run long enough for code and plans to become warm. */
const WARM_UP_SECONDS_MAX = 0.5

/**
 * Measures the variants in rounds: each round runs all of them, one after the other, so that whatever else the machine does meanwhile
 * meets all alike. A run that nobody measures goes before, and PostgreSQL's statistics are taken.
 */
export async function measure (owner: pg.Pool, variants: readonly Variant[], { seconds, rounds, goOn, tell }: RoundOptions): Promise<Result[]> {
  const warmUpSeconds = Math.min(seconds / 2, WARM_UP_SECONDS_MAX)
  for (const variant of variants) {
    goOn()
    tell(`warming up: ${variant.name}`)
    await variant.prepare?.(warmUpSeconds)
    await variant.run(warmUpSeconds)
  }
  // A database in use has statistics, and plans made with them; one that is a minute old may have neither.
  for (const each of new Set(variants.map((variant) => variant.owner ?? owner))) await each.query('analyze')
  const measured = variants.map((): Round[] => [])
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, variant] of variants.entries()) {
      goOn()
      tell(`round ${round} of ${rounds}: ${variant.name}`)
      await variant.prepare?.(seconds)
      measured[index]?.push(await measureOnce(variant.owner ?? owner, variant, seconds))
    }
  }
  return variants.map((variant, index) => summarize(variant, measured[index] ?? []))
}

async function measureOnce (owner: pg.Pool, variant: Variant, seconds: number): Promise<Round> {
  const before = await readSizes(owner)
  const sample = await variant.run(seconds)
  const after = await readSizes(owner)
  return { ...sample, diskBytes: after.disk - before.disk, walBytes: after.wal - before.wal }
}

async function readSizes (owner: pg.Pool): Promise<{ disk: number, wal: number }> {
  const { rows: [row] } = await owner.query<{ disk: string, wal: string }>(
    "select pg_database_size(current_database()) as disk, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal")
  return { disk: Number(row?.disk), wal: Number(row?.wal) }
}

function summarize ({ name, about, unit, clients }: Variant, rounds: readonly Round[]): Result {
  const total = (count: (round: Round) => number): number => rounds.reduce((sum, round) => sum + count(round), 0)
  const done = total((round) => round.doneInAll ?? round.done)
  const numbers = rounds.map(({ ratePerSecond, p50Ms, p99Ms }) => ({ rate_per_second: ratePerSecond, p50_ms: p50Ms, p99_ms: p99Ms }))
  return {
    name,
    about,
    unit,
    in_flight: clients,
    rate_per_second: median(numbers.map((round) => round.rate_per_second)),
    p50_ms: median(numbers.map((round) => round.p50_ms)),
    p99_ms: median(numbers.map((round) => round.p99_ms)),
    disk_bytes: total(({ diskBytes }) => diskBytes) / done,
    wal_bytes: total(({ walBytes }) => walBytes) / done,
    rounds: numbers
  }
}
