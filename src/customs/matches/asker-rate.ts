import { HOUR_MS, SECOND_MS } from '../../kernel/time.ts'
import type { AskerRate } from './question.ts'
import type { Verdict } from './verdict.ts'

/** Whoever asked so often in an hour, and was wrong more often than that, guesses. */
const ASKED_LEAST = 50
const MISMATCH_RATE_MAX = 0.2

/** For how long a key that guesses is told nothing, and over how long its questions are counted. */
export const PAUSE_SECONDS = HOUR_MS / SECOND_MS

/** The rate of a key with one more answer to something new; paused where that makes it one that guesses. */
export function withAnswer (rate: AskerRate, verdict: Verdict): AskerRate {
  const asked = rate.asked + 1
  const mismatched = rate.mismatched + (verdict === 'no_match' ? 1 : 0)
  return { asked, mismatched, pausedSeconds: asked >= ASKED_LEAST && mismatched / asked > MISMATCH_RATE_MAX ? PAUSE_SECONDS : rate.pausedSeconds }
}
