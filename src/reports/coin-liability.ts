import type { Kysely } from 'kysely'
import type { Programme } from '../coins/programme.ts'
import { allProgrammes } from '../coins/read-programmes.ts'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { minus, NO_FLOWS, outstandingOf, plus, type CoinFlows, type CoinOrigin, type OriginFlows } from './coin-flows.ts'
import { showPeriodHead, type ReachedPeriod } from './coin-period.ts'
import type { RowAmounts } from './control.ts'
import { readCoinFlows } from './read-coin-flows.ts'
import type { Column, Report } from './report.ts'

/** Whose coins a row is about: those of one programme, paid for by one funder, earned or granted by one campaign. */
type Holding = Omit<CoinOrigin, 'month'>

/** What of a period's coins was outstanding before it, what became of them, and what is outstanding after it. Coins, or minor units. */
export interface RollForward {
  readonly opening: bigint
  readonly issued: bigint
  readonly redeemed: bigint
  readonly returned: bigint
  readonly clawedBack: bigint
  readonly expired: bigint
  readonly closing: bigint
}

/** A row of the roll-forward, in coins. */
export interface LiabilityRow extends Holding {
  readonly programme: Programme
  readonly coins: RollForward
}

/** The roll-forward of what is owed for coins. */
export interface CoinLiability {
  readonly reached: ReachedPeriod
  readonly rows: readonly LiabilityRow[]
}

/**
 * The roll-forward of what is owed for coins over a period: opening + issued + returned = redeemed + clawed back + expired + closing, per programme, funder,
 * and source. In money it is the same at the coin's value, and its closing is `coin_liability` of the trial balance as of that `seq`, as its
 * coins are the pending, available and held ones.
 *
 * Where each column is from: *issued*, *clawed back* and *expired* are the entries of buyers' accounts against `coin_issuance` and `coins_expired`; *returned* those
 * out of `coins_redeemed` (what a trade only held and gave back was never redeemed, and stays outstanding); *redeemed* the entries from `coins_held` to
 * `coins_redeemed`. Funder and source are those of the lot that the coins were issued in, which the moves of lots and the lots of each trade name.
 * Coins that settled what a buyer owed were nobody's, and are in no column.
 */
export async function readCoinLiability (db: Kysely<Database>, tenantId: number, reached: ReachedPeriod): Promise<CoinLiability> {
  const programmes = await allProgrammes(db, tenantId)
  const flows = await readCoinFlows(db, tenantId, reached)
  const rows = programmes.flatMap((programme) => rowsOf(programme, flows.filter(({ currency }) => currency === programme.currency)))
  return { reached, rows }
}

function rowsOf (programme: Programme, flows: readonly OriginFlows[]): LiabilityRow[] {
  const holdings = new Map<string, Holding & { readonly opening: CoinFlows, readonly closing: CoinFlows }>()
  for (const { currency, funderId, source, campaign, opening, closing } of flows) {
    const key = [funderId === null ? '' : externalId('pty', funderId), source, campaign ?? ''].join(' ')
    const known = holdings.get(key) ?? { opening: NO_FLOWS, closing: NO_FLOWS }
    holdings.set(key, { currency, funderId, source, campaign, opening: plus(known.opening, opening), closing: plus(known.closing, closing) })
  }
  // The platform's key begins with nothing, and so it stands first.
  return [...holdings].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, { opening, closing, ...holding }]) => {
    const { issued, redeemed, returned, clawedBack, expired } = minus(closing, opening)
    const coins = { opening: outstandingOf(opening), issued, redeemed, returned, clawedBack, expired, closing: outstandingOf(closing) }
    return Object.values(coins).some((amount) => amount !== 0n) ? [{ ...holding, programme, coins }] : []
  })
}

/** A row as the API answers it. */
export function showLiabilityRow ({ programme, funderId, source, campaign, coins }: LiabilityRow) {
  return {
    programme: externalId('cpr', programme.id),
    coin: programme.unit,
    currency: programme.currency,
    funder: funderId === null ? 'platform' : externalId('pty', funderId),
    source,
    campaign,
    coins: showRollForward(coins, programme.unit, 1n),
    value: showRollForward(coins, programme.currency, programme.coinValue)
  }
}

function showRollForward ({ opening, issued, redeemed, returned, clawedBack, expired, closing }: RollForward, code: string, value: bigint) {
  const show = (coins: bigint): string => formatAmount(coins * value, unitOf(code))
  return { opening: show(opening), issued: show(issued), redeemed: show(redeemed), returned: show(returned), clawed_back: show(clawedBack), expired: show(expired), closing: show(closing) }
}

export type ShownLiabilityRow = ReturnType<typeof showLiabilityRow>

/** What a row adds to the control total: in each unit, what stood before and came in as credits, what went out and stands after as debits. They are equal. */
export function liabilityAmounts ({ coin, currency, coins, value }: ShownLiabilityRow): readonly RowAmounts[] {
  return [{ unit: coin, ...coins }, { unit: currency, ...value }].flatMap(({ unit, ...each }) => [
    ...[each.opening, each.issued, each.returned].map((credits) => ({ unit, debits: '0', credits })),
    ...[each.redeemed, each.clawed_back, each.expired, each.closing].map((debits) => ({ unit, debits, credits: '0' }))
  ])
}

const COLUMNS = ['opening', 'issued', 'redeemed', 'returned', 'clawed_back', 'expired', 'closing'] as const

/** The roll-forward as a table. */
export function tabulateCoinLiability ({ reached, rows }: CoinLiability): Report<ShownLiabilityRow> {
  return {
    title: 'Coin liability',
    facts: showPeriodHead(reached),
    itemsName: 'rows',
    columns: [
      { title: 'programme', cell: (row) => row.programme, onlyInFiles: true },
      { title: 'coin', cell: (row) => row.coin },
      { title: 'currency', cell: (row) => row.currency },
      { title: 'funder', cell: (row) => row.funder },
      { title: 'source', cell: (row) => row.source },
      { title: 'campaign', cell: (row) => row.campaign ?? '' },
      ...COLUMNS.map((name): Column<ShownLiabilityRow> => ({ title: name.replace('_', ' '), align: 'right', cell: (row) => row.coins[name] })),
      ...COLUMNS.map((name): Column<ShownLiabilityRow> =>
        ({ title: `${name.replace('_', ' ')} value`, align: 'right', cell: (row) => row.value[name], ...name === 'closing' ? {} : { onlyInFiles: true } }))
    ],
    amounts: liabilityAmounts,
    pages: [rows.map(showLiabilityRow)]
  }
}
