import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'

/** Something that happened, numbered without gaps in commit order. */
export interface Event {
  readonly seq: bigint
  /** The inside id. */
  readonly id: string
  readonly type: string
  /** The outside id of what it happened to. */
  readonly subject: string
  readonly data: unknown
  readonly recordedAt: Date
}

/** The events of a tenant after a number, in their order: at most `limit`. */
export async function readEvents (db: Kysely<Database>, tenantId: number, { after, limit }: { readonly after: bigint, readonly limit: number }): Promise<Event[]> {
  const { rows } = await sql<Event>`
    select seq, id, type, subject, data, recorded_at as "recordedAt"
    from events
    where tenant_id = ${tenantId} and seq > ${after}
    order by seq
    limit ${limit}`.execute(db)
  return rows
}
