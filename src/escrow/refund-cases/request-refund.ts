import { formatAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { externalId, internalId } from '../../kernel/ids.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { takeBackAccounts } from '../release/take-back.ts'
import { disputeAbout } from '../trade/disputed.ts'
import { sumOf } from '../trade/line-amount.ts'
import { namedLines, refuseAt, type NamedLine } from '../trade/named-lines.ts'
import type { CaseActor, CaseKind, RefundCase } from '../trade/refund-case.ts'
import type { TradeAnswer } from '../trade/show-trade.ts'
import { refusalOf } from '../trade/states.ts'
import { openCaseOf, refundableOf, withLines, type Trade } from '../trade/trade.ts'
import { tradeOperation } from '../steps/trade-step.ts'
import type { TradeTarget } from '../trade/trade-operation.ts'
import { amountOf, claimableUnits } from '../trade/claim-money.ts'
import { actOnCases, changeCase } from './settle-case.ts'

/** A line of which somebody wants money back: units of it, an amount, units for an amount, or all that is left. */
export interface WantedRefund {
  readonly line: string
  readonly kind: CaseKind
  readonly quantity?: number
  /** A decimal string of the trade's currency. */
  readonly amount?: string
}

/** A request for refunds. */
export interface NewRefund {
  readonly lines: readonly WantedRefund[]
  readonly reason: RefundCase['reason']
  readonly actor: CaseActor
  /** Whether the seller agrees already, so that nobody need ask him. */
  readonly sellerAgreed: boolean
  readonly occurredAt: Date | null
}

/**
 * Opens a refund case for each named line, all or none. Its time to confirm stands still from now on. Nothing posts, unless the seller agrees already.
 * Refuses `illegal_in_state`, `after_sale_ended`, and with a pointer `unknown_line`, `refund_case_open`, `line_disputed`, `quantity_exceeded`, `invalid_amount`
 * and `refund_exceeded`, which tells the maximum.
 */
export function requestRefund (origin: Origin, target: TradeTarget, request: NewRefund): Operation<TradeAnswer> {
  const ids = new Set(request.lines.map(({ line }) => internalId('lin', line)))
  return tradeOperation(origin, target, {
    name: 'trade.refund',
    action: 'refund',
    weight: 5 + 6 * request.lines.length,
    ...request.sellerAgreed ? { movesCoins: true } : {},
    accounts: (trade) => request.sellerAgreed ? takeBackAccounts(trade, trade.lines.filter(({ id }) => ids.has(id))) : [],
    decide (books, trade) {
      requireWindow(books, trade)
      const cases = namedLines(trade, request.lines).map((named) => newCase(books, trade, named, request))
      const opened = cases.reduce((sofar, each) => openCase(books, sofar, each, request.actor), trade)
      if (!request.sellerAgreed) return { trade: opened, transactions: [] }
      const agreed = opened.refundCases.filter(({ id }) => cases.some((each) => each.id === id))
      return actOnCases(books, opened, agreed, { action: 'agree', by: 'seller', key: request.actor.key }, request.occurredAt)
    }
  })
}

/** A window that has ended is over, whether or not its timer has come yet. */
function requireWindow ({ now }: Books, trade: Trade): void {
  const { afterSaleBy, afterSaleEndedAt } = trade
  if (afterSaleEndedAt === null && (afterSaleBy === null || afterSaleBy > now)) return
  throw refusalOf('after_sale_ended', trade, `Refunds of this trade could be requested until ${(afterSaleBy ?? afterSaleEndedAt ?? now).toISOString()}.`)
}

function newCase (books: Books, trade: Trade, { line, wanted, pointer }: NamedLine<WantedRefund>, { reason }: NewRefund): RefundCase {
  if (openCaseOf(trade, line) !== undefined) throw refuseAt('refund_case_open', `${pointer}/line`, `A refund case of line "${line.ref}" is open: it is withdrawn or decided before another one.`)
  const dispute = disputeAbout(trade, line)
  if (dispute !== undefined) throw refuseAt('line_disputed', `${pointer}/line`, `It is in dispute: ${externalId('dsp', dispute.id)}.`)
  const { kind, quantity = null } = wanted
  const unit = unitOf(trade.currency)
  const units = claimableUnits(line, kind)
  if (units < (quantity ?? 1)) {
    throw refuseAt('quantity_exceeded', `${pointer}/quantity`, kind === 'return_refund' ? `${units} of this line can be returned.` : `${units} are left of this line.`)
  }
  const asked = wanted.amount === undefined ? null : parsePositiveAmount(wanted.amount, unit, `${pointer}/amount`)
  const amount = amountOf(line, { kind, quantity, asked })
  if (amount === 0n || (asked !== null && amount < asked)) {
    throw refuseAt('refund_exceeded', `${pointer}/amount`, `Of this line ${formatAmount(sumOf(refundableOf(line)), unit)} ${unit.code} can be refunded.`)
  }
  const remainingMs = line.confirmBy === null ? null : Math.max(line.confirmBy.getTime() - books.now.getTime(), 0)
  return {
    id: books.newId(), lineId: line.id, kind, state: 'requested', reason, quantity, asked, amount,
    openedAt: books.now, dueAt: null, remainingMs, carrier: null, trackingNumber: null, steps: []
  }
}

function openCase (books: Books, trade: Trade, refundCase: RefundCase, actor: CaseActor): Trade {
  const paused = withLines(trade, trade.lines.filter(({ id }) => id === refundCase.lineId).map((line) => ({ ...line, confirmBy: null })))
  return changeCase(books, paused, refundCase, { deed: { ...actor, action: 'request' }, state: 'requested', refunded: 0n })
}
