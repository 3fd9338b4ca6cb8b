import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Exactly, Id, Money, Nullable, Reference, SignedMoney, Timestamp } from '../../http/schemas.ts'
import { Provider } from '../trade/money-place-schemas.ts'
import { QUOTED_ACTIONS } from './quoted-life.ts'
import { GroupId, TermsRequest, TRADE_REQUEST_EXAMPLE } from '../steps/trade-schemas.ts'

/** What `POST /v1/trades` takes, and what is assumed of the trade's life. */
export const QuoteRequest = Exactly({
  ...TermsRequest.properties,
  group: T.Optional(GroupId),
  external_ref: T.Optional({ ...Reference, description: 'As of a trade: one that is taken is refused, but it is not taken by this. Without it any.' }),
  provider: T.Optional({ ...Provider, description: 'Through whom it would be paid: the owner of the clearing account in the postings. Without it `unnamed`.' }),
  ship_at: T.Optional({ ...Timestamp, description: 'When all of it would be shipped: now where that is not told, or has passed.' })
}, { examples: [{ ...TRADE_REQUEST_EXAMPLE, ship_at: '2026-02-01T08:00:00Z' }] })

const PartyAmount = T.Object({ party: Id('pty'), currency: Currency, amount: SignedMoney })

const Side = T.Object({ class: T.String(), owner: T.String() })

export const QuoteBody = component('Quote', T.Object({
  currency: Currency,
  total: Money,
  coins_value: Money,
  amount_due: Money,
  commission: SignedMoney,
  splits: T.Array(PartyAmount, { description: 'What each partner gets, also where that pays what it owes.' }),
  sellers: T.Array(PartyAmount, {
    description: 'What each seller gets when commission and splits are taken, also where that is kept in reserve or pays what he owes.'
  }),
  group: Nullable(T.Object({
    id: Id('grp'),
    others: T.Integer({ minimum: 0, description: 'How many others must join and pay beside this one, before anything is shipped.' }),
    fill_by: { ...Timestamp, description: 'Until when: else all that was paid goes back.' }
  }, { description: 'The group that it would join; null where there is none.' })),
  lines: T.Array(T.Object({
    ref: Reference,
    seller: Id('pty'),
    earliest_release: T.Object({ by_buyer: Timestamp, by_silence: Nullable(Timestamp) }, {
      description: 'When the line can be released if its group is filled by then, and it is shipped at `ship_at` and attested as its release conditions ask: by the buyer\'s confirmation, and by his silence; ' +
        'null where silence does not count.'
    })
  })),
  steps: T.Array(T.Object({
    action: T.Enum([...QUOTED_ACTIONS], { type: 'string' }),
    at: Timestamp,
    transactions: T.Array(T.Object({
      kind: T.String(),
      subject: T.String(),
      description: T.String(),
      transfers: T.Array(T.Object({ debit: Side, credit: Side, amount: Money, unit: T.String() }))
    }))
  }), { description: 'Every posting that the trade would cause if it is paid now, and shipped, attested where its lines ask for it, and confirmed in full at `ship_at`, step by step. `fill`: its group is filled.' })
}, { description: 'What a trade would cost, bring and post. Ids of its trade and payment name nothing: there is no such trade.' }))

const ESCROW = { class: 'escrow', owner: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze' }
const SELLER = { class: 'seller_available', owner: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zg' }

export const QUOTE_EXAMPLE = {
  currency: 'CNY',
  total: '44.80',
  coins_value: '0.00',
  amount_due: '44.80',
  commission: '1.99',
  splits: [{ party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zh', currency: 'CNY', amount: '3.98' }],
  sellers: [{ party: SELLER.owner, currency: 'CNY', amount: '38.83' }],
  group: null,
  lines: [{ ref: '1', seller: SELLER.owner, earliest_release: { by_buyer: '2026-02-01T08:00:00.000Z', by_silence: '2026-02-11T08:00:00.000Z' } }],
  steps: [
    { action: 'create', at: '2026-01-31T08:00:00.000Z', transactions: [] },
    {
      action: 'pay',
      at: '2026-01-31T08:00:00.000Z',
      transactions: [{
        kind: 'trade.payment',
        subject: ESCROW.owner,
        description: '',
        transfers: [{ debit: { class: 'provider_clearing', owner: 'unnamed' }, credit: ESCROW, amount: '44.80', unit: 'CNY' }]
      }]
    },
    { action: 'ship', at: '2026-02-01T08:00:00.000Z', transactions: [] },
    {
      action: 'confirm',
      at: '2026-02-01T08:00:00.000Z',
      transactions: [{
        kind: 'trade.confirmation',
        subject: ESCROW.owner,
        description: '',
        transfers: [
          { debit: ESCROW, credit: SELLER, amount: '44.80', unit: 'CNY' },
          { debit: SELLER, credit: { class: 'commission_income', owner: '' }, amount: '1.99', unit: 'CNY' },
          { debit: SELLER, credit: { class: 'partner_available', owner: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zh' }, amount: '3.98', unit: 'CNY' }
        ]
      }]
    }
  ]
}
