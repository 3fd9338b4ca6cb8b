import { internalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { parseTime } from '../kernel/time.ts'
import type { Campaign } from './campaign.ts'

/** A campaign as it is sent. */
export interface CampaignText {
  readonly programme: string
  readonly name: string
  /** The outside id of a seller, or `platform`. */
  readonly funder: string
  readonly budget: number
  readonly buyer_cap?: number | null
  readonly starts_at?: string
  readonly ends_at: string
}

/** A campaign to make. Without a start it begins at once. */
export interface NewCampaign extends Pick<Campaign, 'name' | 'funderId' | 'budget' | 'buyerCap' | 'endsAt'> {
  /** The inside id; null when the text was none. */
  readonly programmeId: string | null
  readonly startsAt: Date | null
}

/** What of a campaign can be changed; what is left out stays. */
export type CampaignChange = Partial<Pick<Campaign, 'name' | 'budget' | 'buyerCap' | 'endsAt'>>

/** Understands a new campaign. Refuses, with a pointer, `invalid_time`, and `unknown_party` for a funder that is no party's id. */
export function parseCampaign ({ programme, name, funder, budget, buyer_cap: buyerCap = null, starts_at: startsAt, ends_at: endsAt }: CampaignText): NewCampaign {
  const funderId = funder === 'platform' ? null : internalId('pty', funder)
  if (funder !== 'platform' && funderId === null) throw new Refusal('unknown_party', undefined, { errors: [{ pointer: '/funder', code: 'unknown_party' }] })
  return {
    programmeId: internalId('cpr', programme),
    name,
    funderId,
    budget: BigInt(budget),
    buyerCap: buyerCap === null ? null : BigInt(buyerCap),
    startsAt: startsAt === undefined ? null : parseTime(startsAt, '/starts_at'),
    endsAt: parseTime(endsAt, '/ends_at')
  }
}

/** Understands what is to be changed of a campaign. Refuses `invalid_time`, with a pointer. */
export function parseCampaignChange ({ name, budget, buyer_cap: buyerCap, ends_at: endsAt }: Partial<Pick<CampaignText, 'name' | 'budget' | 'buyer_cap' | 'ends_at'>>): CampaignChange {
  return {
    ...name === undefined ? {} : { name },
    ...budget === undefined ? {} : { budget: BigInt(budget) },
    ...buyerCap === undefined ? {} : { buyerCap: buyerCap === null ? null : BigInt(buyerCap) },
    ...endsAt === undefined ? {} : { endsAt: parseTime(endsAt, '/ends_at') }
  }
}
