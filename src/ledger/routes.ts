import type { Kysely } from 'kysely'
import type { Databases } from '../db/pools.ts'
import type { Database } from '../db/schema.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { IdParams } from '../http/schemas.ts'
import { externalId, internalId, type IdPrefix } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import { unitOf } from '../kernel/units.ts'
import { reach, stateAtSeq, type Point } from './as-of.ts'
import { findAccount, listAccounts, sumsByOccurredTime, type AccountRow } from './balances.ts'
import { boundsOf, listEntries } from './entries.ts'
import * as examples from './examples.ts'
import { parseCursor, parsePeriod, parsePoint } from './period.ts'
import * as schemas from './schemas.ts'
import { showAccount, showAccountName, showEntry, showTransaction } from './show.ts'
import { findTransaction, listTransactions } from './transactions.ts'

/** Mounts the reads of the ledger: accounts with their balances and entries, and the journal. */
export function registerLedgerRoutes (app: App, { databases }: { readonly databases: Databases }): void {
  app.get('/v1/accounts', {
    schema: {
      operationId: 'listAccounts',
      tags: ['Ledger'],
      summary: 'List accounts',
      description: 'Accounts with their balances as they stand, ordered by class, owner and unit.',
      querystring: schemas.AccountsQuery,
      response: { ...answers(200, 'A page of accounts.', schemas.AccountPage, examples.accountPage), ...problems('invalid_request') }
    }
  }, async (request) => {
    const { class: accountClass, owner, unit, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const startingAfter = cursor === undefined ? null : insideId('acc', cursor, 'invalid_request')
    const rows = await listAccounts(databases.report, request.principal.tenantId, { class: accountClass, owner, unit }, { limit: limit + 1, startingAfter })
    return toPage(rows, limit, (row) => externalId('acc', row.id), showAccount)
  })

  app.get('/v1/accounts/:id', {
    schema: {
      operationId: 'getAccount',
      tags: ['Ledger'],
      summary: 'Read an account, now or at a moment of the past',
      description: 'Without parameters: as it stands. With `as_of` or `as_of_seq`: as the books had it then. With `by=occurred_at`: with every fact that ' +
        'had occurred by `as_of`, however late we heard of it; `as_of_seq` then says up to which transaction facts are known. A time includes its whole millisecond.',
      params: IdParams('acc'),
      querystring: schemas.AccountQuery,
      response: { ...answers(200, 'The account at that moment.', schemas.AccountAt, examples.accountAt), ...problems('not_found', 'invalid_request', 'invalid_time') }
    }
  }, async (request) => {
    const { tenantId } = request.principal
    const id = insideId('acc', request.params.id)
    const account = found(await findAccount(databases.read, tenantId, id))
    const { as_of: asOf, as_of_seq: asOfSeq, by } = request.query
    if (by === 'occurred_at') {
      const known = parsePoint({ as_of_seq: asOfSeq })
      const time = parsePoint({ as_of: asOf })
      return await showByOccurredTime(databases.report, tenantId, account, { known, time })
    }
    const point = parsePoint({ as_of: asOf, as_of_seq: asOfSeq })
    if (point.kind === 'now') return { ...showAccount(account), seq: Number(account.seq) }
    const reached = await reach(databases.read, tenantId, point)
    const { version, balance } = await stateAtSeq(databases.read, tenantId, id, reached.seq)
    return {
      ...showAccountName(account),
      version: Number(version),
      balance: formatAmount(balance, unitOf(account.unit)),
      seq: Number(reached.seq),
      as_of: reached.asOf.toISOString(),
      by: 'recorded_at'
    }
  })

  app.get('/v1/accounts/:id/entries', {
    schema: {
      operationId: 'listEntries',
      tags: ['Ledger'],
      summary: 'List the entries of an account',
      description: 'Every change of the account with the balance after it, oldest or newest first. `from` and `to` are recorded times; `to` is not included.',
      params: IdParams('acc'),
      querystring: schemas.EntriesQuery,
      response: { ...answers(200, 'A page of entries.', schemas.EntryPage, examples.entryPage), ...problems('not_found', 'invalid_request', 'invalid_time') }
    }
  }, async (request) => {
    const { tenantId } = request.principal
    const { limit = PAGE_LIMIT_DEFAULT, order = 'asc', starting_after: startingAfter } = request.query
    const id = insideId('acc', request.params.id)
    const cursor = parseCursor(startingAfter)
    const account = found(await findAccount(databases.report, tenantId, id))
    const { opening, closing } = await boundsOf(databases.report, tenantId, id, parsePeriod(request.query))
    const range = { after: opening.version, upTo: closing.version }
    if (order === 'asc' && cursor > range.after) range.after = cursor
    if (order === 'desc' && cursor > 0n && cursor <= range.upTo) range.upTo = cursor - 1n
    const rows = await listEntries(databases.report, tenantId, id, range, { limit: limit + 1, order })
    return toPage(rows, limit, (row) => row.version.toString(), (row) => showEntry(row, account.unit))
  })

  app.get('/v1/transactions', {
    schema: {
      operationId: 'listTransactions',
      tags: ['Ledger'],
      summary: 'List the journal',
      description: 'Transactions with their transfers in the order they were recorded; the cursor of a page is the `seq` of its last transaction.',
      querystring: schemas.TransactionsQuery,
      response: { ...answers(200, 'A page of transactions.', schemas.TransactionPage, examples.transactionPage), ...problems('invalid_request') }
    }
  }, async (request) => {
    const { subject, limit = PAGE_LIMIT_DEFAULT, starting_after: startingAfter } = request.query
    const range = { after: parseCursor(startingAfter), subject }
    const rows = await listTransactions(databases.report, request.principal.tenantId, range, limit + 1)
    return toPage(rows, limit, (row) => row.seq.toString(), showTransaction)
  })

  app.get('/v1/transactions/:id', {
    schema: {
      operationId: 'getTransaction',
      tags: ['Ledger'],
      summary: 'Read a transaction',
      description: 'A transaction with its transfers and both accounts of each.',
      params: IdParams('txn'),
      response: { ...answers(200, 'The transaction.', schemas.Transaction, examples.transaction), ...problems('not_found') }
    }
  }, async (request) => {
    return showTransaction(found(await findTransaction(databases.read, request.principal.tenantId, insideId('txn', request.params.id))))
  })
}

async function showByOccurredTime (
  db: Kysely<Database>, tenantId: number, account: AccountRow, { known, time }: { readonly known: Point, readonly time: Point }
) {
  const unit = unitOf(account.unit)
  const { seq, asOf: now } = await reach(db, tenantId, known)
  const asOf = time.kind === 'time' ? time.time : now
  const sums = await sumsByOccurredTime(db, tenantId, account.id, { time: asOf, seq })
  return {
    ...showAccountName(account),
    debits: formatAmount(sums.debits, unit),
    credits: formatAmount(sums.credits, unit),
    balance: formatAmount(BigInt(account.sign) * (sums.credits - sums.debits), unit),
    seq: Number(seq),
    as_of: asOf.toISOString(),
    by: 'occurred_at' as const,
    entries_summed: Number(sums.entries)
  }
}

/** The inside id of an outside one; a well-formed one of nothing answers like a missing row. */
function insideId (prefix: IdPrefix, text: string, code: 'not_found' | 'invalid_request' = 'not_found'): string {
  const id = internalId(prefix, text)
  if (id !== null) return id
  throw code === 'not_found'
    ? new Refusal('not_found')
    : new Refusal('invalid_request', undefined, { errors: [{ pointer: '/starting_after', code }] })
}

function found<Row> (row: Row | null): Row {
  if (row === null) throw new Refusal('not_found')
  return row
}
