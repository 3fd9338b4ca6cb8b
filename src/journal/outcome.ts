import { Refusal } from '../kernel/refusals.ts'
import type { PostedTransaction } from './batch-state.ts'

/** What became of one operation. `replayed` marks an answer that was stored before. */
export type Outcome =
  | { readonly kind: 'answered', readonly answer: string, readonly replayed: boolean, readonly transactions: readonly PostedTransaction[] }
  | { readonly kind: 'refused', readonly refusal: Refusal }
  | { readonly kind: 'failed', readonly error: unknown }

/** The outcome of an operation that threw: a `Refusal` is the caller's answer, anything else is a failure of ours. */
export function outcomeOfThrown (error: unknown): Outcome {
  return error instanceof Refusal ? { kind: 'refused', refusal: error } : { kind: 'failed', error }
}
