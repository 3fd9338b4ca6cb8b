import { isDeepStrictEqual } from 'node:util'
import { matchPayment } from '../../src/escrow/payments/match-payment.ts'
import { payTrade, recordPayment, type PaymentFact } from '../../src/escrow/payments/record-payment.ts'
import { returnPayment } from '../../src/escrow/payments/return-payment.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { expectOn } from './group-model.ts'
import type { Command } from './trade-commands.ts'
import * as model from './trade-model.ts'
import { choose, chooseFitting, CURRENCIES, type Planned, type TradeWorld, type WorldPayment } from './trade-world.ts'

/** A new payment: in full, in part or too much, for a trade, for none, or in another currency. */
export function planPayment (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => model.roomOf(each.model) > 0n)
  // A reference that no trade has (yet) is as good as one that some trade has.
  const ref = choice < 85 && trade !== undefined ? trade.model.ref : `R-${target % 40}`
  const currency = choice % 20 === 0 || trade === undefined ? CURRENCIES[size % 3] ?? 'CNY' : trade.model.currency
  const due = trade === undefined ? 100n : model.roomOf(trade.model)
  const amount = size % 3 === 0 || due <= 1n ? due + BigInt(size % 7) : size % 3 === 1 ? due : 1n + BigInt(size) % due
  if (amount === 0n) return []
  // At times the one that a chargeback was told of already.
  const charged = choice % 3 > 0 ? undefined : world.chargebacks.find((each) => each.takes === null && each.opening !== null && !world.named.has(each.opening.paymentKey))
  if (charged?.opening != null) world.named.add(charged.opening.paymentKey)
  const payment: WorldPayment = {
    model: { key: charged?.opening?.paymentKey ?? `F-${world.payments.length}-${world.now}-${size}-${target}-${choice}`, currency, amount, tradeRef: ref, inSuspense: amount, returned: 0n, chargedBack: 0n, reason: null },
    trades: [],
    provider: charged?.provider ?? `provider-${choice % 2}`,
    // At times the first revision, or the one it has while others may share the batch.
    ...choice % 6 < 2 && trade !== undefined ? { revision: choice % 6 === 0 ? 1 : trade.model.revision } : {},
    id: null
  }
  return [report(world, payment, choice % 2 === 0)]
}

/** A payment that is told again, now and then with another amount. */
export function planRepetition (world: TradeWorld, { target, choice }: Command): Planned[] {
  const payment = choose(world.payments, target)
  if (payment === undefined) return []
  const told = choice % 4 === 0 ? { ...payment, model: { ...payment.model, amount: payment.model.amount + 1n } } : payment
  return [report(world, told, choice % 2 === 0)]
}

/** Reports a payment by the trade's path, where it can, or by its reference. */
export function report (world: TradeWorld, told: WorldPayment, byPath: boolean): Planned {
  const { key, currency, amount, tradeRef } = told.model
  const path = byPath ? world.trades.find((trade) => trade.model.ref === tradeRef) : undefined
  const fact: PaymentFact = {
    provider: told.provider,
    providerRef: key,
    amount: formatAmount(amount, unitOf(currency)),
    // A report by the trade's path need not say what the trade says.
    currency: path !== undefined && amount % 2n === 0n && path.model.currency === currency ? null : currency,
    ...told.revision === undefined ? {} : { revision: told.revision },
    occurredAt: null
  }
  const operation = path !== undefined
    ? payTrade(world.origin(), { tradeId: internalId('trd', path.id), expectedVersion: null }, fact)
    : recordPayment(world.origin(), fact, tradeRef)
  return {
    operation,
    expect: (answer) => {
      const before = world.payments.find((payment) => payment.model.key === key)
      if (before !== undefined) {
        if (before.model.amount !== amount) return 'payment_known'
        if (!isDeepStrictEqual(answer?.['transactions'], [])) throw new Error('a payment told again posted something')
        return 'answered'
      }
      const trade = world.trades.find((each) => each.model.ref === tradeRef)
      world.payments.push(told)
      if (trade === undefined) {
        told.model.reason = 'unknown_trade'
        return 'answered'
      }
      told.trades.push(trade)
      return expectOn(world, trade, () => {
        told.model.reason = obstacleTo(trade.model, told)
        if (told.model.reason === null) {
          apply(trade.model, told.model, amount)
          if (told.model.inSuspense > 0n) told.model.reason = 'surplus'
        }
        return 'answered'
      })
    }
  }
}

function obstacleTo (trade: model.ModelTrade, { model: { currency }, revision }: WorldPayment): string | null {
  if (trade.currency !== currency) return 'other_currency'
  if (revision !== undefined && revision !== trade.revision) return 'other_revision'
  return model.roomOf(trade) === 0n ? 'not_awaiting_payment' : null
}

function apply (trade: model.ModelTrade, payment: model.ModelPayment, offered: bigint): void {
  const room = model.roomOf(trade)
  const amount = offered < room ? offered : room
  if (amount === 0n) return
  const known = trade.applied.get(payment.key) ?? { amount: 0n, refunded: 0n, chargedBack: 0n }
  trade.applied.set(payment.key, { ...known, amount: known.amount + amount })
  if (trade.closedUnpaid) model.refundNewestFirst(trade, amount)
  payment.inSuspense -= amount
}

/** Matching what waits of a payment, or a part of it, to some trade. */
export function planMatch (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const payment = chooseFitting(world.payments.filter(({ id }) => id !== null), target, ({ model: { inSuspense } }) => inSuspense > 0n)
  const trade = chooseFitting(world.trades, size, (each) => each.model.currency === payment?.model.currency && model.dueOf(each.model) > 0n)
  if (payment?.id == null || trade === undefined) return []
  const part = choice % 3 === 0 ? null : 1n + BigInt(size) % payment.model.amount
  return [{
    operation: matchPayment(world.origin(), {
      paymentId: internalId('pay', payment.id),
      tradeId: internalId('trd', trade.id),
      amount: part === null ? null : formatAmount(part, unitOf(payment.model.currency))
    }),
    expect: () => expectOn(world, trade, () => {
      if (payment.model.inSuspense === 0n) return 'payment_settled'
      if (payment.model.currency !== trade.model.currency) return 'currency_mismatch'
      const obstacle = model.obstacleTo(trade.model, 'pay')
      if (obstacle !== null) return obstacle
      if (part !== null && part > payment.model.inSuspense) return 'insufficient_funds'
      apply(trade.model, payment.model, part ?? payment.model.inSuspense)
      if (!payment.trades.includes(trade)) payment.trades.push(trade)
      return 'answered'
    })
  }]
}

/** Giving back what waits of a payment, or a part of it. */
export function planReturn (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const payment = choose(world.payments.filter(({ id }) => id !== null), target)
  if (payment?.id == null) return []
  const part = choice % 3 === 0 ? null : 1n + BigInt(size) % payment.model.amount
  return [{
    operation: returnPayment(world.origin(), internalId('pay', payment.id), part === null ? null : formatAmount(part, unitOf(payment.model.currency))),
    expect: () => {
      if (payment.model.inSuspense === 0n) return 'payment_settled'
      if (part !== null && part > payment.model.inSuspense) return 'insufficient_funds'
      const back = part ?? payment.model.inSuspense
      payment.model.inSuspense -= back
      payment.model.returned += back
      return 'answered'
    }
  }]
}
