import { Refusal, type RefusalCode } from '../kernel/refusals.ts'

export const PROPOSAL_STATES = ['proposed', 'posted', 'rejected', 'withdrawn'] as const
export type ProposalState = (typeof PROPOSAL_STATES)[number]

/** What takes two persons: one proposes it, another one decides it, and only then it is booked. A person is an API key, by its inside id. */
export interface Proposal {
  readonly state: ProposalState
  readonly proposedBy: string
  readonly proposedAt: Date
  /** Whoever approved, rejected or withdrew it. */
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly transactionId: string | null
}

/** A proposal that nobody has decided. */
export function newProposal (person: string, now: Date): Proposal {
  return { state: 'proposed', proposedBy: person, proposedAt: now, decidedBy: null, decidedAt: null, transactionId: null }
}

/** The proposal, where it still waits. Refuses `not_found` where there is none, and the given code where it was decided. */
export function requireProposed<Row extends Proposal> (row: Row | null, decidedCode: RefusalCode): Row {
  if (row === null) throw new Refusal('not_found')
  if (row.state !== 'proposed') throw new Refusal(decidedCode, `It is ${row.state}.`, { current_state: row.state })
  return row
}

/** Refuses `second_person_required` for whoever proposed it. */
export function requireSecondPerson ({ proposedBy }: Pick<Proposal, 'proposedBy'>, person: string): void {
  if (proposedBy === person) throw new Refusal('second_person_required')
}

/** Refuses `not_the_proposer` for anybody but whoever proposed it. */
export function requireProposer ({ proposedBy }: Pick<Proposal, 'proposedBy'>, person: string): void {
  if (proposedBy !== person) throw new Refusal('not_the_proposer')
}
