import { internalId } from '../../kernel/ids.ts'
import { Refusal, type RefusalCode } from '../../kernel/refusals.ts'
import type { Line, Trade } from './trade.ts'

/** A line that a caller named by its outside id, what he wants of it, and the place in the request. */
export interface NamedLine<Wanted> {
  readonly line: Line
  readonly wanted: Wanted
  readonly pointer: string
}

/** The lines of a trade that a caller names. Refuses, with a pointer, `unknown_line`, and `invalid_request` for a line named twice. */
export function namedLines<Wanted extends { readonly line: string }> (trade: Trade, wanted: readonly Wanted[]): Array<NamedLine<Wanted>> {
  const lines = new Map(trade.lines.map((line) => [line.id, line]))
  const seen = new Set<Line>()
  return wanted.map((each, index) => {
    const pointer = `/lines/${index}`
    const line = lines.get(internalId('lin', each.line) ?? '')
    if (line === undefined) throw refuseAt('unknown_line', `${pointer}/line`)
    if (seen.has(line)) throw refuseAt('invalid_request', `${pointer}/line`, 'A line is named twice.')
    seen.add(line)
    return { line, wanted: each, pointer }
  })
}

/** A refusal of one place in the request. */
export function refuseAt (code: RefusalCode, pointer: string, detail?: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code }] })
}
