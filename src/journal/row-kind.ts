import type { BatchTransaction } from '../db/transaction.ts'

/** A change to write: the row as decided, and as it was loaded (null when it is new). */
export interface RowChange<Row extends object> {
  readonly before: Row | null
  readonly after: Row
}

/**
 * How the Journal locks, loads and saves one kind of row: an aggregate root with its children as one frozen value.
 * Kinds are locked in the order of their ranks, rows of one kind by id.
 */
export interface RowKind<Row extends object> {
  readonly name: string
  /** Groups 10, refunds 15, trades 20, payments 30; kinds that are only read (parties) 5. Accounts come after all of them. */
  readonly rank: number
  idOf (row: Row): string
  /**
   * Locks the roots with those ids, in id order, `for no key update` (kinds that are only read take no lock),
   * then reads their children in a later statement: a join that waited for the lock returns the new root with its old children.
   * Sends all of it before it waits for anything, so that statements share a round trip.
   */
  load (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Row[]>
  /**
   * Writes all changes of a batch with a few set-based statements, sent at once. They `demand` in SQL the row counts that they expect:
   * the batch's commit follows behind them unasked.
   */
  save (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Row>>): Promise<void>
}
