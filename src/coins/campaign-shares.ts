import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { idArray, sendFor, unnest, type Columns } from '../db/unnest.ts'
import type { Books } from '../journal/operation.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { CampaignShare } from './campaign.ts'

/** What buyers got of campaigns: read after the lock of their campaign, which is theirs as well. */
export const CAMPAIGN_SHARES: RowKind<CampaignShare> = {
  name: 'campaign share',
  rank: 34,
  idOf: ({ campaignId, buyerId }) => shareId(campaignId, buyerId),
  load: loadShares,
  save: saveShares
}

/** What names the share of a buyer in a campaign; both by their inside ids. */
export function shareId (campaignId: string, buyerId: string): string {
  return `${campaignId}/${buyerId}`
}

/** The share of a buyer in a campaign, of nothing where he got nothing yet. The operation has named it. */
export function shareOf (books: Books, campaignId: string, buyerId: string): CampaignShare {
  return books.find(CAMPAIGN_SHARES, shareId(campaignId, buyerId)) ?? { campaignId, buyerId, granted: 0n, grants: 0n }
}

async function loadShares (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<CampaignShare[]> {
  const names = ids.map((id) => id.split('/'))
  const { rows } = await sql<CampaignShare>`
    select share.* from unnest(${idArray(names.map(([campaignId = '']) => campaignId))}::uuid[], ${idArray(names.map(([, buyerId = '']) => buyerId))}::uuid[]) as wanted (campaign_id, buyer_id)
    cross join lateral (
      select campaign_id as "campaignId", buyer_id as "buyerId", granted, grants
      from coin_campaign_shares where tenant_id = ${tenantId} and campaign_id = wanted.campaign_id and buyer_id = wanted.buyer_id limit 1
    ) as share`.execute(trx)
  return rows
}

async function saveShares (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<CampaignShare>>): Promise<void> {
  const first = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const further = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    first.length === 0
      ? null
      : sql`
        insert into coin_campaign_shares (tenant_id, campaign_id, buyer_id, granted, grants)
        select ${tenantId}, s.* from ${unnest('s', first, FIRST)}`.execute(trx),
    sendFor(further, async (part) => await sql`
      with further as (
        update coin_campaign_shares s set granted = f.granted, grants = f.grants
        from ${unnest('f', part, FURTHER)}
        where s.tenant_id = ${tenantId} and s.campaign_id = f.campaign_id and s.buyer_id = f.buyer_id and s.grants = f.loaded_grants
        returning 1
      )
      select demand(count(*) = ${part.length}, 'what a buyer got changed while its campaign was locked') from further`.execute(trx))
  ])
}

const FIRST: Columns<CampaignShare> = {
  campaign_id: ['uuid', ({ campaignId }) => campaignId],
  buyer_id: ['uuid', ({ buyerId }) => buyerId],
  granted: ['bigint', ({ granted }) => granted],
  grants: ['bigint', ({ grants }) => grants]
}

const FURTHER: Columns<{ readonly before: CampaignShare, readonly after: CampaignShare }> = {
  campaign_id: ['uuid', ({ after }) => after.campaignId],
  buyer_id: ['uuid', ({ after }) => after.buyerId],
  loaded_grants: ['bigint', ({ before }) => before.grants],
  granted: ['bigint', ({ after }) => after.granted],
  grants: ['bigint', ({ after }) => after.grants]
}
