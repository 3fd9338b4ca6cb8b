import { isUnavailable } from '../db/unavailable.ts'

/**
 * What a failed batch calls for: `rerun` the whole batch (nothing of it can have been at fault, or its outcome is unknown and its
 * keys make a second run harmless), or run its operations `alone`, so that only the culprit fails.
 */
export type FailureClass = 'rerun' | 'alone'

/** Sorts what a batch's transaction threw. An error nobody knows is treated as some operation's own. */
export function classifyFailure (error: unknown): FailureClass {
  return isUnavailable(error) ? 'rerun' : 'alone'
}
