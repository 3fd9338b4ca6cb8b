import type { EventType } from '../events/catalogue.ts'
import type { Books } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import type { Campaign } from './campaign.ts'
import type { Programme } from './programme.ts'

/** Records an event about a campaign: whose coins it gives, how many of them, until when, and who pays. */
export function tellCampaign (
  books: Books, type: Extract<EventType, `coin_campaign.${string}`>, campaign: Campaign, programme: Programme, facts: Readonly<Record<string, unknown>>
): void {
  books.append({
    type,
    subject: externalId('cmp', campaign.id),
    data: { programme: externalId('cpr', programme.id), coin: programme.unit, ...termsOf(campaign), granted: campaign.granted.toString(), ...facts }
  })
}

/** What of a campaign somebody decided, as events and people read it. */
export function termsOf ({ name, funderId, budget, buyerCap, startsAt, endsAt }: Campaign): Readonly<Record<string, string | null>> {
  return {
    name,
    funder: funderId === null ? 'platform' : externalId('pty', funderId),
    budget: budget.toString(),
    buyer_cap: buyerCap?.toString() ?? null,
    starts_at: startsAt.toISOString(),
    ends_at: endsAt.toISOString()
  }
}
