export const CASE_KINDS = ['refund_only', 'return_refund'] as const
export type CaseKind = (typeof CASE_KINDS)[number]

/** Why a buyer wants his money back. A closed list: free text would bring personal data into the books. */
export const CASE_REASONS = [
  'not_received', 'not_as_described', 'damaged', 'wrong_item', 'missing_parts', 'late', 'no_longer_wanted', 'agreed', 'other'
] as const

export const OPEN_CASE_STATES = ['requested', 'awaiting_return', 'return_shipped', 'refused', 'arbitration'] as const
export const CASE_STATES = [...OPEN_CASE_STATES, 'refunded', 'cancelled'] as const
export type OpenCaseState = (typeof OPEN_CASE_STATES)[number]
export type CaseState = (typeof CASE_STATES)[number]

export const CASE_ACTIONS = ['agree', 'refuse', 'ship_return', 'confirm_return', 'withdraw', 'escalate'] as const
export type CaseAction = (typeof CASE_ACTIONS)[number]

/** What can be done with a case in which state: the one table that refusals and a case's `allowed_actions` both follow. */
export const CASE_ACTIONS_BY_STATE: Readonly<Record<CaseState, readonly CaseAction[]>> = {
  requested: ['agree', 'refuse', 'withdraw'],
  awaiting_return: ['ship_return', 'withdraw'],
  // What came back may be something else than what was sent.
  return_shipped: ['refuse', 'confirm_return'],
  refused: ['agree', 'withdraw', 'escalate'],
  // Decided by the award of its dispute.
  arbitration: [],
  refunded: [],
  cancelled: []
}

/** What silence does when the time of a state is over; null where nothing runs out. */
export const CASE_SILENCE: Readonly<Record<OpenCaseState, 'agree' | 'confirm_return' | 'expire' | null>> = {
  requested: 'agree',
  awaiting_return: 'expire',
  return_shipped: 'confirm_return',
  refused: 'expire',
  arbitration: null
}

export const CASE_ACTORS = ['buyer', 'seller', 'platform', 'timer'] as const

/** Who does something to a case, and with which key (its inside id; null for a timer). */
export interface CaseActor {
  readonly by: (typeof CASE_ACTORS)[number]
  readonly key: string | null
}

/** What a case's history is made of: what people do, what silence does, and what an award does. */
export const CASE_STEPS = ['request', ...CASE_ACTIONS, 'expire', 'award'] as const

/** One step of a case's history. */
export interface CaseStep extends CaseActor {
  readonly action: (typeof CASE_STEPS)[number]
  readonly at: Date
}

/** What a buyer wants back of a line: an amount, units, units for an amount, or (neither told) all that is left. Minor units. */
export interface Claim {
  readonly kind: CaseKind
  readonly quantity: number | null
  readonly asked: bigint | null
}

/** A buyer's wish for money back of one line, and how far it has come. */
export interface RefundCase extends Claim {
  readonly id: string
  readonly lineId: string
  readonly state: CaseState
  readonly reason: (typeof CASE_REASONS)[number]
  /** What it comes to, minor units, as of its last step. */
  readonly amount: bigint
  readonly openedAt: Date
  /** When silence decides; null where it does not. */
  readonly dueAt: Date | null
  /** What was left of the line's time to confirm; null when nothing waited for confirmation. It runs on when the case is closed. */
  readonly remainingMs: number | null
  /** How the return travels. */
  readonly carrier: string | null
  readonly trackingNumber: string | null
  readonly steps: readonly CaseStep[]
}

/** The state that an action brings a case into. */
export function nextCaseState ({ kind, steps }: Pick<RefundCase, 'kind' | 'steps'>, action: CaseAction | 'expire'): CaseState {
  switch (action) {
    // What was sent back need not be sent back again.
    case 'agree': return kind === 'refund_only' || steps.some((step) => step.action === 'ship_return') ? 'refunded' : 'awaiting_return'
    case 'refuse': return 'refused'
    case 'ship_return': return 'return_shipped'
    case 'confirm_return': return 'refunded'
    case 'escalate': return 'arbitration'
    case 'withdraw': case 'expire': return 'cancelled'
  }
}
