import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Currency, Id, Money, Timestamp } from '../../http/schemas.ts'

export const BalancesBody = component('PartyBalances', T.Object({
  party: Id('pty'),
  balances: T.Array(T.Object({
    currency: Currency,
    available: Money,
    reserve: Money,
    owed: Money,
    maturities: T.Array(T.Object({ slice: Id('rsv'), matures_at: Timestamp, amount: Money }), {
      description: 'The next parts of the reserve that mature, if nothing is recovered from it before: at most 20.'
    })
  }))
}, { description: 'What a seller or partner has with us, and owes us, by currency. It owes only while it has nothing.' }))

export const BALANCES_EXAMPLE = {
  party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  balances: [{
    currency: 'CNY',
    available: '153.00',
    reserve: '17.00',
    owed: '0.00',
    maturities: [{ slice: 'rsv_01kaj6n8k2f5rvt4r9e8q7m3zd', matures_at: '2026-03-02T08:00:00.000Z', amount: '17.00' }]
  }]
}
