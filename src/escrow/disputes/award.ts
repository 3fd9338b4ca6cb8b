import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { requireProposer, requireSecondPerson } from '../../two-persons/proposal.ts'
import { workOnTrade } from '../steps/trade-step.ts'
import type { Trade } from '../trade/trade.ts'
import { parseAward, requireFitting, takesTwoPersons, type WantedAward } from './award-terms.ts'
import type { AwardProposal, ChangedDispute, Dispute } from './dispute.ts'
import { DISPUTES } from './dispute-rows.ts'
import { onDispute, requireUndecided, type DisputeTarget } from './find-dispute.ts'
import { settleAward } from './settle-award.ts'
import type { DisputeAnswer } from './show-dispute.ts'
import { appendDisputeEvent, awardedOf } from './tell-dispute.ts'

/** Which dispute, and who decides: the inside id of the acting key. */
export interface Arbitration extends DisputeTarget {
  readonly person: string
}

/**
 * Divides what is contested between buyer and sellers, or proposes that where the tenant's limit asks for a second person. Refuses `not_found`,
 * `dispute_decided`, `award_proposed`, what {@link parseAward} and {@link settleAward} refuse.
 */
export function awardDispute (origin: Origin, arbitration: Arbitration, wanted: readonly WantedAward[]): Operation<DisputeAnswer> {
  return arbitrate(origin, arbitration, 'dispute.award', (books, trade, dispute) => {
    if (dispute.proposal !== null) throw new Refusal('award_proposed', `It was proposed by ${externalId('key', dispute.proposal.proposedBy)}.`, { current_state: dispute.state })
    const lines = parseAward(trade, dispute, wanted)
    if (!takesTwoPersons(books.settings, dispute, lines)) return settleAward(books, trade, dispute, { lines, person: arbitration.person })
    const proposed = { ...dispute, proposal: { lines, proposedBy: arbitration.person, proposedAt: books.now } }
    books.save(DISPUTES, proposed)
    appendDisputeEvent(books, 'dispute.award_proposed', proposed, awardedOf(lines), { proposed_by: externalId('key', arbitration.person) })
    return { trade, transactions: [], dispute: proposed }
  })
}

/**
 * Decides a dispute by the award that another person proposed. Refuses `not_found`, `dispute_decided`, `no_award_proposed`, `second_person_required`,
 * and `award_mismatch` where less is contested by now than was divided.
 */
export function approveAward (origin: Origin, arbitration: Arbitration): Operation<DisputeAnswer> {
  return arbitrate(origin, arbitration, 'dispute.award_approve', (books, trade, dispute) => {
    const proposal = requireProposal(dispute)
    requireSecondPerson(proposal, arbitration.person)
    requireFitting(trade, dispute, proposal.lines)
    return settleAward(books, trade, dispute, { lines: proposal.lines, person: arbitration.person })
  })
}

/** Drops the award that another person proposed; the dispute goes on. Refuses `not_found`, `dispute_decided`, `no_award_proposed`, `second_person_required`. */
export function rejectAward (origin: Origin, arbitration: Arbitration): Operation<DisputeAnswer> {
  return arbitrate(origin, arbitration, 'dispute.award_reject', (books, trade, dispute) => {
    requireSecondPerson(requireProposal(dispute), arbitration.person)
    return drop(books, trade, dispute, arbitration.person)
  })
}

/** Takes a proposed award back; the dispute goes on. Refuses `not_found`, `dispute_decided`, `no_award_proposed`, `not_the_proposer`. */
export function withdrawAward (origin: Origin, arbitration: Arbitration): Operation<DisputeAnswer> {
  return arbitrate(origin, arbitration, 'dispute.award_withdraw', (books, trade, dispute) => {
    requireProposer(requireProposal(dispute), arbitration.person)
    return drop(books, trade, dispute, arbitration.person)
  })
}

function arbitrate (
  origin: Origin, arbitration: Arbitration, name: string, decide: (books: Books, trade: Trade, dispute: Dispute) => ChangedDispute
): Operation<DisputeAnswer> {
  return workOnTrade(origin, { tradeId: arbitration.tradeId, expectedVersion: null }, {
    ...onDispute(arbitration),
    name,
    weight: 30,
    movesCoins: true,
    decide: (books, trade) => decide(books, trade, requireUndecided(books, trade, arbitration.disputeId))
  })
}

function requireProposal ({ proposal, state }: Dispute): AwardProposal {
  if (proposal === null) throw new Refusal('no_award_proposed', undefined, { current_state: state })
  return proposal
}

function drop (books: Books, trade: Trade, dispute: Dispute, person: string): ChangedDispute {
  const dropped = { ...dispute, proposal: null }
  books.save(DISPUTES, dropped)
  appendDisputeEvent(books, 'dispute.award_dropped', dropped, {}, { by: externalId('key', person) })
  return { trade, transactions: [], dispute: dropped }
}
