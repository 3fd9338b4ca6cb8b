import { sql, type Kysely, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../../../audit/record.ts'
import type { Database } from '../../../db/schema.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { MINUTE_MS, SECOND_MS } from '../../../kernel/time.ts'

/** Something that the imitated customs says to every message: China's code, how long after it took the message, and how long after that we hear it. Milliseconds. */
export interface PlannedAnswer {
  readonly code: string
  readonly afterMs: number
  readonly reportAfterMs: number
}

/** How the imitated customs of a sandbox answers without being told for each message. */
export interface CustomsPlan {
  /** So many times it cannot be reached with one message. */
  readonly failures: number
  readonly answers: readonly PlannedAnswer[]
}

/** The plan of a customs that nobody told otherwise: it takes everything in within ten minutes. */
export const DEFAULT_PLAN: CustomsPlan = {
  failures: 0,
  answers: [
    { code: '2', afterMs: MINUTE_MS, reportAfterMs: 0 },
    { code: '3', afterMs: 2 * MINUTE_MS, reportAfterMs: 0 },
    { code: '120', afterMs: 10 * MINUTE_MS, reportAfterMs: 0 }
  ]
}

interface StoredAnswer {
  readonly code: string
  readonly after_ms: number
  readonly report_after_ms: number
}

/** How the customs of a sandbox answers. Refuses `sandbox_only` for a live tenant. */
export async function readPlan (db: Kysely<Database>, tenantId: number): Promise<CustomsPlan> {
  const { rows: [row] } = await sql<{ kind: string, failures: number | null, answers: readonly StoredAnswer[] | null }>`
    select t.kind, p.failures, p.answers from tenants t left join sandbox_customs p on p.tenant_id = t.id where t.id = ${tenantId}`.execute(db)
  if (row?.kind !== 'sandbox') throw new Refusal('sandbox_only')
  if (row.failures === null || row.answers === null) return DEFAULT_PLAN
  return { failures: row.failures, answers: row.answers.map(({ code, after_ms: afterMs, report_after_ms: reportAfterMs }) => ({ code, afterMs, reportAfterMs })) }
}

/**
 * Changes what is named, for messages that are handed over from now on. Refuses `sandbox_only`. The tenant's row is locked first, so that of two
 * changes at once both count.
 */
export async function changePlan (trx: Transaction<Database>, tenantId: number, { change, actor }: { readonly change: Partial<CustomsPlan>, readonly actor: Actor }): Promise<CustomsPlan> {
  const { name } = await trx.selectFrom('tenants').select('name').where('id', '=', tenantId).forNoKeyUpdate().executeTakeFirstOrThrow()
  const after = { ...await readPlan(trx, tenantId), ...change }
  const stored = after.answers.map(({ code, afterMs, reportAfterMs }): StoredAnswer => ({ code, after_ms: afterMs, report_after_ms: reportAfterMs }))
  await sql`
    insert into sandbox_customs (tenant_id, failures, answers) values (${tenantId}, ${after.failures}, ${JSON.stringify(stored)}::jsonb)
    on conflict (tenant_id) do update set failures = excluded.failures, answers = excluded.answers`.execute(trx)
  await recordAudit(trx, tenantId, [{ actor, action: 'sandbox.customs_changed', subject: name, details: showPlan(after) }])
  return after
}

/** The outside form of a plan: seconds. */
export function showPlan ({ failures, answers }: CustomsPlan) {
  return {
    failures,
    answers: answers.map(({ code, afterMs, reportAfterMs }) => ({ code, after_seconds: afterMs / SECOND_MS, report_after_seconds: reportAfterMs / SECOND_MS }))
  }
}
