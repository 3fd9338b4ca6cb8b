import { matureSlice } from '../../src/escrow/reserves/mature-slice.ts'
import type { Command } from './trade-commands.ts'
import { chooseFitting, reserveTerms, type Planned, type TradeWorld } from './trade-world.ts'

/** Other terms for a seller: something is kept back of his next trades, or nothing any more. */
export function planSellerTerms (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const seller = world.sellers[target % 3] ?? ''
  const terms = choice % 4 === 0 ? null : { rate: [1000, 500, 333, 100, 1][size % 5] ?? 100, days: 1 + size % 5 }
  return [{
    operation: reserveTerms(world.origin(), seller, terms),
    expect: () => {
      if (terms === null) world.reserves.terms.delete(seller)
      else world.reserves.terms.set(seller, terms)
      return 'answered'
    }
  }]
}

/** A sweep over one slice of a reserve that has matured, now and then for the second time. */
export function planMaturity (world: TradeWorld, { target }: Command): Planned[] {
  const matured = world.reserves.slices.flatMap((slice, place) => slice.maturesAt > world.now ? [] : [{ slice, place }])
  const chosen = chooseFitting(matured, target, ({ slice }) => !slice.matured)
  const sliceId = chosen === undefined ? undefined : world.runner.slices?.()[chosen.place]?.id
  if (chosen === undefined || sliceId === undefined) return []
  const operation = matureSlice({ tenantId: world.tenantId, sliceId, maturesAt: new Date(chosen.slice.maturesAt) })
  return [{
    operation: { ...operation, key: world.origin().key },
    expect: () => {
      world.reserves.mature(chosen.place)
      return 'answered'
    }
  }]
}
