import type { ReserveSlice } from './reserve-slices.ts'

/**
 * What goes on to the seller when a slice matures, minor units, by the debits of his reserve account until then. Whatever leaves a reserve
 * leaves it in the order in which it came: the debits have used up that much of its beginning, and the slice ends at `upto`. So what was
 * recovered came out of the oldest slices, and a slice that matures before an older one (the days were shortened) takes that one along.
 */
export function dueOf ({ upto }: Pick<ReserveSlice, 'upto'>, debits: bigint): bigint {
  return upto > debits ? upto - debits : 0n
}

/** When how much of a reserve goes on, if nothing is recovered from it before; `slices` in the order in which they mature. */
export function maturitiesOf<Slice extends Pick<ReserveSlice, 'upto'>> (slices: readonly Slice[], debits: bigint): Array<{ readonly slice: Slice, readonly amount: bigint }> {
  let gone = debits
  return slices.flatMap((slice) => {
    const amount = dueOf(slice, gone)
    gone += amount
    return amount === 0n ? [] : [{ slice, amount }]
  })
}
