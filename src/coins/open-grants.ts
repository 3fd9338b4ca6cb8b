import type { Operation, Origin } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { CAMPAIGNS } from './campaign-rows.ts'
import type { CampaignTarget } from './change-campaign.ts'

/**
 * Takes a request for grants under its idempotency key, before the first of its rows: the same key with another request is refused as everywhere, and a campaign
 * that is not there as a whole. It changes nothing. Refuses `not_found`.
 */
export function openGrants (origin: Origin, target: CampaignTarget | null): Operation<{ readonly campaign: string }> {
  return {
    ...origin,
    name: 'coins.open_grants',
    lane: 'request',
    weight: 1,
    needs: [{ kind: CAMPAIGNS, ids: () => target === null ? [] : [target.id] }],
    decide (books) {
      const campaign = target === null ? null : books.find(CAMPAIGNS, target.id)
      if (campaign === null) throw new Refusal('not_found')
      return { campaign: externalId('cmp', campaign.id) }
    }
  }
}
