import { Draft } from '../journal/draft.ts'
import type { Operation, Origin } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { PARTIES } from '../parties/party-rows.ts'
import { budgetOf, draftFunding, funderAccounts } from './campaign-money.ts'
import { CAMPAIGNS } from './campaign-rows.ts'
import type { Campaign } from './campaign.ts'
import type { NewCampaign } from './parse-campaign.ts'
import { PROGRAMMES } from './programme-rows.ts'
import { tellCampaign } from './tell-campaign.ts'
import { showCampaign, type CampaignJson } from './show-campaign.ts'

/** What a campaign answers that was made or changed. */
export interface CampaignAnswer extends CampaignJson {
  readonly transactions: readonly string[]
}

/**
 * Makes a campaign; a seller who pays for it puts all of its budget aside. `person` is the inside id of the caller's key. Refuses `unknown_programme` (also for no currency, which is
 * that of no programme), `unknown_party` and `wrong_party_kind` at `/funder`, `invalid_time` for a period that is over, and `insufficient_funds` where the seller has less.
 */
export function createCampaign (origin: Origin, person: string, { programmeId, currency, ...wanted }: NewCampaign & { readonly currency: string | null }): Operation<CampaignAnswer> {
  const { funderId } = wanted
  return {
    ...origin,
    name: 'coin_campaign.create',
    lane: 'request',
    weight: 6,
    needs: [
      { kind: PARTIES, ids: () => funderId === null ? [] : [funderId] },
      { kind: PROGRAMMES, ids: () => currency === null ? [] : [currency] }
    ],
    accounts: () => currency === null ? [] : Object.values(funderAccounts({ currency, funderId }) ?? {}),
    decide (books) {
      const programme = currency === null ? null : books.find(PROGRAMMES, currency)
      if (programme === null || programme.id !== programmeId) throw refuseAt('unknown_programme', '/programme')
      requireFunder(funderId === null ? null : { kind: books.find(PARTIES, funderId)?.kind })
      const startsAt = wanted.startsAt ?? books.now
      if (wanted.endsAt <= books.now || wanted.endsAt <= startsAt) throw refuseAt('invalid_time', '/ends_at', 'A campaign ends in the future, after its start.')
      const campaign: Campaign = {
        ...wanted, startsAt, id: books.newId(), currency: programme.currency, granted: 0n, grants: 0n, endedAt: null, createdAt: books.now, version: 1
      }
      const subject = externalId('cmp', campaign.id)
      if (budgetOf(campaign) !== null) books.introduce(subject)
      const draft = new Draft(books)
      draftFunding(draft, campaign, programme, campaign.budget)
      const transaction = books.post({ kind: 'coin_campaign.funding', subject, postings: draft.postings })
      books.save(CAMPAIGNS, campaign)
      tellCampaign(books, 'coin_campaign.created', campaign, programme, { created_by: externalId('key', person) })
      return { ...showCampaign(campaign, programme, books.now), transactions: transaction === null ? [] : [externalId('txn', transaction)] }
    }
  }
}

function requireFunder (funder: { readonly kind: string | undefined } | null): void {
  if (funder === null || funder.kind === 'seller') return
  throw funder.kind === undefined
    ? refuseAt('unknown_party', '/funder')
    : refuseAt('wrong_party_kind', '/funder', `A ${funder.kind} cannot be named where a seller belongs.`)
}

function refuseAt (code: 'unknown_programme' | 'unknown_party' | 'wrong_party_kind' | 'invalid_time', pointer: string, detail?: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code }] })
}
