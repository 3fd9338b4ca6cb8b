import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Page, PageQuery, Timestamp } from '../http/schemas.ts'
import { CAMPAIGN_STATES, COINS_MAX } from './campaign.ts'
import { CoinCode } from './schemas.ts'

const Coins = (description: string) => T.Integer({ minimum: 1, maximum: COINS_MAX, description })
const Count = (description: string) => T.String({ pattern: '^(0|[1-9][0-9]*)$', description, examples: ['100000'] })

const Name = T.String({ minLength: 1, maxLength: 100, description: 'A name for people to read.' })
const Funder = T.Union([T.Literal('platform'), Id('pty')], {
  description: 'Who pays: a seller, who puts the whole budget aside when it is made, or the `platform`, for which the budget is a limit.'
})
const State = T.Enum([...CAMPAIGN_STATES], { type: 'string', description: 'It grants while it is `running`: from `starts_at` on until `ends_at`, unless it was ended before.' })

const BUYER_CAP = 'How many coins one buyer may get of it; null for all of it.'

/** A campaign to make. */
export const CampaignRequest = Exactly({
  programme: Id('cpr'),
  name: Name,
  funder: Funder,
  budget: Coins('How many coins it may give.'),
  buyer_cap: T.Optional(Nullable(Coins(BUYER_CAP))),
  starts_at: T.Optional({ ...Timestamp, description: 'From when on it grants; at once where it is left out.' }),
  ends_at: { ...Timestamp, description: 'When it is over: what is left of a seller\'s budget then goes back to him.' }
}, {
  examples: [
    {
      programme: 'cpr_01kaj6n8k2f5rvt4r9e8q7m3zd', name: 'Spring live stream', funder: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg', budget: 100_000, buyer_cap: 500,
      starts_at: '2026-03-01T12:00:00Z', ends_at: '2026-03-08T00:00:00Z'
    },
    { programme: 'cpr_01kaj6n8k2f5rvt4r9e8q7m3zd', name: 'Daily garden game', funder: 'platform', budget: 5_000_000, ends_at: '2026-12-31T16:00:00Z' }
  ]
})

/** What is to be changed of a campaign; what is left out stays. */
export const CampaignChangeRequest = Exactly({
  name: T.Optional(Name),
  budget: T.Optional(Coins('How many coins it may give in all, what it gave already included. A seller pays for more of them, and gets back what he paid for fewer.')),
  buyer_cap: T.Optional(Nullable(Coins(`${BUYER_CAP} What a buyer got already stays.`))),
  ends_at: T.Optional(Timestamp)
}, { minProperties: 1, examples: [{ budget: 150_000, ends_at: '2026-03-15T00:00:00Z' }, { buyer_cap: null }] })

const campaignProperties = {
  id: Id('cmp'),
  state: State,
  programme: Id('cpr'),
  currency: Currency,
  coin: CoinCode,
  name: Name,
  funder: Funder,
  budget: Count('How many coins it may give.'),
  granted: Count('How many it gave.'),
  left: Count('How many it can still give; none after it was ended.'),
  grants: T.Integer({ minimum: 0, description: 'In how many grants.' }),
  budget_value: { ...Money, description: 'What the coins of its budget are worth.' },
  left_value: { ...Money, description: 'What the coins that are left are worth: of a seller\'s campaign, what is still put aside.' },
  buyer_cap: Nullable(Count(BUYER_CAP)),
  starts_at: Timestamp,
  ends_at: Timestamp,
  ended_at: Nullable({ ...Timestamp, description: 'When it was ended, by time or by hand.' }),
  created_at: Timestamp,
  version: T.Integer({ minimum: 1 })
}

export const CampaignBody = component('CoinCampaign', T.Object(campaignProperties, { description: 'What gives coins away, at whose cost, how many in all and to one buyer.' }))

/** A campaign that was made or changed, with what that posted. */
export const CampaignStepBody = component('CoinCampaignStep', T.Object({ ...campaignProperties, transactions: T.Array(Id('txn')) }))

export const CampaignPage = Page('CoinCampaignPage', CampaignBody)

export const CampaignQuery = PageQuery({ state: T.Optional(State), funder: T.Optional(Funder), programme: T.Optional(Id('cpr')) })

export const CAMPAIGN_EXAMPLE = {
  id: 'cmp_01kaj6n8k2f5rvt4r9e8q7m3zr',
  state: 'running',
  programme: 'cpr_01kaj6n8k2f5rvt4r9e8q7m3zd',
  currency: 'CNY',
  coin: 'TAOCOIN',
  name: 'Spring live stream',
  funder: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg',
  budget: '100000',
  granted: '2500',
  left: '97500',
  grants: 25,
  budget_value: '1000.00',
  left_value: '975.00',
  buyer_cap: '500',
  starts_at: '2026-03-01T12:00:00.000Z',
  ends_at: '2026-03-08T00:00:00.000Z',
  ended_at: null,
  created_at: '2026-02-20T08:00:00.000Z',
  version: 26
}

export const NEW_CAMPAIGN_EXAMPLE = {
  ...CAMPAIGN_EXAMPLE, state: 'scheduled', granted: '0', left: '100000', grants: 0, left_value: '1000.00', version: 1, transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zs']
}

export const ENDED_CAMPAIGN_EXAMPLE = {
  ...CAMPAIGN_EXAMPLE, state: 'ended', left: '0', left_value: '0.00', ended_at: '2026-03-05T10:00:00.000Z', version: 27, transactions: ['txn_01kaj6n8k2f5rvt4r9e8q7m3zt']
}
