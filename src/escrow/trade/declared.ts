import type { DeclaredPart } from './declared-part.ts'
import type { Trade } from './trade.ts'

/** What of a payment a trade still has and no declaration tells of, minor units. Zero for a payment that is none of the trade's. */
export function undeclaredOf (trade: Trade, paymentId: string): bigint {
  return keptOf(trade, paymentId) - amountOf(trade.declared.filter((part) => part.paymentId === paymentId))
}

/**
 * What is declared of a trade, with no more of any payment than was not given or taken back: the newest parts are lowered first. The very same parts
 * where they fit.
 */
export function fitDeclared (trade: Trade): readonly DeclaredPart[] {
  const { declared, allocations } = trade
  const over = allocations.filter(({ paymentId }) => undeclaredOf(trade, paymentId) < 0n)
  return over.reduce((parts, { paymentId }) => lower(parts, paymentId, keptOf(trade, paymentId)), declared)
}

/** What a payment put into a trade, less what went back of it. */
function keptOf ({ allocations }: Trade, paymentId: string): bigint {
  const allocation = allocations.find((each) => each.paymentId === paymentId)
  return allocation === undefined ? 0n : allocation.amount - allocation.refunded - allocation.chargedBack
}

function lower (parts: readonly DeclaredPart[], paymentId: string, kept: bigint): DeclaredPart[] {
  let left = kept
  return parts.map((part) => {
    if (part.paymentId !== paymentId) return part
    const amount = part.amount < left ? part.amount : left
    left -= amount
    return amount === part.amount ? part : { ...part, amount }
  })
}

function amountOf (parts: readonly DeclaredPart[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n)
}
