import { sql } from 'kysely'
import { recordAudit } from '../../audit/record.ts'
import type { BatchTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'
import { externalId } from '../../kernel/ids.ts'
import { tenantNow } from '../../tenants/clock.ts'
import { recordLookups } from '../lookups/record-lookups.ts'
import type { Answers, NewMatch } from './answer-questions.ts'
import { PAUSE_SECONDS } from './asker-rate.ts'
import { POLICY } from './verdict.ts'

/** Writes what questions came to, all of it at once: the claims under their trades' locks, the matches, what brokers asked anew, and, last, the trail of it all. */
export async function writeAnswers (trx: BatchTransaction, tenantId: number, answers: Answers): Promise<void> {
  const paused = [...answers.rates].flatMap(([keyId, { pausedSeconds }]) => pausedSeconds === null ? [] : [keyId])
  await Promise.all([
    saveClaims(trx, tenantId, answers),
    saveMatches(trx, tenantId, answers.matches),
    countAsked(trx, tenantId, askedAnew(answers)),
    pauseKeys(trx, tenantId, paused),
    recordLookups(trx, tenantId, answers.lookups.map(({ question: { asker, tradeId, role, jurisdiction, purpose }, ...lookup }) => ({ keyId: asker.keyId, tradeId, role, jurisdiction, purpose, ...lookup }))),
    recordAudit(trx, tenantId, paused.map((keyId) => ({ actor: 'service', action: 'broker.paused', subject: externalId('key', keyId), details: { seconds: PAUSE_SECONDS } })))
  ])
}

interface SavedClaims {
  readonly tradeId: string
  readonly claims: string | null
  readonly clearedBy: string | null
}

const CLAIM_COLUMNS: Columns<SavedClaims> = {
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  claims: ['jsonb', ({ claims }) => claims],
  cleared_by: ['uuid', ({ clearedBy }) => clearedBy]
}

async function saveClaims (trx: BatchTransaction, tenantId: number, { claims, cleared }: Answers): Promise<void> {
  const trades = [...new Set([...claims.keys(), ...cleared.keys()])]
  if (trades.length === 0) return
  const saved = trades.map((tradeId): SavedClaims => {
    const made = claims.get(tradeId)
    return { tradeId, claims: made === undefined ? null : JSON.stringify(made), clearedBy: cleared.get(tradeId)?.matchId ?? null }
  })
  await sql`
    with saved as (
      update trade_customs t set claims = coalesce(s.claims, t.claims), cleared_by = coalesce(s.cleared_by, t.cleared_by),
        lift_at = case when s.cleared_by is null then t.lift_at else ${tenantNow} end
      from tenant_counters c, ${unnest('s', saved, CLAIM_COLUMNS)}
      where c.tenant_id = ${tenantId} and t.tenant_id = ${tenantId} and t.trade_id = s.trade_id
      returning 1
    )
    select demand(count(*) = ${saved.length}, 'the customs side of a trade is missing') from saved`.execute(trx)
}

async function saveMatches (trx: BatchTransaction, tenantId: number, matches: readonly NewMatch[]): Promise<void> {
  if (matches.length === 0) return
  await sql`
    insert into matches (tenant_id, policy, created_at, id, trade_id, key_id, identity_id, role, jurisdiction, purpose, verdict, assurance, commitment, fields_checked)
    select ${tenantId}, ${POLICY}, ${tenantNow}, m.id, m.trade_id, m.key_id, m.identity_id, m.role, m.jurisdiction, m.purpose, m.verdict, m.assurance, m.commitment,
      array(select jsonb_array_elements_text(m.checked))
    from tenant_counters c, ${unnest('m', matches, MATCH_COLUMNS)} where c.tenant_id = ${tenantId}`.execute(trx)
}

const MATCH_COLUMNS: Columns<NewMatch> = {
  id: ['uuid', ({ id }) => id],
  trade_id: ['uuid', ({ question }) => question.tradeId],
  key_id: ['uuid', ({ question }) => question.asker.keyId],
  identity_id: ['uuid', ({ identityId }) => identityId],
  role: ['text', ({ question }) => question.role],
  jurisdiction: ['text', ({ question }) => question.jurisdiction],
  purpose: ['text', ({ question }) => question.purpose],
  verdict: ['text', ({ verdict }) => verdict],
  assurance: ['text', ({ assurance }) => assurance],
  commitment: ['bytea', ({ commitment }) => commitment],
  checked: ['jsonb', ({ checked }) => JSON.stringify(checked)]
}

interface AskedAnew {
  readonly keyId: string
  readonly asked: number
  readonly mismatched: number
}

/** How much of it each key had not asked before, of those about whom something could be said; in the order of the keys, in which their rows are locked. */
function askedAnew ({ matches }: Answers): AskedAnew[] {
  const counts = new Map<string, AskedAnew>()
  for (const { question: { asker: { keyId } }, verdict } of matches) {
    if (verdict === 'unavailable') continue
    const { asked, mismatched } = counts.get(keyId) ?? { asked: 0, mismatched: 0 }
    counts.set(keyId, { keyId, asked: asked + 1, mismatched: mismatched + (verdict === 'no_match' ? 1 : 0) })
  }
  return [...counts.values()].sort((one, other) => one.keyId < other.keyId ? -1 : 1)
}

async function countAsked (trx: BatchTransaction, tenantId: number, counts: readonly AskedAnew[]): Promise<void> {
  if (counts.length === 0) return
  await sql`
    insert into broker_minutes (tenant_id, minute, key_id, asked, mismatched)
    select ${tenantId}, date_trunc('minute', now()), a.key_id, a.asked, a.mismatched from ${unnest('a', counts, COUNT_COLUMNS)}
    on conflict (tenant_id, key_id, minute) do update set asked = broker_minutes.asked + excluded.asked, mismatched = broker_minutes.mismatched + excluded.mismatched`.execute(trx)
}

const COUNT_COLUMNS: Columns<AskedAnew> = {
  key_id: ['uuid', ({ keyId }) => keyId],
  asked: ['integer', ({ asked }) => asked],
  mismatched: ['integer', ({ mismatched }) => mismatched]
}

async function pauseKeys (trx: BatchTransaction, tenantId: number, keyIds: readonly string[]): Promise<void> {
  if (keyIds.length === 0) return
  await sql`
    insert into broker_pauses (tenant_id, key_id, paused_at, until)
    select ${tenantId}, k.key_id, now(), now() + ${PAUSE_SECONDS} * interval '1 second' from ${unnest('k', keyIds, { key_id: ['uuid', (id) => id] })}
    on conflict (tenant_id, key_id) do update set paused_at = excluded.paused_at, until = excluded.until`.execute(trx)
}

/** Forgets what was counted longer ago than anybody asks for; answers how much. */
export async function forgetMinutes (db: BatchTransaction): Promise<number> {
  const { numAffectedRows = 0n } = await sql`delete from broker_minutes where minute < now() - 2 * ${PAUSE_SECONDS} * interval '1 second'`.execute(db)
  return Number(numAffectedRows)
}
