import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { DisputeState, Evidence } from './dispute.ts'
import { disputeColumns, disputeOf, type DisputeRow } from './dispute-rows.ts'
import { evidenceColumns } from './evidence-rows.ts'
import type { DisputeTarget } from './find-dispute.ts'
import { showDispute, showEvidence, type DisputeJson, type EvidenceJson } from './show-dispute.ts'

/** How long disputes waited, in days, as lists show it. */
export const AGE_BUCKETS = ['0-7', '8-30', '31-90', '90+'] as const

/** Which disputes are wanted; `tradeId` is an inside id, null where none is asked for. */
export interface DisputeFilter {
  readonly state: DisputeState | undefined
  readonly tradeId: string | null
  readonly olderThanDays: number | undefined
}

/** A dispute with its age: whole days since it was opened, or, of one that is over, until it was. */
export interface AgedDisputeJson extends DisputeJson {
  readonly age_days: number
  readonly age_bucket: typeof AGE_BUCKETS[number]
}

/** The dispute of that inside id (null when the text was none) with its trade, which never changes: so it may be looked up before anything is locked. */
export async function targetOfDispute (db: Kysely<Database>, tenantId: number, disputeId: string | null): Promise<DisputeTarget> {
  const { rows: [row] } = await sql<{ tradeId: string }>`select trade_id as "tradeId" from disputes where tenant_id = ${tenantId} and id = ${disputeId}`.execute(db)
  return { disputeId, tradeId: row?.tradeId ?? null }
}

/** One dispute by its inside id (null when the text was none), with its evidence in the order it came. Refuses `not_found`. */
export async function readDispute (db: Kysely<Database>, tenantId: number, id: string | null): Promise<AgedDisputeJson & { readonly evidence: readonly EvidenceJson[] }> {
  const [dispute] = await readRows(db, tenantId, sql`id = ${id}`)
  if (dispute === undefined) throw new Refusal('not_found')
  const { rows } = await sql<Evidence>`select ${evidenceColumns} from dispute_evidence where tenant_id = ${tenantId} and dispute_id = ${id} order by number`.execute(db)
  return { ...showAged(dispute), evidence: rows.map(showEvidence) }
}

/** A page of a tenant's disputes, newest first; `before` is the inside id of the last one of the page before. */
export async function listDisputes (
  db: Kysely<Database>, tenantId: number, { state, tradeId, olderThanDays }: DisputeFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<AgedDisputeJson>> {
  const conditions = [sql`true`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (tradeId !== null) conditions.push(sql`trade_id = ${tradeId}`)
  if (olderThanDays !== undefined) conditions.push(sql`age_days > ${olderThanDays}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const rows = await readRows(db, tenantId, sql`${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`)
  return toPage(rows, limit, ({ id }) => externalId('dsp', id), showAged)
}

type AgedRow = DisputeRow & { readonly ageDays: number }

async function readRows (db: Kysely<Database>, tenantId: number, selection: ReturnType<typeof sql>): Promise<AgedRow[]> {
  const { rows } = await sql<AgedRow>`
    select ${disputeColumns}, age_days as "ageDays"
    from (
      select d.*, floor(extract(epoch from coalesce(d.decided_at, ${tenantNow}) - d.opened_at) / 86400)::integer as age_days
      from disputes d join tenant_counters c on c.tenant_id = d.tenant_id where d.tenant_id = ${tenantId}
    ) aged
    where ${selection}`.execute(db)
  return rows
}

function showAged ({ ageDays, ...row }: AgedRow): AgedDisputeJson {
  return { ...showDispute(disputeOf(row)), age_days: ageDays, age_bucket: ageDays <= 7 ? '0-7' : ageDays <= 30 ? '8-30' : ageDays <= 90 ? '31-90' : '90+' }
}
