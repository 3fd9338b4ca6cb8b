import type { Operation, Origin } from '../../journal/operation.ts'
import { internalId } from '../../kernel/ids.ts'
import { releaseMet } from '../release/release-met.ts'
import { meetFact } from '../release/met-facts.ts'
import { confirmationAccounts } from '../trade/accounts.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { attestationsIn } from '../trade/release-conditions.ts'
import type { AttestationKind, MetFact } from '../trade/release-terms.ts'
import { withLines, type Line, type Trade } from '../trade/trade.ts'
import { tradeOperation } from '../steps/trade-step.ts'
import { answerTrade, requireTrade, type TradeTarget } from '../trade/trade-operation.ts'
import { showProgress, type ProgressAnswer } from './show-progress.ts'

/** What somebody testifies of a line, by its outside id. */
export interface NewAttestation {
  readonly line: string
  readonly kind: AttestationKind
  /** The reference of the milestone it is for; null for a line that has one condition and no milestones. */
  readonly milestone: string | null
  /** The SHA-256 of what proves it, in hexadecimal digits. */
  readonly evidence: string | null
  /** The outside id of the key that attests. */
  readonly by: string
}

/**
 * Records that something is so, for ever, and releases what that completes. While a hold blocks the release, it is recorded all the same,
 * and what it completes is released when the last hold is gone. The same once more changes nothing, whoever attests it.
 * Refuses `not_found`, `version_mismatch`, `illegal_in_state`, `unknown_line`, `attestation_not_asked`.
 */
export function attest (origin: Origin, target: TradeTarget, attestation: NewAttestation): Operation<ProgressAnswer> {
  const step = tradeOperation(origin, target, {
    name: 'trade.attest',
    action: 'attest',
    weight: 10,
    movesCoins: 'released',
    accounts: (trade) => confirmationAccounts(trade, trade.lines),
    decide (books, trade) {
      const line = lineOf(trade, attestation)
      const { kind: fact, milestone, by, evidence } = attestation
      const attested = withLines(trade, [meetFact(books, trade, line, { fact, milestone, by, evidence })])
      if (attested.holds.length > 0) return { trade: attested, transactions: [] }
      return releaseMet(books, attested, { description: fact, occurredAt: books.now })
    }
  })
  return {
    ...step,
    decide (books) {
      const trade = requireTrade(books, { ...target, expectedVersion: null })
      return showProgress(isKnown(lineOf(trade, attestation).met, attestation) ? answerTrade(trade, []) : step.decide(books))
    }
  }
}

function isKnown (met: readonly MetFact[], { kind, milestone }: NewAttestation): boolean {
  return met.some((each) => each.fact === kind && each.milestone === milestone)
}

/** The line that asks for the attestation. */
function lineOf (trade: Trade, { line: id, kind, milestone: ref }: NewAttestation): Line {
  const lineId = internalId('lin', id)
  const line = trade.lines.find((each) => each.id === lineId)
  if (line === undefined) throw refuseAt('unknown_line', '/line')
  const milestone = line.milestones.find((each) => each.ref === ref)
  if (milestone === undefined) throw refuseAt('attestation_not_asked', '/milestone')
  if (!attestationsIn(milestone).includes(kind)) throw refuseAt('attestation_not_asked', '/kind')
  return line
}
