import type { Draft } from '../journal/draft.ts'
import { externalId } from '../kernel/ids.ts'
import type { AccountName } from '../ledger/accounts.ts'
import type { Campaign } from './campaign.ts'
import type { Programme } from './programme.ts'

/** What a seller put aside for a campaign and it has not given yet; null where the platform pays, whose budget is a limit only. */
export function budgetOf ({ id, currency, funderId }: Campaign): AccountName | null {
  return funderId === null ? null : { class: 'coin_campaign_budget', owner: externalId('cmp', id), unit: currency }
}

/** What the seller who pays for a campaign has, and what he owes; nothing where the platform pays. */
export function funderAccounts ({ currency, funderId }: Pick<Campaign, 'currency' | 'funderId'>): { readonly available: AccountName, readonly owed: AccountName } | null {
  if (funderId === null) return null
  const owner = externalId('pty', funderId)
  return { available: { class: 'seller_available', owner, unit: currency }, owed: { class: 'party_receivable', owner, unit: currency } }
}

/** Every account that putting money into a campaign's budget, or taking it out, may post to. */
export function fundingAccounts (campaign: Campaign): AccountName[] {
  const [budget, funder] = [budgetOf(campaign), funderAccounts(campaign)]
  return budget === null || funder === null ? [] : [budget, funder.available, funder.owed]
}

/** Drafts that a seller pays for so many coins more of a campaign. Nothing where the platform pays. */
export function draftFunding (draft: Draft, campaign: Campaign, { coinValue }: Pick<Programme, 'coinValue'>, coins: bigint): void {
  const [budget, funder] = [budgetOf(campaign), funderAccounts(campaign)]
  if (budget !== null && funder !== null) draft.add(funder.available, budget, coins * coinValue)
}

/** Drafts that a seller gets back what he paid for so many coins of a campaign, which it does not give; of that goes on what he owes. Nothing where the platform pays. */
export function draftReturnOfBudget (draft: Draft, campaign: Campaign, { coinValue }: Pick<Programme, 'coinValue'>, coins: bigint): void {
  const [budget, funder] = [budgetOf(campaign), funderAccounts(campaign)]
  if (budget === null || funder === null) return
  const { available, owed } = funder
  draft.add(budget, available, coins * coinValue)
  const [debt, means] = [draft.balance(owed), draft.balance(available)]
  draft.add(available, owed, debt < means ? debt : means)
}
