import { actOnCase, type CaseTarget } from '../../src/escrow/refund-cases/act-on-case.ts'
import { requestRefund } from '../../src/escrow/refund-cases/request-refund.ts'
import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { covers, move, movesFrom, open } from './case-model.ts'
import { escalateCase } from '../../src/escrow/disputes/escalate-case.ts'
import { escalated } from './escalation-model.ts'
import type { Command } from './trade-commands.ts'
import { expectOn } from './group-model.ts'
import { KEY } from './trade-desk.ts'
import * as model from './trade-model.ts'
import { openDispute } from './plan-disputes.ts'
import { chooseFitting, type Planned, type TradeWorld, type WorldTrade } from './trade-world.ts'

const ACTIONS = ['agree', 'refuse', 'ship_return', 'confirm_return', 'withdraw'] as const

/** A wish for money back of a line or two: units, an amount, both or all; now and then too much, or where there is a case. */
export function planRefund (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => model.actionsOf(each.model).includes('refund'))
  if (trade === undefined) return []
  const first = size % trade.lineIds.length
  const places = choice % 5 === 0 && first > 0 ? [first, 0] : [first]
  const sellerAgreed = choice % 3 === 0
  const wishes = places.map((place): { readonly place: number, readonly wish: model.ModelCase } => {
    const line = trade.model.lines[place]
    const most = line === undefined ? 1n : model.refundable(line, trade.model.feeBase) + BigInt(size % 7 === 0)
    const [isByUnits, isByAmount] = [size % 4 < 2, (size >> 2) % 5 < 2]
    return {
      place,
      wish: {
        id: '',
        isReturn: (size >> 3) % 3 === 0,
        units: isByUnits ? 1 + (size >> 4) % (line?.units.length ?? 1) : null,
        asked: isByAmount ? (size % 3 === 0 && most > 0n ? most : 1n + most * BigInt(choice) / 150n) : null,
        state: 'requested',
        dueAt: 0,
        remainingMs: null,
        sentBack: false
      }
    }
  })
  const unit = unitOf(trade.model.currency)
  const lines = wishes.map(({ place, wish: { isReturn, units, asked } }) => ({
    line: trade.lineIds[place] ?? '',
    kind: isReturn ? 'return_refund' as const : 'refund_only' as const,
    ...units === null ? {} : { quantity: units },
    ...asked === null ? {} : { amount: formatAmount(asked, unit) }
  }))
  const request = { lines, reason: 'damaged' as const, actor: { by: 'buyer' as const, key: KEY }, sellerAgreed, occurredAt: null }
  return [{
    operation: requestRefund(world.origin(), { tradeId: internalId('trd', trade.id), expectedVersion: null }, request),
    expect: (answer) => expectOn(world, trade, () => {
      const obstacle = model.obstacleTo(trade.model, 'refund')
      if (obstacle !== null) return obstacle
      if (trade.model.afterSaleEnded || (trade.model.afterSaleBy ?? Infinity) <= world.now) return 'after_sale_ended'
      const opened = wishes.flatMap(({ place, wish }) => {
        const line = trade.model.lines[place]
        return line === undefined ? [] : [{ line, place, wish, id: trade.lineIds[place] }]
      })
      for (const { line, place, wish } of opened) {
        if (line.refundCase !== null) return 'refund_case_open'
        if (model.isDisputed(trade.model, place)) return 'line_disputed'
        const covered = covers(line, wish, trade.model.feeBase)
        if (covered !== 'yes') return covered === 'units' ? 'quantity_exceeded' : 'refund_exceeded'
      }
      const shown = (answer as TradeJson | null)?.refund_cases ?? []
      for (const { line, wish, id } of opened) {
        open(line, { ...wish, id: shown.find((each) => each.line === id)?.id ?? '' }, world.now)
      }
      for (const { line } of sellerAgreed ? opened : []) {
        if (line.refundCase !== null) move(trade.model, line, line.refundCase, 'agree', world.now)
        world.purses.follow(trade.model, world.now, line)
      }
      return 'answered'
    })
  }]
}

/** Anything that is done to a case, whatever its state, also when it is over meanwhile; one that was refused comes before an arbitrator as often as not. */
export function planCase (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => each.model.lines.some(({ refundCase }) => refundCase !== null))
  const line = trade === undefined ? undefined : chooseFitting(trade.model.lines, size, ({ refundCase }) => refundCase !== null)
  const wish = line?.refundCase
  if (trade === undefined || line === undefined || wish == null) return []
  const action = chooseFitting(ACTIONS, choice, (each) => movesFrom(wish.state).includes(each)) ?? 'agree'
  const goal = { tradeId: internalId('trd', trade.id), expectedVersion: null, caseId: internalId('cas', wish.id) }
  if (wish.state === 'refused' ? choice % 2 === 0 : choice % 13 === 0) return [planEscalation(world, trade, { line, wish, goal })]
  return [{
    operation: actOnCase(world.origin(), goal, { action, by: 'seller', key: KEY }),
    expect: () => {
      if (model.isFrozen(trade.model)) return 'chargeback_open'
      if (line.refundCase !== null && wish.dueAt <= world.now) return 'illegal_in_case_state'
      return move(trade.model, line, wish, action, world.now) ? 'answered' : 'illegal_in_case_state'
    }
  }]
}

/** A case is brought before an arbitrator: a dispute about what it claims. */
function planEscalation (world: TradeWorld, trade: WorldTrade, { line, wish, goal }: { line: model.ModelLine, wish: model.ModelCase, goal: CaseTarget }): Planned {
  return {
    operation: escalateCase(world.origin(), goal, { by: 'buyer', key: world.arbitrators[0] ?? '' }),
    expect: (answer) => {
      if (model.isFrozen(trade.model)) return 'chargeback_open'
      if (line.refundCase !== wish || wish.state !== 'refused' || wish.dueAt <= world.now) return 'illegal_in_case_state'
      const part = escalated(line, trade.model.lines.indexOf(line), trade.model.feeBase)
      if (part === null) return 'nothing_to_dispute'
      Object.assign(wish, { state: 'arbitration', dueAt: Infinity })
      openDispute(world, trade, { by: 'buyer', parts: [part], answer })
      return 'answered'
    }
  }
}
