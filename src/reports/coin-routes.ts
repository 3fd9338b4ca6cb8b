import type { Databases } from '../db/pools.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { answerCsv, orCsv, wantsCsv } from '../http/csv-answer.ts'
import { reach } from '../ledger/as-of.ts'
import { parsePoint } from '../ledger/period.ts'
import { parseExpectation, deferralAmounts, readCoinDeferredRevenue, showDeferralHead, tabulateCoinDeferredRevenue } from './coin-deferred-revenue.ts'
import * as examples from './coin-examples.ts'
import { liabilityAmounts, readCoinLiability, showLiabilityRow, tabulateCoinLiability } from './coin-liability.ts'
import { reachPeriod, showPeriodHead } from './coin-period.ts'
import * as schemas from './coin-schemas.ts'
import { cohortAmounts, readCoinStatistics, showCohort, showReached, tabulateCoinStatistics } from './coin-statistics.ts'
import { controlOf } from './control.ts'
import { csvOf } from './csv.ts'
import { REPORT_PAGE_DEFAULT, requireWhole } from './page.ts'

/** Mounts the reports on loyalty coins. Like all others they print the `seq` they reached, and give the same numbers for ever when asked again as of that. */
export function registerCoinReportRoutes (app: App, { databases }: { readonly databases: Databases }): void {
  const db = databases.report

  app.get('/v1/reports/coin-liability', {
    schema: {
      operationId: 'coinLiability',
      tags: ['Reports'],
      summary: 'Coin liability',
      description: 'What is owed for coins, rolled forward over a period of recorded time, `to` not included, or between two transactions; per programme, who paid for the coins, and ' +
        'whether they were earned or granted by which campaign. The closing is the balance of `coin_liability`, and of pending, available and held coins, in the trial balance as of `seq`.',
      querystring: schemas.CoinLiabilityQuery,
      response: { ...orCsv(answers(200, 'The roll-forward, a page of it.', schemas.CoinLiability, examples.coinLiability), examples.coinLiabilityCsv), ...problems('invalid_request', 'invalid_time') }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const { after_row: after = 0, limit = REPORT_PAGE_DEFAULT } = request.query
    const liability = await readCoinLiability(db, tenantId, await reachPeriod(db, tenantId, request.query))
    if (wantsCsv(request)) {
      requireWhole(request.query, after)
      return answerCsv(reply, `coin-liability-seq-${liability.reached.seq}`, csvOf(tabulateCoinLiability(liability)))
    }
    const rows = liability.rows.slice(after, after + limit).map(showLiabilityRow)
    const hasMore = after + limit < liability.rows.length
    return { ...showPeriodHead(liability.reached), rows, ...controlOf(rows, liabilityAmounts), has_more: hasMore, next_after_row: hasMore ? after + limit : null }
  })

  app.get('/v1/reports/coin-statistics', {
    schema: {
      operationId: 'coinStatistics',
      tags: ['Reports'],
      summary: 'Coin statistics',
      description: 'What became of the coins that were issued in each month: redeemed so far, expired, outstanding, with the rates of redemption and breakage.',
      querystring: schemas.CoinStatisticsQuery,
      response: { ...orCsv(answers(200, 'The statistics.', schemas.CoinStatistics, examples.coinStatistics), examples.coinStatisticsCsv), ...problems('invalid_request', 'invalid_time') }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const statistics = await readCoinStatistics(db, tenantId, await reach(db, tenantId, parsePoint(request.query)))
    if (wantsCsv(request)) return answerCsv(reply, `coin-statistics-seq-${statistics.reached.seq}`, csvOf(tabulateCoinStatistics(statistics)))
    const rows = statistics.cohorts.map(showCohort)
    return { ...showReached(statistics.reached), rows, ...controlOf(rows, cohortAmounts) }
  })

  app.get('/v1/reports/coin-deferred-revenue', {
    schema: {
      operationId: 'coinDeferredRevenue',
      tags: ['Reports'],
      summary: 'Coin deferred revenue',
      description: 'The accountants\' view of IFRS 15: what sales brought, allocated to goods and to the coins they earned by relative stand-alone prices, and what of the coins\' ' +
        'part is revenue by now, by an expected breakage that you tell. Nothing of it is posted.',
      querystring: schemas.CoinDeferredRevenueQuery,
      response: {
        ...orCsv(answers(200, 'The view.', schemas.CoinDeferredRevenue, examples.coinDeferredRevenue), examples.coinDeferredRevenueCsv),
        ...problems('invalid_request', 'invalid_time', 'invalid_amount')
      }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const expectation = parseExpectation(request.query)
    const revenue = await readCoinDeferredRevenue(db, tenantId, await reach(db, tenantId, parsePoint(request.query)), expectation)
    if (wantsCsv(request)) return answerCsv(reply, `coin-deferred-revenue-seq-${revenue.reached.seq}`, csvOf(tabulateCoinDeferredRevenue(revenue)))
    return { ...showDeferralHead(revenue), rows: revenue.rows, ...controlOf(revenue.rows, deferralAmounts) }
  })
}
