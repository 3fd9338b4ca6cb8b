import { Refusal } from '../kernel/refusals.ts'
import { parseTime } from '../kernel/time.ts'
import type { Point } from './as-of.ts'

/** A span of recorded time: from this moment on, up to but without the other; null where it has no end. */
export interface Period {
  readonly from: Date | null
  readonly to: Date | null
}

/** The period of two RFC 3339 texts. Refuses `invalid_time`, and `invalid_request` for a period that ends before it begins. */
export function parsePeriod ({ from, to }: { readonly from?: string | undefined, readonly to?: string | undefined }): Period {
  const period = {
    from: from === undefined ? null : parseTime(from, '/from'),
    to: to === undefined ? null : parseTime(to, '/to')
  }
  if (period.from !== null && period.to !== null && period.to < period.from) throw wrong('/to', 'the period ends before it begins')
  return period
}

/** The moment that `as_of` or `as_of_seq` names; now where neither is given. Refuses `invalid_time`, and `invalid_request` for both at once. */
export function parsePoint ({ as_of: asOf, as_of_seq: seq }: { readonly as_of?: string | undefined, readonly as_of_seq?: number | undefined }): Point {
  if (asOf !== undefined && seq !== undefined) throw wrong('/as_of_seq', 'name a moment by its time or by its seq, not by both')
  if (asOf !== undefined) return { kind: 'time', time: parseTime(asOf, '/as_of') }
  return seq === undefined ? { kind: 'now' } : { kind: 'seq', seq: BigInt(seq) }
}

/** The number that a cursor of a list holds, 0 without one. Refuses `invalid_request` for a text that no page gave out. */
export function parseCursor (text: string | undefined): bigint {
  if (text === undefined) return 0n
  if (!/^[1-9]\d{0,17}$/.test(text)) throw wrong('/starting_after', 'send the `next_cursor` of the page before')
  return BigInt(text)
}

function wrong (pointer: string, detail: string): Refusal {
  return new Refusal('invalid_request', detail, { errors: [{ pointer, code: 'invalid_request', detail }] })
}
