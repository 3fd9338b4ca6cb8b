import type { Databases } from '../db/pools.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { answerCsv, orCsv, wantsCsv } from '../http/csv-answer.ts'
import { cursorId } from '../http/cursor.ts'
import { externalId, internalId } from '../kernel/ids.ts'
import { toPage } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import { findAccount } from '../ledger/balances.ts'
import { parsePeriod, parsePoint } from '../ledger/period.ts'
import { showEntry, showTransaction } from '../ledger/show.ts'
import { entryAmounts, readAccountStatement, showStatementHead, statementEntries, tabulateStatement } from './account-statement.ts'
import { controlOf } from './control.ts'
import { csvOf } from './csv.ts'
import { declarationAmounts, listPeriodDeclarations, readDeclarationPeriod, showDeclarationsHead, showReportedDeclaration, tabulateDeclarations } from './customs-declarations.ts'
import * as examples from './examples.ts'
import { journalTransactions, readJournalPeriod, showJournalHead, tabulateJournal, transactionAmounts } from './journal.ts'
import { REPORT_PAGE_DEFAULT, requireWhole } from './page.ts'
import * as schemas from './schemas.ts'
import { readTrialBalance, showTrialBalance, tabulateTrialBalance } from './trial-balance.ts'

/** Mounts the reports. Each prints the `seq` it reached; asked again as of that `seq` it gives the same numbers for ever. */
export function registerReportRoutes (app: App, { databases }: { readonly databases: Databases }): void {
  const db = databases.report

  app.get('/v1/reports/trial-balance', {
    schema: {
      operationId: 'trialBalance',
      tags: ['Reports'],
      summary: 'Trial balance',
      description: 'Debits, credits and balance of every class of accounts, by unit; now, or as the books had it at a recorded time or after a transaction.',
      querystring: schemas.TrialBalanceQuery,
      response: { ...orCsv(answers(200, 'The trial balance.', schemas.TrialBalance, examples.trialBalance), examples.trialBalanceCsv), ...problems('invalid_request', 'invalid_time') }
    }
  }, async (request, reply) => {
    const trialBalance = await readTrialBalance(db, request.principal.tenantId, parsePoint(request.query))
    if (wantsCsv(request)) return answerCsv(reply, `trial-balance-seq-${trialBalance.seq}`, csvOf(tabulateTrialBalance(trialBalance)))
    return showTrialBalance(trialBalance)
  })

  app.get('/v1/reports/account-statement', {
    schema: {
      operationId: 'accountStatement',
      tags: ['Reports'],
      summary: 'Account statement',
      description: 'Opening balance, entries and closing balance of an account over a period, by recorded or by occurred time; `to` is not included. ' +
        'By occurred time a balance may dip below zero: facts arrive late.',
      querystring: schemas.AccountStatementQuery,
      response: {
        ...orCsv(answers(200, 'The statement, with a page of its entries.', schemas.AccountStatement, examples.accountStatement), examples.accountStatementCsv),
        ...problems('not_found', 'invalid_request', 'invalid_time')
      }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const { account: externalId, by = 'recorded_at', after_version: after = 0, limit = REPORT_PAGE_DEFAULT } = request.query
    const id = internalId('acc', externalId)
    const account = id === null ? null : await findAccount(db, tenantId, id)
    if (account === null) throw new Refusal('not_found')
    const known = parsePoint({ as_of_seq: request.query.as_of_seq })
    const statement = await readAccountStatement(db, tenantId, account, parsePeriod(request.query), { by, known })
    if (wantsCsv(request)) {
      requireWhole(request.query, after)
      return answerCsv(reply, `account-statement-${externalId}-seq-${statement.bounds.seq}`, csvOf(tabulateStatement(db, tenantId, statement)))
    }
    const rows = await statementEntries(db, tenantId, statement, { limit: limit + 1, after: BigInt(after) })
    const page = toPage(rows, limit, (row) => row.version.toString(), (row) => showEntry(row, account.unit))
    const control = controlOf(page.data, (entry) => entryAmounts(entry, account.unit))
    return { ...showStatementHead(statement), entries: page.data, ...control, has_more: page.has_more, next_after_version: numberOf(page.next_cursor) }
  })

  app.get('/v1/reports/journal', {
    schema: {
      operationId: 'journalReport',
      tags: ['Reports'],
      summary: 'Journal',
      description: 'Every transaction of a period of recorded time with its transfers, in the order they were recorded; `to` is not included.',
      querystring: schemas.JournalQuery,
      response: { ...orCsv(answers(200, 'The journal, a page of it.', schemas.Journal, examples.journal), examples.journalCsv), ...problems('invalid_request', 'invalid_time') }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const { after_seq: after = 0, limit = REPORT_PAGE_DEFAULT } = request.query
    const journal = await readJournalPeriod(db, tenantId, parsePeriod(request.query))
    if (wantsCsv(request)) {
      requireWhole(request.query, after)
      return answerCsv(reply, `journal-seq-${journal.seq}`, csvOf(tabulateJournal(db, tenantId, journal)))
    }
    const rows = await journalTransactions(db, tenantId, journal, { limit: limit + 1, after: BigInt(after) })
    const page = toPage(rows, limit, (row) => row.seq.toString(), showTransaction)
    return { ...showJournalHead(journal), transactions: page.data, ...controlOf(page.data, transactionAmounts), has_more: page.has_more, next_after_seq: numberOf(page.next_cursor) }
  })

  app.get('/v1/reports/customs-declarations', {
    schema: {
      operationId: 'customsDeclarationsReport',
      tags: ['Reports'],
      summary: 'Customs declarations',
      description: 'Every declaration that was made in a period (`to` is not included), in that order, with what customs is told and what it answered: now, or as it stood at a recorded time or after a transaction. Nothing of who paid.',
      querystring: schemas.DeclarationsQuery,
      response: {
        ...orCsv(answers(200, 'The declarations, a page of them.', schemas.DeclarationsReport, examples.declarations), examples.declarationsCsv),
        ...problems('invalid_request', 'invalid_time')
      }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const { limit = REPORT_PAGE_DEFAULT, starting_after: cursor } = request.query
    const declarations = await readDeclarationPeriod(db, tenantId, parsePeriod(request.query), parsePoint(request.query))
    if (wantsCsv(request)) {
      requireWhole(request.query, cursor === undefined ? 0 : 1)
      return answerCsv(reply, `customs-declarations-seq-${declarations.seq}`, csvOf(tabulateDeclarations(db, tenantId, declarations)))
    }
    const rows = await listPeriodDeclarations(db, tenantId, declarations, { limit: limit + 1, after: cursorId('dcl', cursor) })
    const page = toPage(rows, limit, ({ id }) => externalId('dcl', id), showReportedDeclaration)
    return { ...showDeclarationsHead(declarations), declarations: page.data, ...controlOf(page.data, declarationAmounts), has_more: page.has_more, next_cursor: page.next_cursor }
  })
}

function numberOf (cursor: string | null): number | null {
  return cursor === null ? null : Number(cursor)
}
