import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { Claim } from '../../journal/operation.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'

/** What a currency is worth in another one, as somebody vouched for it. */
export interface FxQuote {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Whole units of `to` for one whole unit of `from`, a decimal string. */
  readonly rate: string
  /** Who says so, and under which reference: together they name one quote. */
  readonly source: string
  readonly reference: string
  readonly expiresAt: Date
  /** The inside id of the key that it came by. */
  readonly createdBy: string
  readonly createdAt: Date
}

/** Quotes: read without a lock, written once. */
export const FX_QUOTES: RowKind<FxQuote> = {
  name: 'fx quote',
  rank: 6,
  idOf: (quote) => quote.id,
  load: loadQuotes,
  save: insertQuotes
}

/** The claim that keeps a source's reference unique. */
export function fxQuoteClaim ({ source, reference }: Pick<FxQuote, 'source' | 'reference'>): Claim {
  return { kind: 'fx_quote', key: `${source}:${reference}` }
}

/** What an `FxQuote` is read from. */
export const fxQuoteColumns = sql`
  id, from_unit as "from", to_unit as "to", rate, source, reference, expires_at as "expiresAt", created_by as "createdBy", created_at as "createdAt"`

async function loadQuotes (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<FxQuote[]> {
  const { rows } = await sql<FxQuote>`
    select ${fxQuoteColumns} from fx_quotes where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[])`.execute(trx)
  return rows
}

async function insertQuotes (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<FxQuote>>): Promise<void> {
  await sql`
    insert into fx_quotes (tenant_id, id, from_unit, to_unit, rate, source, reference, expires_at, created_by, created_at)
    select ${tenantId}, q.* from ${unnest('q', changes.map(({ after }) => after), COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<FxQuote> = {
  id: ['uuid', ({ id }) => id],
  from_unit: ['text', ({ from }) => from],
  to_unit: ['text', ({ to }) => to],
  rate: ['text', ({ rate }) => rate],
  source: ['text', ({ source }) => source],
  reference: ['text', ({ reference }) => reference],
  expires_at: ['timestamptz', ({ expiresAt }) => expiresAt],
  created_by: ['uuid', ({ createdBy }) => createdBy],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}
