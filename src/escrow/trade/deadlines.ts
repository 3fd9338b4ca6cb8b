import type { TenantSettings } from '../../tenants/settings.ts'
import type { OpenCaseState } from './refund-case.ts'
import { awaitsGroup, tradeState } from './states.ts'
import { isFrozen, type Line, type Trade } from './trade.ts'

interface Deadline {
  /** Until when somebody can act, as callers see it; null while the trade does not wait for that. */
  readonly shown: (trade: Trade) => Date | null
  /** When the sweep comes for it; null when nothing happens by itself. */
  readonly swept: (trade: Trade) => Date | null
  /** What happens when nobody acts. */
  readonly about: string
  /** What its time runs from. */
  readonly since: string
  /** The tenant's setting that says how long it is; null for what is over as soon as it begins. */
  readonly setting: keyof TenantSettings | null
}

/** When something happens to a trade if nobody acts: the one table that answers, the sweep and the documentation follow. */
export const DEADLINES = {
  pay_by: {
    shown: unpaidBy,
    swept: unpaidBy,
    since: 'creation',
    setting: 'unpaid_close_ms',
    about: 'The trade closes unpaid; whatever was paid goes back.'
  },
  fill_by: {
    shown: (trade) => awaitsGroup(trade) ? trade.group.fillBy : null,
    swept: (trade) => tradeState(trade) === 'awaiting_group' ? trade.group?.fillBy ?? null : null,
    since: 'the opening of its group, where that does not say',
    setting: 'group_ms',
    about: 'The group fails; the trade closes, and what was paid goes back.'
  },
  ship_by: {
    shown: ({ shipBy }) => shipBy,
    // It is told once.
    swept: ({ shipBy, shipOverdueAt }) => shipOverdueAt === null ? shipBy : null,
    since: 'payment in full',
    setting: 'ship_by_ms',
    about: 'Event `trade.ship_overdue`, once; from then on the buyer may cancel alone what is not shipped.'
  },
  confirm_by: {
    shown: firstConfirmBy,
    // While a hold blocks the release, silence confirms nothing: the sweep does not come before the last hold is lifted.
    swept: (trade) => trade.holds.length === 0 ? firstConfirmBy(trade) : null,
    since: 'the last shipment of the line',
    setting: 'auto_confirm_ms',
    about: 'Silence confirms what is shipped of the line, and its money is released.'
  },
  release_by: {
    // It is over as soon as it begins; what blocks it is shown elsewhere.
    shown: () => null,
    swept: (trade) => trade.holds.length === 0 ? firstOf(trade, ({ releaseBy }) => releaseBy) : null,
    since: 'the moment at which a hold, or a line that was not shipped, blocked the release of what is met',
    setting: null,
    about: 'What met release conditions release is released, as soon as nothing blocks it.'
  },
  refund_answer_by: {
    shown: (trade) => firstCaseDue(trade, 'requested'),
    swept: (trade) => firstCaseDue(trade, 'requested'),
    since: 'the request, of a refund case',
    setting: 'refund_answer_ms',
    about: 'The seller\'s silence agrees to a refund case: the money goes back, or the buyer may ship the return.'
  },
  return_by: {
    shown: (trade) => firstCaseDue(trade, 'awaiting_return'),
    swept: (trade) => firstCaseDue(trade, 'awaiting_return'),
    since: 'the agreement to a return',
    setting: 'return_ship_ms',
    about: 'A refund case whose return was not shipped is cancelled.'
  },
  return_confirm_by: {
    shown: (trade) => firstCaseDue(trade, 'return_shipped'),
    swept: (trade) => firstCaseDue(trade, 'return_shipped'),
    since: 'the shipment of a return',
    setting: 'return_confirm_ms',
    about: 'The seller\'s silence confirms a return, and the money goes back.'
  },
  escalate_by: {
    shown: (trade) => firstCaseDue(trade, 'refused'),
    swept: (trade) => firstCaseDue(trade, 'refused'),
    since: 'the refusal of a refund case',
    setting: 'refund_escalation_ms',
    about: 'A refused refund case that nobody escalated is cancelled.'
  },
  evidence_by: {
    shown: firstEvidenceBy,
    swept: firstEvidenceBy,
    since: 'the opening of the dispute',
    setting: 'dispute_evidence_ms',
    about: 'No more evidence is taken in a dispute; it is under review.'
  },
  after_sale_by: {
    shown: ({ afterSaleBy }) => afterSaleBy,
    swept: ({ afterSaleBy }) => afterSaleBy,
    since: 'completion',
    setting: 'after_sale_ms',
    about: 'The after-sale window ends: no refund is requested and no dispute opened any more.'
  }
} as const satisfies Record<string, Deadline>

export type DeadlineName = keyof typeof DEADLINES

export const DEADLINE_NAMES = Object.keys(DEADLINES) as readonly DeadlineName[]

/** The deadlines a trade is waiting for, as callers see them. */
export function deadlinesOf (trade: Trade): Partial<Record<DeadlineName, string>> {
  const shown = DEADLINE_NAMES.map((name): [DeadlineName, Date | null] => [name, DEADLINES[name].shown(trade)])
  return Object.fromEntries(shown.flatMap(([name, time]) => time === null ? [] : [[name, time.toISOString()]]))
}

/** When the sweep comes for a deadline: while a chargeback is open for none but its group's, whose decision every member follows. */
export function sweptAt (trade: Trade, name: DeadlineName): Date | null {
  if (!isFrozen(trade)) return DEADLINES[name].swept(trade)
  return name === 'fill_by' ? DEADLINES[name].shown(trade) : null
}

/** The next time a trade must be looked at, or null when nothing happens by itself. */
export function nextDeadline (trade: Trade): Date | null {
  return DEADLINE_NAMES.reduce<Date | null>((first, name) => earlier(first, sweptAt(trade, name)), null)
}

function unpaidBy (trade: Trade): Date | null {
  return tradeState(trade) === 'awaiting_payment' ? trade.payBy : null
}

function firstConfirmBy (trade: Trade): Date | null {
  return firstOf(trade, ({ confirmBy }) => confirmBy)
}

function firstOf (trade: Trade, timeOf: (line: Line) => Date | null): Date | null {
  return trade.lines.reduce<Date | null>((first, line) => earlier(first, timeOf(line)), null)
}

function firstCaseDue ({ refundCases }: Trade, state: OpenCaseState): Date | null {
  return refundCases.reduce<Date | null>((first, each) => each.state === state ? earlier(first, each.dueAt) : first, null)
}

function firstEvidenceBy (trade: Trade): Date | null {
  return trade.disputes.reduce<Date | null>((first, { dueAt }) => earlier(first, dueAt), null)
}

function earlier (one: Date | null, other: Date | null): Date | null {
  return one === null || (other !== null && other < one) ? other : one
}
