import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { EventType } from '../../events/catalogue.ts'
import type { Books } from '../../journal/operation.ts'
import type { TenantSettings } from '../../tenants/settings.ts'
import { giveBack } from '../refunds/give-back.ts'
import { draftTakeBack } from '../release/take-back.ts'
import { Draft } from '../../journal/draft.ts'
import { sumOf } from '../trade/line-amount.ts'
import { returnCoins } from '../trade/trade-coins.ts'
import { nextCaseState, OPEN_CASE_STATES, type CaseAction, type CaseActor, type CaseState, type CaseStep, type OpenCaseState, type RefundCase } from '../trade/refund-case.ts'
import { unconfirmedOf, withLines, type Line, type Trade } from '../trade/trade.ts'
import type { Changed } from '../trade/trade-operation.ts'
import { amountOf, refundLine } from '../trade/claim-money.ts'
import { REFUND_CASES } from './case-rows.ts'

/** Something that is done to a case, by whom. */
export interface CaseDeed extends CaseActor {
  readonly action: CaseStep['action']
}

/**
 * Does something to open cases of a trade that their states allow: each is in its next state after it, and what is to be refunded goes back, all in
 * one transaction. The caller has named `takeBackAccounts` of their lines.
 */
export function actOnCases (books: Books, trade: Trade, cases: readonly RefundCase[], deed: CaseDeed & { readonly action: CaseAction | 'expire' }, occurredAt: Date | null = null): Changed {
  const refunded = cases.filter((each) => nextCaseState(each, deed.action) === 'refunded')
  const moved = cases.filter((each) => !refunded.includes(each))
  const after = moved.reduce((sofar, each) => changeCase(books, sofar, each, { deed, state: nextCaseState(each, deed.action), refunded: 0n }), trade)
  return refunded.length === 0 ? { trade: after, transactions: [] } : refundCases(books, after, refunded, deed, occurredAt)
}

/**
 * Closes open cases as refunded and gives their money back in one transaction: what their lines hold, and what their sellers, their partners and we
 * give back of what was released. It is never refused for lack of money; a hold does not stop it. Named accounts as above.
 */
export function refundCases (books: Books, trade: Trade, cases: readonly RefundCase[], deed: CaseDeed, occurredAt: Date | null = null): Changed {
  const draft = new Draft(books)
  const refunds = cases.map((refundCase) => {
    const line = lineOf(trade, refundCase)
    const { line: refunded, held, takenBack } = refundLine(line, refundCase, trade)
    const { coins: { funded } } = draftTakeBack(draft, trade, line, takenBack)
    return {
      refundCase,
      line: { ...refunded, coins: { ...refunded.coins, funded } },
      takenBack: takenBack.cash,
      cash: held.cash + takenBack.cash,
      amount: sumOf(held.amount) + sumOf(takenBack.amount),
      held: held.coins,
      redeemed: takenBack.coins
    }
  })
  const total = (of: 'takenBack' | 'cash' | 'held' | 'redeemed'): bigint => refunds.reduce((sum, refund) => sum + refund[of], 0n)
  const taken = { ...withLines(trade, refunds.map(({ line }) => line)), released: trade.released - total('takenBack') }
  const facts = { kind: 'trade.refund' as const, description: DESCRIPTIONS[deed.by], occurredAt: occurredAt ?? books.now }
  const returned = returnCoins(draft, taken, { held: total('held'), redeemed: total('redeemed') })
  const given = giveBack(books, returned, total('cash'), facts, draft)
  const closed = refunds.reduce((sofar, { refundCase, amount }) => changeCase(books, sofar, refundCase, { deed, state: 'refunded', refunded: amount }), given.trade)
  return { trade: closed, transactions: given.transactions }
}

const DESCRIPTIONS: Readonly<Record<CaseActor['by'], string>> = {
  buyer: 'refund agreed at its request', seller: 'refund agreed by the seller', platform: 'refund agreed by the platform', timer: 'refund agreed by silence'
}

