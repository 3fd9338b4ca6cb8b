import { matureSlice } from '../../src/escrow/reserves/mature-slice.ts'
import type { Command } from './trade-commands.ts'
import { chooseFitting, CURRENCIES, sellerTerms, type Planned, type TradeWorld } from './trade-world.ts'

/** Other terms for a seller: something is kept back of his next trades, or nothing any more; he is paid in another currency, or in each trade's own. */
export function planSellerTerms (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const seller = world.sellers[target % 3] ?? ''
  const terms = {
    reserve: choice % 4 === 0 ? null : { rate: [1000, 500, 333, 100, 1][size % 5] ?? 100, days: 1 + size % 5 },
    currency: [null, null, ...CURRENCIES][(choice + size) % 5] ?? null
  }
  return [{
    operation: sellerTerms(world.origin(), seller, terms),
    expect: () => {
      world.purses.terms.set(seller, terms)
      return 'answered'
    }
  }]
}

/** A sweep over one slice of a reserve that has matured, now and then for the second time. */
export function planMaturity (world: TradeWorld, { target }: Command): Planned[] {
  const matured = world.purses.slices.flatMap((slice, place) => slice.maturesAt > world.now ? [] : [{ slice, place }])
  const chosen = chooseFitting(matured, target, ({ slice }) => !slice.matured)
  const sliceId = chosen === undefined ? undefined : world.runner.slices?.()[chosen.place]?.id
  if (chosen === undefined || sliceId === undefined) return []
  const operation = matureSlice({ tenantId: world.tenantId, sliceId, maturesAt: new Date(chosen.slice.maturesAt) })
  return [{
    operation: { ...operation, key: world.origin().key },
    expect: () => {
      world.purses.mature(chosen.place)
      return 'answered'
    }
  }]
}
