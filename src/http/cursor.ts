import { internalId, type IdPrefix } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'

/** The inside id that a `starting_after` names, or null on the first page. Refuses `invalid_request` for a text that no page gave. */
export function cursorId (prefix: IdPrefix, cursor: string | undefined): string | null {
  if (cursor === undefined) return null
  const id = internalId(prefix, cursor)
  if (id === null) throw wrongCursor()
  return id
}

/** The number that a cursor over a sequence names, or zero at the beginning. Refuses `invalid_request` for anything but whole numbers. */
export function cursorSeq (cursor: string | undefined, pointer = '/starting_after'): bigint {
  if (cursor === undefined) return 0n
  if (!/^(0|[1-9]\d{0,17})$/.test(cursor)) throw wrongCursor(pointer)
  return BigInt(cursor)
}

function wrongCursor (pointer = '/starting_after'): Refusal {
  const detail = 'This is no cursor: send the `next_cursor` of the page before.'
  return new Refusal('invalid_request', detail, { errors: [{ pointer, code: 'wrong_cursor', detail }] })
}
