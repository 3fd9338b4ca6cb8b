import { Draft } from '../journal/draft.ts'
import type { Operation, Origin } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { draftFunding, draftReturnOfBudget, fundingAccounts } from './campaign-money.ts'
import { CAMPAIGNS, saveCampaign } from './campaign-rows.ts'
import { campaignState } from './campaign.ts'
import type { CampaignAnswer } from './create-campaign.ts'
import type { CampaignChange } from './parse-campaign.ts'
import { PROGRAMMES } from './programme-rows.ts'
import { showCampaign } from './show-campaign.ts'
import { tellCampaign, termsOf } from './tell-campaign.ts'

/** Which campaign is meant, by its inside id, with its currency, which never changes; null where the caller's text named none of the tenant's. */
export interface CampaignTarget {
  readonly id: string
  readonly currency: string
}

/**
 * Changes a campaign that is not over; what was granted stays. A seller pays for a larger budget, and gets back what a smaller one leaves. An event tells who changed what. Refuses
 * `not_found`, `campaign_over`, `budget_below_granted`, `invalid_time` for an end that has passed, and `insufficient_funds` where the seller has less.
 */
export function changeCampaign (origin: Origin, person: string, target: CampaignTarget | null, change: CampaignChange): Operation<CampaignAnswer> {
  return {
    ...origin,
    name: 'coin_campaign.change',
    lane: 'request',
    weight: 5,
    needs: [{ kind: PROGRAMMES, ids: () => target === null ? [] : [target.currency] }, { kind: CAMPAIGNS, ids: () => target === null ? [] : [target.id] }],
    accounts (rows) {
      const campaign = target === null ? null : rows.find(CAMPAIGNS, target.id)
      return campaign === null ? [] : fundingAccounts(campaign)
    },
    decide (books) {
      const [campaign, programme] = target === null ? [null, null] : [books.find(CAMPAIGNS, target.id), books.find(PROGRAMMES, target.currency)]
      if (campaign === null || programme === null) throw new Refusal('not_found')
      if (campaignState(campaign, books.now) === 'ended') throw new Refusal('campaign_over')
      const changed = { ...campaign, ...change }
      if (changed.budget < campaign.granted) throw refuseAt('budget_below_granted', '/budget', `The campaign granted ${campaign.granted} coins already.`)
      if (change.endsAt !== undefined && (changed.endsAt <= books.now || changed.endsAt <= campaign.startsAt)) {
        throw refuseAt('invalid_time', '/ends_at', 'A campaign ends in the future, after its start; end it with `POST /v1/coin-campaigns/{id}/ending`.')
      }
      const [from, to] = [termsOf(campaign), termsOf(changed)]
      if (JSON.stringify(from) === JSON.stringify(to)) return { ...showCampaign(campaign, programme, books.now), transactions: [] }
      const draft = new Draft(books)
      const more = changed.budget - campaign.budget
      if (more > 0n) draftFunding(draft, campaign, programme, more)
      else draftReturnOfBudget(draft, campaign, programme, -more)
      const transaction = books.post({ kind: 'coin_campaign.funding', subject: externalId('cmp', campaign.id), postings: draft.postings })
      const saved = saveCampaign(books, changed)
      tellCampaign(books, 'coin_campaign.changed', saved, programme, { changed_by: externalId('key', person), from, to })
      return { ...showCampaign(saved, programme, books.now), transactions: transaction === null ? [] : [externalId('txn', transaction)] }
    }
  }
}

function refuseAt (code: 'budget_below_granted' | 'invalid_time', pointer: string, detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code, detail }] })
}
