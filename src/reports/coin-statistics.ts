import type { Kysely } from 'kysely'
import type { Programme } from '../coins/programme.ts'
import { allProgrammes } from '../coins/read-programmes.ts'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { formatAmount, proportion } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { Reached } from '../ledger/as-of.ts'
import { NO_FLOWS, outstandingOf, plus, type CoinFlows, type CoinOrigin } from './coin-flows.ts'
import { TIMEZONE, type RowAmounts } from './control.ts'
import { readCoinFlows } from './read-coin-flows.ts'
import type { Report } from './report.ts'

/** What became of the coins that were issued in one month by one source, whoever paid for them. */
export interface Cohort extends Pick<CoinOrigin, 'month' | 'source'> {
  readonly programme: Programme
  readonly flows: CoinFlows
}

/** Cohorts as of a moment. */
export interface CoinStatistics {
  readonly reached: Reached
  readonly cohorts: readonly Cohort[]
}

/** What became of all coins until a moment, by programme, month of issue and source. Coins that came back from trades belong to the month in which they were first issued. */
export async function readCoinStatistics (db: Kysely<Database>, tenantId: number, reached: Reached): Promise<CoinStatistics> {
  const programmes = await allProgrammes(db, tenantId)
  const cohorts = new Map<string, Cohort>()
  for (const { currency, month, source, closing } of await readCoinFlows(db, tenantId, { after: reached.seq, seq: reached.seq })) {
    const programme = programmes.find((each) => each.currency === currency)
    if (programme === undefined) throw new Error(`coins of ${currency} have no programme; run "holdfast verify"`)
    const key = [programme.unit, month, source].join(' ')
    cohorts.set(key, { programme, month, source, flows: plus(cohorts.get(key)?.flows ?? NO_FLOWS, closing) })
  }
  // What nothing was issued of by then is no cohort.
  const known = [...cohorts].filter(([, { flows }]) => flows.issued > 0n)
  return { reached, cohorts: known.sort(([a], [b]) => a < b ? -1 : 1).map(([, cohort]) => cohort) }
}

/** The coins of a cohort that were redeemed and stayed so. */
export function redeemedOf ({ redeemed, returned }: CoinFlows): bigint {
  return redeemed - returned
}

/** The coins of a cohort that were issued and not clawed back. */
export function keptOf ({ issued, clawedBack }: CoinFlows): bigint {
  return issued - clawedBack
}

const RATE_DECIMALS = 4
const RATE_UNIT = { code: '', exponent: RATE_DECIMALS }

/** A part of a whole as a decimal string of four decimals, rounded half to even; null of nothing. */
function rateOf (part: bigint, whole: bigint): string | null {
  return whole === 0n ? null : formatAmount(proportion(10n ** BigInt(RATE_DECIMALS), part, whole), RATE_UNIT)
}

/** The head of a report as of a moment. */
export function showReached ({ asOf, seq, generatedAt }: Reached) {
  return { as_of: asOf.toISOString(), timezone: TIMEZONE, seq: Number(seq), generated_at: generatedAt.toISOString() }
}

/** A cohort as the API answers it. */
export function showCohort ({ programme, month, source, flows }: Cohort) {
  const show = (coins: bigint): string => formatAmount(coins, unitOf(programme.unit))
  return {
    programme: externalId('cpr', programme.id),
    coin: programme.unit,
    currency: programme.currency,
    month,
    source,
    issued: show(flows.issued),
    clawed_back: show(flows.clawedBack),
    redeemed: show(redeemedOf(flows)),
    expired: show(flows.expired),
    outstanding: show(outstandingOf(flows)),
    redemption_rate: rateOf(redeemedOf(flows), keptOf(flows)),
    breakage_rate: rateOf(flows.expired, keptOf(flows))
  }
}

export type ShownCohort = ReturnType<typeof showCohort>

/** What a cohort adds to the control total: what was issued as credits, what became of it as debits. They are equal. */
export function cohortAmounts ({ coin: unit, issued, clawed_back: clawedBack, redeemed, expired, outstanding }: ShownCohort): readonly RowAmounts[] {
  return [{ unit, debits: '0', credits: issued }, ...[clawedBack, redeemed, expired, outstanding].map((debits) => ({ unit, debits, credits: '0' }))]
}

/** The statistics as a table. */
export function tabulateCoinStatistics ({ reached, cohorts }: CoinStatistics): Report<ShownCohort> {
  return {
    title: 'Coin statistics',
    facts: showReached(reached),
    itemsName: 'rows',
    columns: [
      { title: 'programme', cell: (row) => row.programme, onlyInFiles: true },
      { title: 'coin', cell: (row) => row.coin },
      { title: 'currency', cell: (row) => row.currency },
      { title: 'month', cell: (row) => row.month },
      { title: 'source', cell: (row) => row.source },
      { title: 'issued', align: 'right', cell: (row) => row.issued },
      { title: 'clawed back', align: 'right', cell: (row) => row.clawed_back },
      { title: 'redeemed', align: 'right', cell: (row) => row.redeemed },
      { title: 'expired', align: 'right', cell: (row) => row.expired },
      { title: 'outstanding', align: 'right', cell: (row) => row.outstanding },
      { title: 'redemption rate', align: 'right', cell: (row) => row.redemption_rate ?? '' },
      { title: 'breakage rate', align: 'right', cell: (row) => row.breakage_rate ?? '' }
    ],
    amounts: cohortAmounts,
    pages: [cohorts.map(showCohort)]
  }
}
