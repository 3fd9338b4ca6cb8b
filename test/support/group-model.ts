import * as model from './trade-model.ts'
import type { TradeWorld, WorldTrade } from './trade-world.ts'

/** What the decision of its group makes of a member, and what the member's payment makes of its group. */
export function followGroup (trade: model.ModelTrade, now: number): void {
  const member = trade.group
  if (member === null || !model.isWaiting(trade)) return
  const { of: group } = member
  if (group.state === 'open' && group.fillBy <= now) group.state = 'failed'
  if (group.state === 'open' && model.missingOf(trade) === 0n && !member.seated) {
    member.seated = true
    group.seats += 1
    if (group.seats === group.size) group.state = 'filled'
  }
  if (group.state === 'open') return
  member.outcome = group.state === 'filled' && member.seated ? 'filled' : 'missed'
  if (member.outcome === 'missed') model.closeUnpaid(trade)
}

/**
 * What an operation on a trade must lead to: first the decision of its group, then what `expect` says, then the seat that it paid. A refused
 * one leaves nothing behind, not even the group's decision.
 */
export function expectOn (world: TradeWorld, { model: trade }: WorldTrade, expect: () => string): string {
  const restore = remember(trade)
  followGroup(trade, world.now)
  model.keepTimes(trade, world.now, world.settings)
  const outcome = expect()
  if (outcome === 'answered') followGroup(trade, world.now)
  else restore()
  return outcome
}

/** Keeps what following a group changes of a trade and the group, and answers how to make it so again. */
function remember (trade: model.ModelTrade): () => void {
  const { closedUnpaid, shipBy, afterSaleBy, group } = trade
  const refunded = [...trade.applied.values()].map((payment) => ({ payment, was: payment.refunded }))
  const [member, of] = [{ ...group }, { ...group?.of }]
  return () => {
    Object.assign(trade, { closedUnpaid, shipBy, afterSaleBy })
    for (const { payment, was } of refunded) payment.refunded = was
    if (group === null) return
    Object.assign(group, member)
    Object.assign(group.of, of)
  }
}
