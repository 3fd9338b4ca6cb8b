import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'

/** One side of a transfer: its account, and where that stood after it. The balance is minor units in the account's own direction. */
export interface TransferSide {
  readonly account: string
  readonly class: string
  readonly owner: string
  readonly version: bigint
  readonly balance: bigint
}

/** One transfer of a transaction with both sides. The amount is minor units of `unit`. */
export interface TransferView {
  readonly position: number
  readonly unit: string
  readonly amount: bigint
  readonly debit: TransferSide
  readonly credit: TransferSide
}

/** A transaction of the journal with its transfers in their order. */
export interface TransactionView {
  readonly id: string
  readonly seq: bigint
  readonly kind: string
  /** The outside id of what the step was about; `''` where there is none. */
  readonly subject: string
  readonly description: string
  readonly reverses: string | null
  readonly occurred_at: Date
  readonly recorded_at: Date
  /** The accounting day, `YYYY-MM-DD`. */
  readonly booked_on: string
  readonly transfers: readonly TransferView[]
}

type TransactionRow = Omit<TransactionView, 'transfers'>

/** A part of the journal by `seq`: above `after`, up to and with `upTo`, of one subject where it is given. */
export interface JournalRange {
  readonly after: bigint
  readonly upTo?: bigint
  readonly subject?: string | undefined
}

const COLUMNS = sql`id, seq, kind, subject, description, reverses, occurred_at, recorded_at, booked_on`

/** The first transactions of a range in the order they were recorded, at most `limit`. */
export async function listTransactions (db: Kysely<Database>, tenantId: number, range: JournalRange, limit: number): Promise<TransactionView[]> {
  const conditions = [sql`tenant_id = ${tenantId}`, sql`seq > ${range.after}`]
  if (range.upTo !== undefined) conditions.push(sql`seq <= ${range.upTo}`)
  if (range.subject !== undefined) conditions.push(sql`subject = ${range.subject}`, sql`subject <> ''`)
  const { rows } = await sql<TransactionRow>`
    select ${COLUMNS} from transactions where ${sql.join(conditions, sql` and `)} order by seq limit ${limit}`.execute(db)
  return await withTransfers(db, tenantId, rows)
}

/** A transaction of this tenant, or null when there is none of that id. */
export async function findTransaction (db: Kysely<Database>, tenantId: number, id: string): Promise<TransactionView | null> {
  const { rows } = await sql<TransactionRow>`
    select ${COLUMNS} from transactions where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  const [transaction] = await withTransfers(db, tenantId, rows)
  return transaction ?? null
}

interface TransferRow {
  readonly transaction_id: string
  readonly position: number
  readonly unit: string
  readonly amount: bigint
  readonly debit_account_id: string
  readonly debit_class: string
  readonly debit_owner: string
  readonly debit_version: bigint
  readonly debit_balance: bigint
  readonly credit_account_id: string
  readonly credit_class: string
  readonly credit_owner: string
  readonly credit_version: bigint
  readonly credit_balance: bigint
}

async function withTransfers (db: Kysely<Database>, tenantId: number, transactions: readonly TransactionRow[]): Promise<TransactionView[]> {
  if (transactions.length === 0) return []
  const { rows } = await sql<TransferRow>`
    select t.transaction_id, t.position, t.unit, t.amount,
      t.debit_account_id, debit.class as debit_class, debit.owner as debit_owner, t.debit_version, t.debit_balance,
      t.credit_account_id, credit.class as credit_class, credit.owner as credit_owner, t.credit_version, t.credit_balance
    from transfers t
    join accounts debit on debit.tenant_id = ${tenantId} and debit.id = t.debit_account_id
    join accounts credit on credit.tenant_id = ${tenantId} and credit.id = t.credit_account_id
    where t.tenant_id = ${tenantId} and t.transaction_id = any(${transactions.map(({ id }) => id)}::uuid[])
    order by t.transaction_id, t.position`.execute(db)
  const transfers = new Map<string, TransferView[]>(transactions.map(({ id }) => [id, []]))
  for (const row of rows) transfers.get(row.transaction_id)?.push(viewOf(row))
  return transactions.map((transaction) => ({ ...transaction, transfers: transfers.get(transaction.id) ?? [] }))
}

function viewOf (row: TransferRow): TransferView {
  return {
    position: row.position,
    unit: row.unit,
    amount: row.amount,
    debit: {
      account: row.debit_account_id, class: row.debit_class, owner: row.debit_owner, version: row.debit_version, balance: row.debit_balance
    },
    credit: {
      account: row.credit_account_id, class: row.credit_class, owner: row.credit_owner, version: row.credit_version, balance: row.credit_balance
    }
  }
}
