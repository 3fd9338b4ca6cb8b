import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Exactly, Nullable, Timestamp } from '../../http/schemas.ts'
import { SECOND_MS } from '../../kernel/time.ts'
import { CLOCK_AHEAD_MAX_MS } from './aim-clock.ts'

const BySeconds = T.Integer({ minimum: 1, maximum: CLOCK_AHEAD_MAX_MS / SECOND_MS, description: 'By how many seconds; while an advance is under way, counted from its end.' })

export const AdvanceRequest = T.Union([Exactly({ by_seconds: BySeconds }), Exactly({ to: Timestamp })], {
  examples: [{ by_seconds: 864_000 }, { to: '2026-02-10T08:00:00Z' }]
})

const clockProperties = {
  now: Timestamp,
  ahead_seconds: T.Number({ minimum: 0, description: 'By how much it is ahead of the real time; it runs on at the same pace.' }),
  advancing_to: Nullable(T.String({
    format: 'date-time', description: 'Where an advance that did not arrive was going; null when the clock is where it was sent. Advance again, `to` that time, and it goes on.'
  }))
}

export const ClockBody = component('TestClock', T.Object(clockProperties, { description: 'The time that a sandbox tenant\'s deadlines, transactions and events go by.' }))

export const AdvancedBody = component('AdvancedClock', T.Object({
  ...clockProperties,
  to: T.String({ format: 'date-time', description: 'Where this request sent the clock.' }),
  has_more: T.Boolean({ description: 'Whether it did not get there: there was more to do on the way than one request does. Send the same request again, with the same key.' }),
  steps: T.Integer({ minimum: 0, description: 'At how many deadlines it stopped on its way.' })
}))

export const CLOCK_EXAMPLE = { now: '2026-02-10T08:00:00.412Z', ahead_seconds: 864_000, advancing_to: null }
export const ADVANCED_EXAMPLE = { ...CLOCK_EXAMPLE, to: '2026-02-10T08:00:00.000Z', has_more: false, steps: 3 }
