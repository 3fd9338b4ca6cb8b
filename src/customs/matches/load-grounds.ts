import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { Assurance } from '../identities/assurance.ts'
import type { SealedFields } from '../identities/identity-fields.ts'
import type { Tag } from '../identities/identity-tags.ts'
import type { Grounds } from './answer-questions.ts'
import { PAUSE_SECONDS } from './asker-rate.ts'
import type { AskerRate, Ground, KnownClaim, Person, Question } from './question.ts'

/**
 * Everything that questions of one tenant are answered with. Locks the customs side of the trades that may be asked about, by id; what is read is read after that. All of it is sent at once: one round trip,
 * however many questions there are.
 */
export async function loadGrounds (trx: BatchTransaction, tenantId: number, questions: readonly Question[]): Promise<Grounds> {
  const [, rows, rates] = await Promise.all([lockTrades(trx, tenantId, questions), readGrounds(trx, tenantId, questions), readRates(trx, tenantId, questions)])
  return { today: rows[0]?.today ?? '', grounds: rows.map((row) => groundOf(tenantId, row)), rates }
}

const ASKED: Columns<Question> = {
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  key_id: ['uuid', ({ asker }) => asker.keyId],
  purpose: ['text', ({ purpose }) => purpose],
  role: ['text', ({ role }) => role]
}

/** The grant that lets a key ask, where it holds; `a` is the question, `c` the tenant's counter. */
const GRANT = sql`
  select id, detail, cross_border from trade_grants
  where tenant_id = c.tenant_id and trade_id = a.trade_id and key_id = a.key_id and purpose = a.purpose and revoked_at is null and expires_at > ${tenantNow}
  limit 1`

async function lockTrades (trx: BatchTransaction, tenantId: number, questions: readonly Question[]): Promise<void> {
  await sql`
    select from trade_customs
    where tenant_id = ${tenantId} and trade_id in (
      select a.trade_id from tenant_counters c cross join ${unnest('a', questions, ASKED)} cross join lateral (${GRANT}) g where c.tenant_id = ${tenantId})
    order by trade_id for no key update`.execute(trx)
}

interface GroundRow {
  readonly today: string
  readonly grantId: string | null
  readonly detail: boolean
  readonly crossBorder: boolean
  readonly claims: readonly KnownClaim[] | null
  readonly heldVersion: number | null
  readonly identityId: string | null
  readonly partyId: string
  readonly assurance: Assurance
  readonly keyId: string | null
  readonly wrappedKey: Buffer
  readonly fields: SealedFields
  readonly tags: readonly Tag[]
  readonly isLive: boolean
  readonly purposes: readonly string[]
  readonly recipients: readonly string[]
  readonly consentCrossBorder: boolean
}

async function readGrounds (trx: BatchTransaction, tenantId: number, questions: readonly Question[]): Promise<GroundRow[]> {
  const { rows } = await sql<GroundRow>`
    select to_char(${tenantNow} at time zone 'UTC', 'YYYY-MM-DD') as today, g.id as "grantId", g.detail, g.cross_border as "crossBorder", t.claims, case when t.hold_id is not null then t.version end as "heldVersion",
      i.id as "identityId", i.party_id as "partyId", i.assurance, s.key_id as "keyId", s.wrapped_key as "wrappedKey", s.fields, s.tags,
      o.withdrawn_at is null and coalesce(o.expires_at > ${tenantNow}, true) as "isLive", o.purposes, o.recipients, o.cross_border as "consentCrossBorder"
    from tenant_counters c
    cross join ${unnest('a', questions, ASKED, 'ordinal')}
    left join lateral (${GRANT}) g on true
    left join lateral (
      select claims, hold_id, version, case a.role when 'payer' then payer_id when 'orderer' then orderer_id else consignee_id end as person_id
      from trade_customs where g.id is not null and tenant_id = c.tenant_id and trade_id = a.trade_id limit 1
    ) t on true
    left join lateral (select id, party_id, consent_id, assurance from identities where tenant_id = c.tenant_id and id = t.person_id limit 1) i on true
    left join lateral (select key_id, wrapped_key, fields, tags from identity_secrets where tenant_id = c.tenant_id and identity_id = t.person_id limit 1) s on true
    left join lateral (select withdrawn_at, expires_at, purposes, recipients, cross_border from consents where tenant_id = c.tenant_id and id = i.consent_id limit 1) o on true
    where c.tenant_id = ${tenantId}
    order by a.ordinal`.execute(trx)
  return rows
}

function groundOf (tenantId: number, row: GroundRow): Ground | null {
  const { grantId, detail, crossBorder, claims, heldVersion } = row
  return grantId === null ? null : { grant: { detail, crossBorder }, claims: claims ?? [], heldVersion, person: personOf(tenantId, row) }
}

function personOf (tenantId: number, { identityId, partyId, assurance, keyId, wrappedKey, fields, tags, isLive, purposes, recipients, consentCrossBorder }: GroundRow): Person | null {
  if (identityId === null) return null
  return {
    tenantId,
    identityId,
    partyId,
    assurance,
    consent: { isLive, purposes, recipients, crossBorder: consentCrossBorder },
    secret: keyId === null ? null : { keyId, wrappedKey, fields, tags }
  }
}

async function readRates (trx: BatchTransaction, tenantId: number, questions: readonly Question[]): Promise<Map<string, AskerRate>> {
  const keys = [...new Set(questions.map(({ asker }) => asker.keyId))].sort()
  const { rows } = await sql<AskerRate & { readonly keyId: string }>`
    select k.id as "keyId", coalesce(m.asked, 0)::integer as asked, coalesce(m.mismatched, 0)::integer as mismatched,
      case when p.until > now() then ceil(extract(epoch from p.until - now()))::integer end as "pausedSeconds"
    from unnest(${idArray(keys)}::uuid[]) as k (id)
    left join lateral (select until from broker_pauses where tenant_id = ${tenantId} and key_id = k.id limit 1) p on true
    left join lateral (
      select sum(asked) as asked, sum(mismatched) as mismatched from broker_minutes
      where tenant_id = ${tenantId} and key_id = k.id and minute > now() - ${PAUSE_SECONDS} * interval '1 second' and minute >= coalesce(p.until, '-infinity')
    ) m on true`.execute(trx)
  return new Map(rows.map(({ keyId, ...rate }) => [keyId, rate]))
}
