import type { Actor } from '../../audit/record.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { DAY_MS } from '../../kernel/time.ts'
import { CLOCK_NEEDS, requireTestClock, TEST_CLOCKS } from './test-clocks.ts'

/** How far a clock may be ahead of the real time: ten years, and never beyond what every deadline of a trade still fits before. */
export const CLOCK_AHEAD_MAX_MS = 3652 * DAY_MS
export const CLOCK_LATEST = new Date(Date.UTC(2099, 0, 1))

/** How far a clock is to go: by a span, or to a moment. */
export type Leap = { readonly byMs: number } | { readonly to: Date }

/**
 * Decides where a sandbox's clock goes, and answers that; getting there is done afterwards, deadline by deadline. A span counts from where
 * the clock is going already, so that of two advances at once both count; under one idempotency key it counts once.
 * Refuses `sandbox_only`, and `clock_out_of_range` for a moment that is past or too far away.
 */
export function aimClock (origin: Origin, actor: Actor, leap: Leap): Operation<{ to: string }> {
  return {
    ...origin,
    name: 'test_clock.advance',
    lane: 'request',
    weight: 3,
    needs: CLOCK_NEEDS,
    decide (books) {
      const clock = requireTestClock(books)
      const from = later(books.now, clock.target)
      const to = 'to' in leap ? leap.to : new Date(from.getTime() + leap.byMs)
      const latest = Math.min(books.now.getTime() - clock.aheadMs + CLOCK_AHEAD_MAX_MS, CLOCK_LATEST.getTime())
      if (to < books.now) throw outOfRange(`The clock only goes forward, and it is ${books.now.toISOString()}.`)
      if (to.getTime() > latest) throw outOfRange(`The clock goes to ${new Date(latest).toISOString()} at most.`)
      books.save(TEST_CLOCKS, {
        ...clock, target: later(to, clock.target), version: clock.version + 1, advances: [...clock.advances, { actor, from: books.now, to }]
      })
      return { to: to.toISOString() }
    }
  }
}

function later (one: Date, other: Date | null): Date {
  return other === null || one > other ? one : other
}

function outOfRange (detail: string): Refusal {
  return new Refusal('clock_out_of_range', detail)
}
