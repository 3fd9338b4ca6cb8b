import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { internalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { reach, type Reached } from '../ledger/as-of.ts'
import { findAccount } from '../ledger/balances.ts'
import type { Check } from '../ledger/checks.ts'
import { parsePeriod, parsePoint } from '../ledger/period.ts'
import { readAccountStatement, tabulateStatement } from './account-statement.ts'
import { parseExpectation, readCoinDeferredRevenue, tabulateCoinDeferredRevenue } from './coin-deferred-revenue.ts'
import { readCoinLiability, tabulateCoinLiability } from './coin-liability.ts'
import { reachPeriod } from './coin-period.ts'
import { readCoinStatistics, tabulateCoinStatistics } from './coin-statistics.ts'
import { csvOf } from './csv.ts'
import { readDeclarationPeriod, tabulateDeclarations } from './customs-declarations.ts'
import { readJournalPeriod, tabulateJournal } from './journal.ts'
import { writeJson, writeText, type Report, type Write } from './report.ts'
import { readTrialBalance, showTrialBalance, tabulateTrialBalance } from './trial-balance.ts'
import { runVerify, type CheckResult, type Verification } from './verify.ts'

/** The reports that can be printed, by the name the command takes. */
export const REPORT_NAMES = ['trial-balance', 'account-statement', 'journal', 'customs-declarations', 'coin-liability', 'coin-statistics', 'coin-deferred-revenue'] as const
export type ReportName = (typeof REPORT_NAMES)[number]

/** A table for people, or a file for programs. */
export type ReportFormat = 'text' | 'json' | 'csv'

/** Which report to print, with texts as they were typed. */
export interface ReportRequest {
  readonly name: ReportName
  readonly tenantId: number
  readonly format: ReportFormat
  /** RFC 3339 time; of a trial balance or declarations, or of coins as of a moment. */
  readonly asOf?: string | undefined
  readonly asOfSeq?: number | undefined
  /** The account's outside id; a statement needs it. */
  readonly account?: string | undefined
  /** Which time the period of a statement means. */
  readonly by?: 'recorded_at' | 'occurred_at' | undefined
  /** RFC 3339 times; of a statement, a journal, declarations or the liability for coins. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Decimal strings; of revenue that is deferred for coins. */
  readonly breakage?: string | undefined
  readonly breakageAtIssue?: string | undefined
}

/** Prints a report as text, JSON or CSV. Refuses what the same report over HTTP refuses. */
export async function printReport (db: Kysely<Database>, request: ReportRequest, write: Write): Promise<void> {
  const { tenantId, format } = request
  switch (request.name) {
    case 'trial-balance': {
      const trialBalance = await readTrialBalance(db, tenantId, parsePoint({ as_of: request.asOf, as_of_seq: request.asOfSeq }))
      if (format === 'json') await write(`${JSON.stringify(showTrialBalance(trialBalance))}\n`)
      else await print(tabulateTrialBalance(trialBalance), format, write)
      break
    }
    case 'account-statement': {
      const id = internalId('acc', request.account ?? '')
      const account = id === null ? null : await findAccount(db, tenantId, id)
      if (account === null) throw new Refusal('not_found', 'Name an account of this tenant by its id, such as acc_01….')
      const view = { by: request.by ?? 'recorded_at', known: parsePoint({ as_of_seq: request.asOfSeq }) }
      await print(tabulateStatement(db, tenantId, await readAccountStatement(db, tenantId, account, parsePeriod(request), view)), format, write)
      break
    }
    case 'journal':
      await print(tabulateJournal(db, tenantId, await readJournalPeriod(db, tenantId, parsePeriod(request))), format, write)
      break
    case 'customs-declarations': {
      const point = parsePoint({ as_of: request.asOf, as_of_seq: request.asOfSeq })
      await print(tabulateDeclarations(db, tenantId, await readDeclarationPeriod(db, tenantId, parsePeriod(request), point)), format, write)
      break
    }
    case 'coin-liability': {
      const reached = await reachPeriod(db, tenantId, { from: request.from, to: request.to, as_of_seq: request.asOfSeq })
      await print(tabulateCoinLiability(await readCoinLiability(db, tenantId, reached)), format, write)
      break
    }
    case 'coin-statistics':
      await print(tabulateCoinStatistics(await readCoinStatistics(db, tenantId, await reachPoint(db, request))), format, write)
      break
    case 'coin-deferred-revenue': {
      const expectation = parseExpectation({ breakage: request.breakage, breakage_at_issue: request.breakageAtIssue })
      await print(tabulateCoinDeferredRevenue(await readCoinDeferredRevenue(db, tenantId, await reachPoint(db, request), expectation)), format, write)
    }
  }
}

async function reachPoint (db: Kysely<Database>, { tenantId, asOf, asOfSeq }: ReportRequest): Promise<Reached> {
  return await reach(db, tenantId, parsePoint({ as_of: asOf, as_of_seq: asOfSeq }))
}

async function print<Item> (report: Report<Item>, format: ReportFormat, write: Write): Promise<void> {
  switch (format) {
    case 'text': await writeText(report, write); break
    case 'json': await writeJson(report, write); break
    case 'csv': for await (const piece of csvOf(report)) await write(piece)
  }
}

/** Verifies the books of all tenants, prints what was found, and answers the exit code: 0 when clean, otherwise 1. */
export async function printVerify (
  db: Kysely<Database>, { json, checks }: { readonly json: boolean, readonly checks?: readonly Check[] }, write: Write
): Promise<0 | 1> {
  const verification = await runVerify(db, checks, async (result) => { if (!json) await write(tellCheck(result)) })
  await write(json ? `${JSON.stringify(showVerification(verification))}\n` : verdict(verification))
  return verification.clean ? 0 : 1
}

function tellCheck ({ name, findings, durationMs }: CheckResult): string {
  const lines = [`${findings.length === 0 ? 'ok ' : 'BAD'} ${name} (${durationMs} ms)`, ...findings.map(({ tenant, what }) => `    tenant ${tenant}: ${what}`)]
  return `${lines.join('\n')}\n`
}

function verdict ({ clean, checks }: Verification): string {
  if (clean) return `The books are clean: ${checks.length} checks found nothing.\n`
  const broken = checks.filter(({ findings }) => findings.length > 0).map(({ name }) => name)
  return `The books are damaged: ${broken.join(', ')}.\n`
}

function showVerification ({ clean, checks }: Verification) {
  return {
    clean,
    checks: checks.map(({ name, about, findings, durationMs }) => ({
      name, about, duration_ms: durationMs, findings: findings.map(({ tenant, what }) => ({ tenant, what }))
    }))
  }
}
