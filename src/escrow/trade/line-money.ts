import { portion, proportion } from '../../kernel/money.ts'
import type { FeeBase, Line, LineTerms, Split } from './trade.ts'

/** What confirming units of a line moves, in minor units, and the line after it. */
export interface ConfirmedStep {
  readonly line: Line
  /** From escrow to the seller: goods and their part of the shipping charge. */
  readonly cash: bigint
  /** Of that, from the seller to us, and to each partner in the order of the line's splits. */
  readonly commission: bigint
  readonly splits: readonly bigint[]
}

/**
 * Confirms units of a line. Shares are cumulative: each step posts what is due on everything confirmed so far, less what was
 * posted before, so that one by one costs the same as all at once. A share that rounding makes larger than what is left of
 * this step waits for the next, so that no step ever takes more from a seller than it gives.
 */
export function confirmUnits (line: Line, units: number, feeBase: FeeBase): ConfirmedStep {
  const shipping = shippingStep(line, units)
  const cash = line.unitPrice * BigInt(units) + shipping
  const confirmed = line.confirmed + units
  const releasedShipping = line.releasedShipping + shipping
  const base = line.unitPrice * BigInt(confirmed) + (feeBase === 'price' ? 0n : releasedShipping)
  let left = cash
  const take = (due: bigint, posted: bigint): bigint => {
    const amount = atMost(due - posted, left)
    left -= amount
    return amount
  }
  const commission = take(portion(line.commissionRate, base), line.commissionPosted)
  const splits = line.splits.map((split, index) => take(splitDue(split, base, confirmed, line.quantity), line.splitPosted[index] ?? 0n))
  return {
    line: {
      ...line,
      confirmed,
      releasedShipping,
      settledShipping: line.settledShipping + shipping,
      commissionPosted: line.commissionPosted + commission,
      splitPosted: splits.map((amount, index) => amount + (line.splitPosted[index] ?? 0n))
    },
    cash,
    commission,
    splits
  }
}

/** Gives units of a line back before they are shipped: `cash` is their price and their part of the shipping charge, minor units. */
export function refundUnits (line: Line, units: number): { readonly line: Line, readonly cash: bigint } {
  const shipping = shippingStep(line, units)
  return {
    line: { ...line, refunded: line.refunded + units, settledShipping: line.settledShipping + shipping },
    cash: line.unitPrice * BigInt(units) + shipping
  }
}

/** What a whole line costs, in minor units. */
export function grossOf (terms: LineTerms): bigint {
  return terms.unitPrice * BigInt(terms.quantity) + terms.shipping
}

/** What commission and splits take of a whole line, in minor units. */
export function sharesOf (terms: LineTerms, feeBase: FeeBase): bigint {
  const base = terms.unitPrice * BigInt(terms.quantity) + (feeBase === 'price' ? 0n : terms.shipping)
  const splits = terms.splits.reduce((sum, split) => sum + splitDue(split, base, terms.quantity, terms.quantity), 0n)
  return portion(terms.commissionRate, base) + splits
}

/** The part of the line's shipping charge that goes with the next units; over all of them it adds up to the charge exactly. */
function shippingStep (line: Line, units: number): bigint {
  const settled = line.confirmed + line.refunded + units
  return proportion(line.shipping, BigInt(settled), BigInt(line.quantity)) - line.settledShipping
}

function splitDue (split: Split, base: bigint, confirmed: number, quantity: number): bigint {
  return 'rate' in split ? portion(split.rate, base) : proportion(split.amount, BigInt(confirmed), BigInt(quantity))
}

function atMost (amount: bigint, limit: bigint): bigint {
  return amount < limit ? amount : limit
}
