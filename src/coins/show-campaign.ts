import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { campaignState, leftOf, type Campaign, type CampaignState } from './campaign.ts'
import type { Programme } from './programme.ts'

/** A campaign as callers see it. Coins are whole numbers as texts; what they are worth is a decimal string of the currency. */
export interface CampaignJson {
  readonly id: string
  readonly state: CampaignState
  readonly programme: string
  readonly currency: string
  readonly coin: string
  readonly name: string
  /** The seller who pays, or `platform`. */
  readonly funder: string
  readonly budget: string
  readonly granted: string
  readonly left: string
  readonly grants: number
  readonly budget_value: string
  readonly left_value: string
  readonly buyer_cap: string | null
  readonly starts_at: string
  readonly ends_at: string
  readonly ended_at: string | null
  readonly created_at: string
  readonly version: number
}

/** The outside form of a campaign of a programme, as it stands at a moment. */
export function showCampaign (campaign: Campaign, { id: programmeId, unit: coin, coinValue }: Pick<Programme, 'id' | 'unit' | 'coinValue'>, now: Date): CampaignJson {
  const { id, currency, name, funderId, budget, granted, grants, buyerCap, startsAt, endsAt, endedAt, createdAt, version } = campaign
  const money = (coins: bigint): string => formatAmount(coins * coinValue, unitOf(currency))
  const left = leftOf(campaign)
  return {
    id: externalId('cmp', id),
    state: campaignState(campaign, now),
    programme: externalId('cpr', programmeId),
    currency,
    coin,
    name,
    funder: funderId === null ? 'platform' : externalId('pty', funderId),
    budget: budget.toString(),
    granted: granted.toString(),
    left: left.toString(),
    grants: Number(grants),
    budget_value: money(budget),
    left_value: money(left),
    buyer_cap: buyerCap?.toString() ?? null,
    starts_at: startsAt.toISOString(),
    ends_at: endsAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
    version
  }
}
