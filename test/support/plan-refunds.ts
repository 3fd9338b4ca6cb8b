import { REPORTS } from '../../src/escrow/refunds/attempt-report.ts'
import { reportRefund } from '../../src/escrow/refunds/report-refund.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { parseAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import * as model from './refund-model.ts'
import type { Command } from './trade-commands.ts'
import { chooseFitting, type Planned, type TradeWorld } from './trade-world.ts'

const PLACES = [
  { channel: 'provider', account: 'provider-0' }, { channel: 'provider', account: 'provider-1' }, { channel: 'bank', account: 'main' }
] as const

/** Anything told of any refund: of a few attempts each, in any order and often twice; now and then by a reference that others use as well. */
export function planReport (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const refund = chooseFitting(world.refunds, target, ({ model: { attempts } }) => (attempts.length > 0) === (size % 2 === 0))
  const report = REPORTS[size % 4]
  const place = PLACES[choice % 3]
  if (refund === undefined || report === undefined || place === undefined) return []
  const reference = choice % 6 === 0 ? 'shared' : `${refund.id} ${size % 3}`
  const name = { ...place, reference }
  const isSame = (attempt: model.ModelAttempt): boolean => attempt.channel === name.channel && attempt.account === name.account && attempt.reference === reference
  return [{
    operation: reportRefund(world.origin(), internalId('rfd', refund.id), { ...name, report, reason: report === 'failure' ? 'other' : null, occurredAt: null }),
    expect: (answer) => {
      const { attempts } = refund.model
      if (!attempts.some(isSame)) {
        if (world.refunds.some((each) => each.model.attempts.some(isSame))) return 'refund_reference_taken'
        if (report === 'sending' && (refund.model.kept || attempts.some(model.stands))) return 'refund_settled'
        if (report === 'sending' && attempts.some((attempt) => attempt.channel === place.channel && model.isUnderWay(attempt))) return 'refund_under_way'
        attempts.push({ ...name, told: new Set() })
      }
      const attempt = attempts.find(isSame)
      if (attempt === undefined) throw new Error('no attempt')
      const before = refund.model.paidBy
      model.note(refund.model, attempt, report)
      const trade = world.trades.find(({ id }) => id === refund.trade)
      if (trade !== undefined) trade.model.left += refund.model.amount * (BigInt(refund.model.paidBy !== null) - BigInt(before !== null))
      const expected = { status: model.refundStatusOf(refund.model), paid_twice: attempts.filter(model.stands).length > (refund.model.kept ? 0 : 1) }
      if (answer?.['status'] !== expected.status || answer['paid_twice'] !== expected.paid_twice) {
        throw new Error(`refund ${refund.id} is ${JSON.stringify(answer)}, expected ${JSON.stringify(expected)}`)
      }
      return 'answered'
    }
  }]
}

/** Takes up the refunds that came into being: their ids are told by no step. Their amounts are compared with the trades and payments. */
export async function learnRefunds (world: TradeWorld): Promise<void> {
  const known = new Set(world.refunds.map(({ id }) => id))
  for (const { id, trade, payment, currency, amount } of await world.runner.refunds()) {
    if (known.has(id)) continue
    world.refunds.push({ id, trade, payment, model: { currency, amount: parseAmount(amount, unitOf(currency), ''), attempts: [], paidBy: null, kept: false } })
  }
}
