import { createHash } from 'node:crypto'
import { Draft } from '../journal/draft.ts'
import type { Books, Operation, Origin, Rows } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { AccountName } from '../ledger/accounts.ts'
import { draftReturnOfBudget, fundingAccounts } from './campaign-money.ts'
import { CAMPAIGNS, saveCampaign } from './campaign-rows.ts'
import { leftOf, type Campaign } from './campaign.ts'
import type { CampaignTarget } from './change-campaign.ts'
import type { CampaignAnswer } from './create-campaign.ts'
import { PROGRAMMES } from './programme-rows.ts'
import type { Programme } from './programme.ts'
import { showCampaign } from './show-campaign.ts'
import { tellCampaign } from './tell-campaign.ts'

/** Ends a campaign before its time: what is left of a seller's budget goes back to him. What it granted stays. Refuses `not_found`, and `campaign_over` where it was ended. */
export function endCampaign (origin: Origin, person: string, target: CampaignTarget | null): Operation<CampaignAnswer> {
  return {
    ...origin,
    ...ending(target),
    lane: 'request',
    decide (books) {
      const { campaign, programme } = target === null ? { campaign: null, programme: null } : find(books, target)
      if (campaign === null || programme === null) throw new Refusal('not_found')
      if (campaign.endedAt !== null) throw new Refusal('campaign_over')
      const { ended, transactions } = end(books, campaign, programme, { ended_by: externalId('key', person) })
      return { ...showCampaign(ended, programme, books.now), transactions }
    }
  }
}

/** A campaign that the sweep found to be over; its end and version then. */
export interface DueCampaign extends CampaignTarget {
  readonly tenantId: number
  readonly endsAt: Date
  readonly version: number
}

/** Ends a campaign whose period is over, as {@link endCampaign} does. Decided from the campaign as it then stands; its key is that of what was found, so that it is done once. */
export function meetCampaignEnd ({ tenantId, endsAt, version, ...target }: DueCampaign): Operation<{ transactions: readonly string[] }> {
  const key = `timer:${externalId('cmp', target.id)}:${endsAt.toISOString()}:${version}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    ...ending(target),
    lane: 'due',
    decide (books) {
      const { campaign, programme } = find(books, target)
      if (campaign === null || programme === null || campaign.endedAt !== null) return { transactions: [] }
      if (campaign.endsAt > books.now) {
        // A stored answer would use up the key: a clock that was set back must not cost the seller what is left of his budget.
        if (campaign.endsAt.getTime() === endsAt.getTime()) throw new Error(`the campaign ${campaign.id} is not over by the books' clock`)
        return { transactions: [] }
      }
      return { transactions: end(books, campaign, programme, {}).transactions }
    }
  }
}

function ending (target: CampaignTarget | null): Pick<Operation<unknown>, 'name' | 'weight' | 'needs'> & { accounts: (rows: Rows) => readonly AccountName[] } {
  return {
    name: 'coin_campaign.end',
    weight: 5,
    needs: [{ kind: PROGRAMMES, ids: () => target === null ? [] : [target.currency] }, { kind: CAMPAIGNS, ids: () => target === null ? [] : [target.id] }],
    accounts (rows) {
      const campaign = target === null ? null : rows.find(CAMPAIGNS, target.id)
      return campaign === null ? [] : fundingAccounts(campaign)
    }
  }
}

function find (books: Books, { id, currency }: CampaignTarget): { readonly campaign: Campaign | null, readonly programme: Programme | null } {
  return { campaign: books.find(CAMPAIGNS, id), programme: books.find(PROGRAMMES, currency) }
}

function end (books: Books, campaign: Campaign, programme: Programme, facts: Readonly<Record<string, string>>): { readonly ended: Campaign, readonly transactions: readonly string[] } {
  const draft = new Draft(books)
  const unused = leftOf(campaign)
  draftReturnOfBudget(draft, campaign, programme, unused)
  const transaction = books.post({ kind: 'coin_campaign.end', subject: externalId('cmp', campaign.id), postings: draft.postings })
  const ended = saveCampaign(books, { ...campaign, endedAt: books.now })
  tellCampaign(books, 'coin_campaign.ended', ended, programme, { unused: unused.toString(), ...facts })
  return { ended, transactions: transaction === null ? [] : [externalId('txn', transaction)] }
}
