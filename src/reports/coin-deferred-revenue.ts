import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { formatAmount, isRate, proportion } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusals.ts'
import { unitOf } from '../kernel/units.ts'
import type { Reached } from '../ledger/as-of.ts'
import { outstandingOf } from './coin-flows.ts'
import { keptOf, readCoinStatistics, redeemedOf, showReached, type Cohort } from './coin-statistics.ts'
import type { RowAmounts } from './control.ts'
import { deferRevenue, type Expectation } from './deferred-revenue.ts'
import type { Report } from './report.ts'

/** Revenue that is deferred for coins, as of a moment and by an expectation of breakage. */
export interface CoinDeferredRevenue {
  readonly reached: Reached
  readonly expectation: Expectation
  readonly rows: readonly ShownDeferral[]
}

/** The expectation that texts name. Refuses `invalid_request` where none is named, and `invalid_amount` for what is no rate. */
export function parseExpectation ({ breakage, breakage_at_issue: atIssue = breakage }: { readonly breakage?: string | undefined, readonly breakage_at_issue?: string | undefined }): Expectation {
  if (breakage === undefined || atIssue === undefined) {
    throw new Refusal('invalid_request', 'Say which part of the coins is expected never to be redeemed.', { errors: [{ pointer: '/breakage', code: 'missing' }] })
  }
  for (const [pointer, rate] of [['/breakage', breakage], ['/breakage_at_issue', atIssue]] as const) {
    const detail = 'Breakage is a decimal from "0" to "1", such as "0.20".'
    if (!isRate(rate)) throw new Refusal('invalid_amount', detail, { errors: [{ pointer, code: 'invalid_amount', detail }] })
  }
  return { breakage, breakageAtIssue: atIssue }
}

/**
 * The accountants' view of earned coins, which no posting has: the books carry them at face value. Per programme and month of issue, what sales brought, how much of
 * that is the goods' and how much the coins' ({@link deferRevenue}, with its source), and what of the latter is revenue by now.
 *
 * The price is the cash of the releases that earned the coins, which each lot keeps; refunds reduce it as they claw coins of that month back. What was
 * redeemed, expired and is outstanding is that of `coin-statistics`. Coins that were granted belong to no sale: what they cost was booked when they were granted.
 */
export async function readCoinDeferredRevenue (db: Kysely<Database>, tenantId: number, reached: Reached, expectation: Expectation): Promise<CoinDeferredRevenue> {
  const { cohorts } = await readCoinStatistics(db, tenantId, reached)
  return { reached, expectation, rows: cohorts.filter(({ source }) => source === 'earned').map((cohort) => showDeferral(cohort, expectation)) }
}

function showDeferral ({ programme, month, flows }: Cohort, expectation: Expectation) {
  const [earned, redeemed, outstanding] = [keptOf(flows), redeemedOf(flows), outstandingOf(flows)]
  const price = proportion(flows.earnedOn, earned, flows.issued)
  const { standAlone, toGoods, toCoins, expected, recognised, deferred } = deferRevenue({ price, earned, redeemed, outstanding }, programme.coinValue, expectation)
  const coins = (count: bigint): string => formatAmount(count, unitOf(programme.unit))
  const money = (minor: bigint): string => formatAmount(minor, unitOf(programme.currency))
  return {
    programme: externalId('cpr', programme.id),
    coin: programme.unit,
    currency: programme.currency,
    month,
    earned: coins(earned),
    redeemed: coins(redeemed),
    expired: coins(flows.expired),
    outstanding: coins(outstanding),
    expected: coins(expected),
    transaction_price: money(price),
    coins_stand_alone: money(standAlone),
    allocated_to_goods: money(toGoods),
    allocated_to_coins: money(toCoins),
    recognised: money(recognised),
    deferred: money(deferred)
  }
}

export type ShownDeferral = ReturnType<typeof showDeferral>

/** What a row adds to the control total: the price as credits, what it was allocated to as debits. They are equal. */
export function deferralAmounts ({ currency: unit, transaction_price: price, allocated_to_goods: goods, recognised, deferred }: ShownDeferral): readonly RowAmounts[] {
  return [{ unit, debits: '0', credits: price }, ...[goods, recognised, deferred].map((debits) => ({ unit, debits, credits: '0' }))]
}

/** The head of the report as the API answers it. */
export function showDeferralHead ({ reached, expectation }: CoinDeferredRevenue) {
  return { ...showReached(reached), breakage: expectation.breakage, breakage_at_issue: expectation.breakageAtIssue }
}

/** The view as a table. */
export function tabulateCoinDeferredRevenue (revenue: CoinDeferredRevenue): Report<ShownDeferral> {
  return {
    title: 'Coin deferred revenue',
    facts: showDeferralHead(revenue),
    itemsName: 'rows',
    columns: [
      { title: 'programme', cell: (row) => row.programme, onlyInFiles: true },
      { title: 'coin', cell: (row) => row.coin },
      { title: 'currency', cell: (row) => row.currency },
      { title: 'month', cell: (row) => row.month },
      { title: 'earned', align: 'right', cell: (row) => row.earned },
      { title: 'redeemed', align: 'right', cell: (row) => row.redeemed },
      { title: 'expired', align: 'right', cell: (row) => row.expired },
      { title: 'outstanding', align: 'right', cell: (row) => row.outstanding },
      { title: 'expected', align: 'right', cell: (row) => row.expected },
      { title: 'transaction price', align: 'right', cell: (row) => row.transaction_price },
      { title: 'coins stand alone', align: 'right', cell: (row) => row.coins_stand_alone, onlyInFiles: true },
      { title: 'allocated to goods', align: 'right', cell: (row) => row.allocated_to_goods },
      { title: 'allocated to coins', align: 'right', cell: (row) => row.allocated_to_coins },
      { title: 'recognised', align: 'right', cell: (row) => row.recognised },
      { title: 'deferred', align: 'right', cell: (row) => row.deferred }
    ],
    amounts: deferralAmounts,
    pages: [revenue.rows]
  }
}
