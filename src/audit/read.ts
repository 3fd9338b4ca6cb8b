import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'

/** An administrative action as it was recorded. */
export interface RecordedEntry {
  /** Its number among those of its tenant; no number is left out. */
  readonly seq: bigint
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly details: unknown
  readonly recordedAt: Date
}

/** Which entries to read: those that match all that is named. */
export interface AuditFilter {
  readonly action?: string | undefined
  readonly subject?: string | undefined
  readonly actor?: string | undefined
}

/** A tenant's trail, newest first, before that number (null: from the newest): at most `limit`. */
export async function readAudit (
  db: Kysely<Database>, tenantId: number, { action, subject, actor }: AuditFilter, { before, limit }: { readonly before: bigint | null, readonly limit: number }
): Promise<RecordedEntry[]> {
  let query = db.selectFrom('audit_entries')
    .select(['seq', 'actor', 'action', 'subject', 'details', 'recorded_at as recordedAt'])
    .where('tenant_id', '=', tenantId)
    .orderBy('seq', 'desc')
    .limit(limit)
  if (before !== null) query = query.where('seq', '<', before)
  if (action !== undefined) query = query.where('action', '=', action)
  if (subject !== undefined) query = query.where('subject', '=', subject)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  return await query.execute()
}

/** An entry as it is answered and printed. */
export function showEntry ({ seq, actor, action, subject, details, recordedAt }: RecordedEntry) {
  return { seq: Number(seq), actor, action, subject, details, recorded_at: recordedAt.toISOString() }
}
