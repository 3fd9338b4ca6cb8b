import type { BatchState, Learnt } from './batch-state.ts'
import type { Operation } from './operation.ts'
import { outcomeOfThrown, type Outcome } from './outcome.ts'
import { Overlay, type DecisionContext } from './overlay.ts'
import { replay, storedRefusal, type StoredAnswer } from './stored-answer.ts'

/** An operation in a batch. A dry run decides like any other and leaves nothing behind. */
export interface BatchEntry {
  readonly operation: Operation<unknown>
  readonly dryRun: boolean
  /** What it needs beside what it names, as earlier decisions of it showed. */
  readonly learnt?: readonly Learnt[]
}

/**
 * Decides the operations of a batch one after the other, each on what the ones before it left.
 * `answers` holds the stored answers of their keys and receives the new ones; the outcome of an entry stands at its index.
 * A refusal or failure of one leaves no trace in `state`.
 */
export function decideBatch (
  entries: readonly BatchEntry[], state: BatchState, answers: Map<string, StoredAnswer>, context: DecisionContext
): Outcome[] {
  return entries.map(({ operation, dryRun }) => {
    if (dryRun) return decide(operation, new Overlay(state, context))
    const stored = answers.get(operation.key)
    if (stored !== undefined) return replay(stored, operation.fingerprint)
    const overlay = new Overlay(state, context)
    const outcome = decide(operation, overlay)
    switch (outcome.kind) {
      case 'answered':
        state.merge(overlay)
        answers.set(operation.key, { fingerprint: operation.fingerprint, refusalCode: null, answer: outcome.answer, isNew: true })
        return outcome
      case 'refused':
        answers.set(operation.key, { ...storedRefusal(operation.fingerprint, outcome.refusal), isNew: true })
        return outcome
      case 'failed':
        return outcome
    }
  })
}

function decide (operation: Operation<unknown>, overlay: Overlay): Outcome {
  try {
    const answer = JSON.stringify(operation.decide(overlay))
    return { kind: 'answered', answer, replayed: false, transactions: overlay.transactions }
  } catch (error) {
    return outcomeOfThrown(error)
  }
}
