import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { eachId, sendFor, unnest, type Columns } from '../db/unnest.ts'
import type { Books } from '../journal/operation.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { Campaign } from './campaign.ts'

/** Campaigns: locked before the wallets that they give to, because what they have left is what grants race for. */
export const CAMPAIGNS: RowKind<Campaign> = {
  name: 'coin campaign',
  rank: 33,
  idOf: ({ id }) => id,
  load: loadCampaigns,
  save: saveCampaigns
}

/** Saves a changed campaign as its next version, and answers it. */
export function saveCampaign (books: Books, campaign: Campaign): Campaign {
  const saved = { ...campaign, version: campaign.version + 1 }
  books.save(CAMPAIGNS, saved)
  return saved
}

/** What a `Campaign` is read from. */
export const campaignColumns = sql`
  id, currency, name, funder_id as "funderId", budget, granted, grants, buyer_cap as "buyerCap", starts_at as "startsAt", ends_at as "endsAt", ended_at as "endedAt",
  created_at as "createdAt", version`

async function loadCampaigns (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Campaign[]> {
  const { rows } = await sql<Campaign>`
    select campaign.* from ${eachId(ids)}
    cross join lateral (
      select ${campaignColumns} from coin_campaigns where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
    ) as campaign`.execute(trx)
  return rows
}

async function saveCampaigns (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Campaign>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    opened.length === 0
      ? null
      : sql`
        insert into coin_campaigns (tenant_id, id, currency, name, funder_id, budget, buyer_cap, starts_at, ends_at, next_attempt_at, created_at, version)
        select ${tenantId}, c.* from ${unnest('c', opened, OPENED)}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update coin_campaigns k set name = c.name, budget = c.budget, granted = c.granted, grants = c.grants, buyer_cap = c.buyer_cap, ends_at = c.ends_at,
          ended_at = c.ended_at, next_attempt_at = c.next_attempt_at, version = c.version
        from ${unnest('c', part, CHANGED)}
        where k.tenant_id = ${tenantId} and k.id = c.id and k.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a campaign changed while it was locked') from changed`.execute(trx))
  ])
}

/** When time has work with it: at its end, and never after that. */
function nextAttempt ({ endsAt, endedAt }: Campaign): Date | null {
  return endedAt === null ? endsAt : null
}

const OPENED: Columns<Campaign> = {
  id: ['uuid', ({ id }) => id],
  currency: ['text', ({ currency }) => currency],
  name: ['text', ({ name }) => name],
  funder_id: ['uuid', ({ funderId }) => funderId],
  budget: ['bigint', ({ budget }) => budget],
  buyer_cap: ['bigint', ({ buyerCap }) => buyerCap],
  starts_at: ['timestamptz', ({ startsAt }) => startsAt],
  ends_at: ['timestamptz', ({ endsAt }) => endsAt],
  next_attempt_at: ['timestamptz', nextAttempt],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version]
}

const CHANGED: Columns<{ readonly before: Campaign, readonly after: Campaign }> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  name: ['text', ({ after }) => after.name],
  budget: ['bigint', ({ after }) => after.budget],
  granted: ['bigint', ({ after }) => after.granted],
  grants: ['bigint', ({ after }) => after.grants],
  buyer_cap: ['bigint', ({ after }) => after.buyerCap],
  ends_at: ['timestamptz', ({ after }) => after.endsAt],
  ended_at: ['timestamptz', ({ after }) => after.endedAt],
  next_attempt_at: ['timestamptz', ({ after }) => nextAttempt(after)],
  version: ['integer', ({ after }) => after.version]
}
