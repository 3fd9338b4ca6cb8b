import { isDeepStrictEqual } from 'node:util'
import { openChargeback } from '../../src/escrow/chargebacks/open-chargeback.ts'
import { tellOutcome } from '../../src/escrow/chargebacks/tell-outcome.ts'
import { externalId, internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { giveBack, takeFrom, thaw, type ModelChargeback, type ModelTake } from './chargeback-model.ts'
import { movesNothing } from './refund-model.ts'
import type { Command } from './trade-commands.ts'
import * as model from './trade-model.ts'
import { chooseFitting, CURRENCIES, type Planned, type TradeWorld, type WorldPayment, type WorldRefund } from './trade-world.ts'

/**
 * A provider takes a payment back: all of it, a part, or more than it was; whatever became of it, or before anybody told of it. Now and then it is told
 * again, with the same facts or others, or comes after its outcome.
 */
export async function planChargeback (world: TradeWorld, { target, size, choice }: Command): Promise<Planned[]> {
  if (world.runner.reading === undefined) return []
  const known = choice % 3 > 0 ? undefined : chooseFitting(world.chargebacks, target, ({ opening, takes }) => opening === null || takes === null)
  const payment = known?.opening != null
    ? paymentOf(world, known.provider, known.opening.paymentKey)
    : choice % 8 === 7 ? undefined : chooseFitting(world.payments, target, ({ trades }) => trades.length > 0 && (choice % 2 === 0 || trades.some((trade) => model.releasedOf(trade.model) > 0n)))
  const provider = known?.provider ?? payment?.provider ?? `provider-${size % 2}`
  const currency = known?.currency ?? payment?.model.currency ?? CURRENCIES[size % 3] ?? 'CNY'
  const whole = payment?.model.amount ?? 1n + BigInt(size % 10_000)
  if (payment !== undefined) world.named.add(payment.model.key)
  const part = [whole, whole, 1n + BigInt(size) % whole, whole + BigInt(size % 50)][choice % 4] ?? whole
  const opening = {
    paymentKey: known?.opening?.paymentKey ?? payment?.model.key ?? `U-${world.now}-${size}-${target}`,
    amount: (known?.opening?.amount ?? part) + (known?.opening != null && choice % 9 === 0 ? 1n : 0n),
    fee: known?.opening?.fee ?? (choice % 2 === 0 ? 0n : BigInt(size % 20))
  }
  const key = known?.key ?? `CB-${world.now}-${size}-${target}-${choice}`
  const told = choice % 5 === 0 && payment?.provider === provider ? null : choice % 17 === 0 ? 'JPY' : currency
  const unit = unitOf(told ?? currency)
  const fact = {
    provider,
    providerRef: key,
    paymentProviderRef: opening.paymentKey,
    amount: formatAmount(opening.amount, unit),
    fee: opening.fee === 0n ? null : formatAmount(opening.fee, unit),
    currency: told,
    occurredAt: null
  }
  const reading = await world.runner.reading({ provider, providerRef: opening.paymentKey })
  return [{
    operation: openChargeback(world.origin(), fact, reading),
    expect: (answer) => {
      const before = world.chargebacks.find((each) => each.provider === provider && each.key === key)
      const paid = paymentOf(world, provider, opening.paymentKey)
      if (before?.opening != null) {
        if ((told !== null && told !== before.currency) || !isDeepStrictEqual(opening, before.opening)) return 'chargeback_known'
        if (before.takes === null && before.end?.outcome !== 'won' && paid?.model.currency === before.currency) place(world, before, paid)
        else if (!isDeepStrictEqual(answer?.['transactions'], [])) throw new Error('a chargeback told again posted something')
        return 'answered'
      }
      const said = told ?? paid?.model.currency ?? before?.currency ?? world.settings.reporting_currency
      if ((paid !== undefined && paid.model.currency !== said) || (before?.currency != null && before.currency !== said)) return 'currency_mismatch'
      const opened = before ?? begin(world, { provider, key, id: String(answer?.['id']) })
      opened.opening = opening
      opened.currency = said
      if (paid !== undefined) place(world, opened, paid)
      return 'answered'
    }
  }]
}

/** How a chargeback ended: one that is open, one that was told of before, or one that nobody opened yet. */
export function planOutcome (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  if (world.runner.reading === undefined) return []
  const known = choice % 10 === 0 ? undefined : chooseFitting(world.chargebacks, target, ({ end, takes }) => end === null && (choice % 4 === 0 || takes !== null))
  if (known === undefined && choice % 2 > 0) return []
  const provider = known?.provider ?? `provider-${size % 2}`
  const key = known?.key ?? `CB-${world.now}-${size}-${target}-first`
  const outcome = size % 2 === 0 ? 'won' as const : 'lost' as const
  const hasFees = choice % 4 === 1
  const currency = known?.currency ?? (hasFees ? CURRENCIES[target % 3] ?? 'CNY' : null)
  const [fee, feeReturned] = hasFees && currency !== null ? [BigInt(size % 7), BigInt(size % 5)] : [0n, 0n]
  const money = (minor: bigint): string | null => minor === 0n || currency === null ? null : formatAmount(minor, unitOf(currency))
  const name = known !== undefined && choice % 3 === 0 ? { id: internalId('chb', known.id) } : { provider, providerRef: key }
  const fact = { outcome, fee: money(fee), feeReturned: money(feeReturned), currency: choice % 5 === 0 && known?.currency != null ? null : currency, occurredAt: null }
  return [{
    operation: tellOutcome(world.origin(), name, fact),
    expect: (answer) => {
      const before = world.chargebacks.find((each) => each.provider === provider && each.key === key)
      const end = { outcome, fee, feeReturned }
      if (before?.currency != null && fact.currency !== null && fact.currency !== before.currency) return 'currency_mismatch'
      if (before?.end != null) {
        if (!isDeepStrictEqual(before.end, end)) return 'chargeback_known'
        if (!isDeepStrictEqual(answer?.['transactions'], [])) throw new Error('an outcome told again posted something')
        return 'answered'
      }
      const decided = before ?? begin(world, { provider, key, id: String(answer?.['id']) })
      decided.end = end
      decided.currency ??= currency
      if (decided.opening !== null) settle(world, decided)
      return 'answered'
    }
  }]
}

function begin (world: TradeWorld, name: Pick<ModelChargeback, 'provider' | 'key' | 'id'>): ModelChargeback {
  const chargeback: ModelChargeback = { ...name, currency: null, opening: null, end: null, takes: null }
  world.chargebacks.push(chargeback)
  return chargeback
}

/** Takes its money from where it is: first what no trade had, then from the trades, the one that had it last first. */
function place (world: TradeWorld, chargeback: ModelChargeback, payment: WorldPayment): void {
  let left = chargeback.opening?.amount ?? 0n
  const upTo = (limit: bigint): bigint => {
    const part = left < limit ? left : limit
    left -= part
    return part
  }
  const owed = (trade: string | null): WorldRefund[] => world.refunds.filter((refund) => refund.payment === payment.id && refund.trade === trade && !movesNothing(refund.model))
  const amountOf = (refunds: readonly WorldRefund[]): bigint => model.sum(refunds.map((refund) => refund.model.amount))
  const suspense = upTo(payment.model.inSuspense)
  const ofNoTrade = owed(null)
  const returned = upTo(amountOf(ofNoTrade))
  keep(ofNoTrade, returned)
  payment.model.inSuspense -= suspense
  payment.model.returned -= returned
  payment.model.chargedBack += suspense + returned
  const trades: ModelTake[] = []
  for (const trade of [...payment.trades].reverse()) {
    const applied = trade.model.applied.get(payment.model.key)
    if (applied === undefined) continue
    const unsent = owed(trade.id)
    const amount = upTo(applied.amount - applied.refunded - applied.chargedBack + amountOf(unsent))
    const isOver = model.stateOf(trade.model).startsWith('closed_')
    const take = takeFrom(trade.model, payment.model.key, amount, amountOf(unsent))
    if (!isOver) trade.model.holds.push({ id: holdOf(chargeback), kind: 'chargeback' })
    keep(unsent, take.refunded)
    world.purses.follow(trade.model, world.now)
    // Also where its outcome is known: what is taken and given back in one moment was gone in between.
    model.keepTimes(trade.model, world.now, world.settings)
    trades.push(take)
  }
  chargeback.takes = { suspense, returned, trades, loss: left }
  if (chargeback.end !== null) settle(world, chargeback)
}

/** Refunds that do not leave, the newest first; what is left of the last one is owed by another. */
function keep (refunds: readonly WorldRefund[], amount: bigint): void {
  let left = amount
  for (const { model: refund } of [...refunds].sort((one, other) => one.id < other.id ? 1 : -1)) {
    if (left <= 0n) return
    refund.kept = true
    left -= refund.amount
  }
}

function settle (world: TradeWorld, chargeback: ModelChargeback): void {
  const { takes, end, provider, opening } = chargeback
  if (takes === null || opening === null) return
  const payment = paymentOf(world, provider, opening.paymentKey)
  if (payment === undefined) throw new Error('a chargeback took from nowhere')
  if (end?.outcome === 'won') {
    payment.model.inSuspense += takes.suspense
    payment.model.returned += takes.returned
    payment.model.chargedBack -= takes.suspense + takes.returned
  }
  for (const take of takes.trades) {
    if (end?.outcome === 'won') {
      giveBack(take, opening.paymentKey)
      world.purses.follow(take.trade, world.now)
    }
    thaw(take.trade, holdOf(chargeback))
  }
}

function holdOf ({ id }: ModelChargeback): string {
  return externalId('hld', internalId('chb', id) ?? '')
}

function paymentOf (world: TradeWorld, provider: string, key: string): WorldPayment | undefined {
  return world.payments.find((payment) => payment.provider === provider && payment.model.key === key)
}
