import { changeCampaign, type CampaignTarget } from '../../src/coins/change-campaign.ts'
import { budgetOf } from '../../src/coins/campaign-money.ts'
import { CAMPAIGNS } from '../../src/coins/campaign-rows.ts'
import { CAMPAIGN_SHARES } from '../../src/coins/campaign-shares.ts'
import type { Campaign } from '../../src/coins/campaign.ts'
import { walletAccounts } from '../../src/coins/coin-accounts.ts'
import { createCampaign, type CampaignAnswer } from '../../src/coins/create-campaign.ts'
import { endCampaign, meetCampaignEnd } from '../../src/coins/end-campaign.ts'
import { grantToBuyer, type GrantJson } from '../../src/coins/grant-to-buyer.ts'
import { parseCampaign, parseCampaignChange, type CampaignText } from '../../src/coins/parse-campaign.ts'
import { WALLETS } from '../../src/coins/wallet-rows.ts'
import type { Operation } from '../../src/journal/operation.ts'
import { externalId, internalId, newId } from '../../src/kernel/ids.ts'
import { DAY_MS } from '../../src/kernel/time.ts'
import { createParty } from '../../src/parties/create-party.ts'
import { CoinDesk } from './coin-desk.ts'
import { origin } from './memory-books.ts'

/** A grant as tests ask for it: outside ids. */
export interface AskedGrant {
  readonly ref: string
  readonly coins: number
  readonly buyer?: string
  readonly reason?: string | undefined
  /** The idempotency key of the request. */
  readonly key?: string
}

/** A marketplace whose coins are given away by campaigns, on books in memory. */
export class CampaignDesk extends CoinDesk {
  readonly person = newId()
  #keys = 0

  /** Makes a campaign: of the platform, with 1,000 coins, for ten days, unless `more` says otherwise. */
  campaign (more: Partial<CampaignText> = {}): CampaignAnswer {
    const text = { programme: externalId('cpr', this.programme.id), name: 'Spring', funder: 'platform', budget: 1_000, ends_at: this.inDays(10), ...more }
    return this.books.submit(createCampaign(origin(), this.person, { ...parseCampaign(text), currency: this.currency }))
  }

  change (campaign: CampaignAnswer, change: Parameters<typeof parseCampaignChange>[0]): CampaignAnswer {
    return this.books.submit(changeCampaign(origin(), this.person, this.target(campaign), parseCampaignChange(change)))
  }

  end (campaign: CampaignAnswer): CampaignAnswer {
    return this.books.submit(endCampaign(origin(), this.person, this.target(campaign)))
  }

  /** Lets the sweep come to a campaign, as it stands or as it was found. */
  sweepCampaign (campaign: CampaignAnswer, found: Campaign = this.row(campaign)): void {
    const { id, currency, endsAt, version } = found
    this.books.submit(meetCampaignEnd({ tenantId: 1, id, currency, endsAt, version }))
  }

  grant1 (campaign: CampaignAnswer, asked: AskedGrant): GrantJson {
    return this.books.submit(this.grantOf(campaign, asked))
  }

  grantOf (campaign: CampaignAnswer, { ref, coins, buyer = this.buyer, reason, key = `api:request-${++this.#keys}` }: AskedGrant): Operation<GrantJson> {
    return grantToBuyer({ tenantId: 1, key }, this.target(campaign), { ref, buyerId: internalId('pty', buyer), coins: BigInt(coins), reason: reason ?? null })
  }

  /** Another buyer. */
  newBuyer (name: string): string {
    return this.books.submit(createParty(origin(), { kind: 'buyer', externalRef: name, name })).id
  }

  row (campaign: Pick<CampaignAnswer, 'id'>): Campaign {
    const found = this.books.rows(CAMPAIGNS).find(({ id }) => externalId('cmp', id) === campaign.id)
    if (found === undefined) throw new Error('there is no such campaign')
    return found
  }

  target (campaign: Pick<CampaignAnswer, 'id'>): CampaignTarget {
    return { id: internalId('cmp', campaign.id) ?? '', currency: this.currency }
  }

  /** What a buyer has available, coins. */
  coinsOf (buyer: string): bigint {
    return this.books.balance(walletAccounts(internalId('pty', buyer) ?? '', this.programme).available)
  }

  inDays (days: number): string {
    return new Date(this.books.now.getTime() + days * DAY_MS).toISOString()
  }

  /** Beside what does not hold of coins: what campaigns say they gave and have left, by their shares, lots and budgets. */
  override faults (): string[] {
    const { books, programme } = this
    const lots = books.rows(WALLETS).flatMap((wallet) => wallet.lots)
    return [...super.faults(), ...books.rows(CAMPAIGNS).flatMap((campaign) => {
      const faults: string[] = []
      const expect = (what: string, is: bigint, should: bigint): void => { if (is !== should) faults.push(`${campaign.name}: ${what} ${is} instead of ${should}`) }
      const shares = books.rows(CAMPAIGN_SHARES).filter(({ campaignId }) => campaignId === campaign.id)
      const own = lots.filter(({ source, sourceId }) => source === 'granted' && sourceId === externalId('cmp', campaign.id))
      expect('shares', shares.reduce((sum, { granted }) => sum + granted, 0n), campaign.granted)
      expect('grants', shares.reduce((sum, { grants }) => sum + grants, 0n), campaign.grants)
      expect('lots', own.reduce((sum, { issued }) => sum + issued, 0n), campaign.granted)
      const budget = budgetOf(campaign)
      if (budget !== null) expect('budget', books.balance(budget), campaign.endedAt === null ? (campaign.budget - campaign.granted) * programme.coinValue : 0n)
      return faults
    })]
  }
}
