import { Refusal } from '../../kernel/refusals.ts'
import { amountOf, claimableUnits } from '../trade/claim-money.ts'
import { sumOf } from '../trade/line-amount.ts'
import { namedLines, refuseAt } from '../trade/named-lines.ts'
import type { WantedUnits } from '../trade/pick-units.ts'
import { confirmableOf } from '../trade/release-conditions.ts'
import { awaitedOf } from '../trade/states.ts'
import { openCaseOf, refundableOf, type Line, type Trade } from '../trade/trade.ts'

/**
 * Refuses `refund_case_open` where a buyer confirms a line of which he wants money back: with a pointer for a line that he names, and where nothing
 * but such lines waits for him when he names none.
 */
export function requireNoCase (trade: Trade, wanted: readonly WantedUnits[] | null): void {
  if (trade.refundCases.length === 0) return
  for (const { line, pointer } of namedLines(trade, wanted ?? [])) {
    if (openCaseOf(trade, line) !== undefined) throw refuseAt('refund_case_open', `${pointer}/line`)
  }
  const waiting = wanted === null ? trade.lines.filter((line) => confirmableOf(line) > 0) : []
  if (waiting.length > 0 && waiting.every((line) => awaitedOf(trade, line) === 0)) throw new Refusal('refund_case_open')
}

/** Refuses `refund_case_open` where a line, as a step would leave it, has not enough left for its open refund case. For one in arbitration that is frozen already. */
export function requireRoomForCase (trade: Trade, after: Line): void {
  const open = openCaseOf(trade, after)
  if (open === undefined || open.state === 'arbitration') return
  const isCovered = claimableUnits(after, open.kind) >= (open.quantity ?? 1) && amountOf(after, open) > 0n && sumOf(refundableOf(after)) >= (open.asked ?? 0n)
  if (!isCovered) throw new Refusal('refund_case_open', `Line "${after.ref}" would have too little left for its open refund case: withdraw that, or let it be decided first.`)
}
