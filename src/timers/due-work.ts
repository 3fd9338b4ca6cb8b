import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { Operation } from '../journal/operation.ts'

/** A kind of work that time brings about: where it is found, and the operation that does it. */
export interface DueWork<Due> {
  readonly name: string
  /**
   * What is due now, of all tenants or of one, at most `limit`: those that waited longest, but of each tenant in turn, so that the
   * backlog of one keeps nobody else waiting. What is due is told by each tenant's own clock (`tenantNow`).
   */
  find (db: Kysely<Database>, limit: number, tenantId?: number): Promise<readonly Due[]>
  /** How much is due and was not done, of all tenants, up to 1,000 of each, and how long the oldest has been waiting. Cheap enough to be asked every few seconds. */
  overdue (db: Kysely<Database>): Promise<{ readonly count: number, readonly oldestSeconds: number }>
  /** When the next piece of work of a tenant is to be tried, by its clock, whether that has passed or not; null when there is none. */
  next (db: Kysely<Database>, tenantId: number): Promise<Date | null>
  /** One text for one piece of work. */
  keyOf (due: Due): string
  /**
   * Does the work, whenever and however often it is submitted, once. What has to happen outside of the books before can be waited for, and may
   * happen again.
   */
  operation (due: Due): Operation<unknown> | Promise<Operation<unknown>>
  /** Whether a failure only says that the work is no longer as it was found: then it is found anew and tried again at once. */
  isOutdated? (error: unknown): boolean
  /** Lets a piece of work that failed step back behind the others for a while, by the tenant's clock. Answers whether it still was to be done, as it was found. */
  postpone (db: Kysely<Database>, due: Due, delayMs: number): Promise<boolean>
}
