import { Refusal, type RefusalCode, type RefusalFacts } from '../kernel/refusals.ts'
import type { Outcome } from './outcome.ts'

/** What is kept with an idempotency key: the answer, or the refusal, of the request that used it first. */
export interface StoredAnswer {
  readonly fingerprint: Buffer
  /** The code when the request was refused. */
  readonly refusalCode: RefusalCode | null
  /** The answer as JSON; of a refusal, its detail and facts. */
  readonly answer: string
  /** Whether this batch made it, so that it must be written. */
  readonly isNew: boolean
}

/** The outcome of a request whose key was used before: the stored one, or `idempotency_key_reused` when it is another request. */
export function replay (stored: StoredAnswer, fingerprint: Buffer): Outcome {
  if (!stored.fingerprint.equals(fingerprint)) {
    return { kind: 'refused', refusal: new Refusal('idempotency_key_reused') }
  }
  if (stored.refusalCode === null) return { kind: 'answered', answer: stored.answer, replayed: true, transactions: [] }
  // Written by storedRefusal below.
  const { detail, facts } = JSON.parse(stored.answer) as { detail: string, facts: RefusalFacts }
  return { kind: 'refused', refusal: new Refusal(stored.refusalCode, detail, facts, { replayed: true }) }
}

/** A refusal as it is kept. */
export function storedRefusal (fingerprint: Buffer, refusal: Refusal): Omit<StoredAnswer, 'isNew'> {
  return { fingerprint, refusalCode: refusal.code, answer: JSON.stringify({ detail: refusal.message, facts: refusal.facts }) }
}