/**
 * Closes a case whose dispute was decided, with what its award gave back (minor units): refunded, or cancelled where that is nothing. Moves no
 * money: the award did. The line's time to confirm runs on where units still wait.
 */
export function closeByAward (books: Books, trade: Trade, refundCase: RefundCase, refunded: bigint, actor: CaseActor): Trade {
  return changeCase(books, trade, refundCase, { deed: { ...actor, action: 'award' }, state: refunded > 0n ? 'refunded' : 'cancelled', refunded })
}

interface CaseChange {
  readonly deed: CaseDeed
  readonly state: CaseState
  /** What went back for it, minor units. */
  readonly refunded: bigint
}

/** The trade with a case in another state: kept while it is open, and let go when it is closed. Tells it, and writes its history. */
export function changeCase (books: Books, trade: Trade, refundCase: RefundCase, { deed, state, refunded }: CaseChange): Trade {
  const line = lineOf(trade, refundCase)
  const open = isOpen(state)
  const { action, by, key } = deed
  const changed: RefundCase = {
    ...refundCase,
    state,
    amount: state === 'refunded' ? refunded : amountOf(line, refundCase),
    dueAt: open ? dueAt(books, state) : null,
    steps: [...refundCase.steps, { action, by, key, at: books.now }]
  }
  const others = trade.refundCases.filter(({ id }) => id !== refundCase.id)
  const after = open
    ? { ...trade, refundCases: [...others, changed].sort((one, other) => one.id < other.id ? -1 : 1) }
    : resumeTime(books, { ...trade, refundCases: others }, line, refundCase)
  const { remainingMs, ...row } = changed
  books.save(REFUND_CASES, { ...row, tradeId: trade.id, sellerId: line.sellerId, unit: trade.currency, refunded, closedAt: open ? null : books.now })
  tellCase(books, after, changed, { by, refunded })
  return after
}

function lineOf (trade: Trade, { lineId }: RefundCase): Line {
  const line = trade.lines.find(({ id }) => id === lineId)
  if (line === undefined) throw new Error(`trade ${trade.id} has no line ${lineId}`)
  return line
}

function isOpen (state: CaseState): state is OpenCaseState {
  return (OPEN_CASE_STATES as readonly CaseState[]).includes(state)
}

const PERIODS = {
  requested: 'refund_answer_ms', awaiting_return: 'return_ship_ms', return_shipped: 'return_confirm_ms', refused: 'refund_escalation_ms', arbitration: null
} as const satisfies Record<OpenCaseState, keyof TenantSettings | null>

function dueAt ({ now, settings }: Books, state: OpenCaseState): Date | null {
  const period = PERIODS[state]
  return period === null ? null : new Date(now.getTime() + settings[period])
}

/** The time to confirm runs on from where it stood, if something still waits for confirmation. */
function resumeTime ({ now, settings }: Books, trade: Trade, line: Line, { remainingMs }: RefundCase): Trade {
  const confirmBy = unconfirmedOf(line) > 0 ? new Date(now.getTime() + (remainingMs ?? settings.auto_confirm_ms[line.fulfilment])) : null
  return confirmBy === null && line.confirmBy === null ? trade : withLines(trade, [{ ...line, confirmBy }])
}

const EVENTS: Readonly<Record<CaseState, EventType>> = {
  requested: 'case.opened',
  awaiting_return: 'case.agreed',
  return_shipped: 'case.return_shipped',
  refused: 'case.refused',
  arbitration: 'case.escalated',
  refunded: 'case.refunded',
  cancelled: 'case.cancelled'
}

function tellCase (books: Books, trade: Trade, { id, lineId, kind, state, amount }: RefundCase, { by, refunded }: { readonly by: CaseActor['by'], readonly refunded: bigint }): void {
  const unit = unitOf(trade.currency)
  books.append({
    type: EVENTS[state],
    subject: externalId('cas', id),
    data: {
      trade: externalId('trd', trade.id),
      line: externalId('lin', lineId),
      kind,
      state,
      currency: trade.currency,
      amount: formatAmount(amount, unit),
      refunded: formatAmount(refunded, unit),
      by
    }
  })
}
