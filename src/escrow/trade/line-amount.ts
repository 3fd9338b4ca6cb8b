/** Money of one line, minor units of its trade's currency: what is for goods and what is for shipping are kept apart, because shares are taken of goods. */
export interface LineAmount {
  readonly goods: bigint
  readonly shipping: bigint
}

export const NOTHING: LineAmount = { goods: 0n, shipping: 0n }

/** Both parts together, minor units. */
export function sumOf ({ goods, shipping }: LineAmount): bigint {
  return goods + shipping
}

/** Part by part: `one + other`. */
export function plus (one: LineAmount, other: LineAmount): LineAmount {
  return { goods: one.goods + other.goods, shipping: one.shipping + other.shipping }
}

/** Part by part: `one − other`. */
export function minus (one: LineAmount, other: LineAmount): LineAmount {
  return { goods: one.goods - other.goods, shipping: one.shipping - other.shipping }
}

/**
 * How an amount is taken out of a pool when nobody says of what: goods first, then shipping. What the pool does not hold is not taken.
 * Refunds that are named by their amount alone so lower the shares that are taken of goods.
 */
export function goodsFirst (amount: bigint, pool: LineAmount): LineAmount {
  const goods = amount < pool.goods ? amount : pool.goods
  const rest = amount - goods
  return { goods, shipping: rest < pool.shipping ? rest : pool.shipping }
}
