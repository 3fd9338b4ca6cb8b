import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { unnest, type Columns } from '../db/unnest.ts'
import { externalId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { AuditAction } from './catalogue.ts'

/** Who acted: a key by its outside id, whoever may run the `holdfast` command, or the service by itself. */
export type Actor = 'cli' | 'service' | `key_${string}`

/** One administrative action. */
export interface AuditEntry {
  readonly actor: Actor
  readonly action: AuditAction
  /** The outside id of what it was done to; a tenant has none and goes by its name. */
  readonly subject: string
  /** What changed, in snake case, from what to what. Never a secret, never personal data, and no free text that may hold either. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Who acts with a request of that key. */
export function actorOf ({ keyId }: Principal): Actor {
  return externalId('key', keyId) as Actor
}

/**
 * Records actions in the transaction that does them, so that there is never one without the other. Numbers them without gaps,
 * in commit order, at strictly growing times of the database's clock.
 * Holds the tenant's row until the end of the transaction, which lets one administrative act of a tenant happen at a time:
 * call it after every other lock is taken. Within a batch of the Journal that is where a kind saves its rows; all is sent before anything
 * is waited for.
 */
export async function recordAudit (trx: BatchTransaction, tenantId: number, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  // In a statement of its own: the next one must see what the holder before us recorded.
  const locked = sql`select from tenants where id = ${tenantId} for no key update`.execute(trx)
  const recorded = sql`
    insert into audit_entries (tenant_id, seq, actor, action, subject, details, recorded_at)
    select ${tenantId}, coalesce(last.seq, 0) + e.ordinal, e.actor, e.action, e.subject, e.details,
      greatest(clock_timestamp(), last.recorded_at) + e.ordinal * interval '1 microsecond'
    from ${unnest('e', entries, COLUMNS, 'ordinal')}
    left join (select seq, recorded_at from audit_entries where tenant_id = ${tenantId} order by seq desc limit 1) last on true`.execute(trx)
  await Promise.all([locked, recorded])
}

const COLUMNS: Columns<AuditEntry> = {
  actor: ['text', ({ actor }) => actor],
  action: ['text', ({ action }) => action],
  subject: ['text', ({ subject }) => subject],
  details: ['jsonb', ({ details }) => JSON.stringify(details)]
}
