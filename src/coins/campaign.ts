import { Refusal } from '../kernel/refusals.ts'

/** How many coins a campaign may give, or a grant be of, at most: of any programme they are worth no more than one step may carry. */
export const COINS_MAX = 10 ** 12

/** What gives coins away: how many in all and to one buyer, from when until when, and who pays for them. Counts are coins. */
export interface Campaign {
  readonly id: string
  /** Of its programme. */
  readonly currency: string
  readonly name: string
  /** The seller who pays, by his inside id; null for the platform. */
  readonly funderId: string | null
  readonly budget: bigint
  readonly granted: bigint
  readonly grants: bigint
  /** Null where a buyer may get all of it. */
  readonly buyerCap: bigint | null
  readonly startsAt: Date
  /** From this moment on it grants nothing more. */
  readonly endsAt: Date
  /** When it was ended, by time or by hand. */
  readonly endedAt: Date | null
  readonly createdAt: Date
  readonly version: number
}

/** What a campaign gave to one buyer. Counts are coins. */
export interface CampaignShare {
  readonly campaignId: string
  readonly buyerId: string
  readonly granted: bigint
  readonly grants: bigint
}

export const CAMPAIGN_STATES = ['scheduled', 'running', 'ended'] as const
export type CampaignState = typeof CAMPAIGN_STATES[number]

/** Where a campaign stands at a moment. It ends with its period, whether or not its timer came. */
export function campaignState ({ startsAt, endsAt, endedAt }: Campaign, now: Date): CampaignState {
  if (endedAt !== null || endsAt <= now) return 'ended'
  return startsAt <= now ? 'running' : 'scheduled'
}

/** How many coins it can still give; none after it was ended. */
export function leftOf ({ budget, granted, endedAt }: Campaign): bigint {
  return endedAt === null ? budget - granted : 0n
}

/**
 * Counts a grant of coins to the buyer of a share: answers the campaign and the share after it. Refuses `campaign_not_begun`, `campaign_over`, `buyer_cap_reached` and
 * `campaign_budget_used`, which tell what would be possible.
 */
export function countGrant (campaign: Campaign, share: CampaignShare, coins: bigint, now: Date): { readonly campaign: Campaign, readonly share: CampaignShare } {
  switch (campaignState(campaign, now)) {
    case 'scheduled': throw new Refusal('campaign_not_begun')
    case 'ended': throw new Refusal('campaign_over')
    case 'running': break
  }
  const { buyerCap } = campaign
  if (buyerCap !== null && share.granted + coins > buyerCap) {
    throw refuseCoins('buyer_cap_reached', `One buyer gets at most ${buyerCap} coins of this campaign, and this one has got ${share.granted}.`)
  }
  if (coins > leftOf(campaign)) throw refuseCoins('campaign_budget_used', `The campaign has ${leftOf(campaign)} coins left.`)
  return {
    campaign: { ...campaign, granted: campaign.granted + coins, grants: campaign.grants + 1n },
    share: { ...share, granted: share.granted + coins, grants: share.grants + 1n }
  }
}

function refuseCoins (code: 'buyer_cap_reached' | 'campaign_budget_used', detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer: '/coins', code, detail }] })
}
