import { named } from './case-model.ts'
import { countOf, lineMoney, openFor, rounded, type ModelCase, type ModelDisputedLine, type ModelLine, type ModelParts, type ModelTrade } from './trade-model.ts'

/** What an arbitrator is asked about when a refused case comes before him: what it claims of what is shipped; null where that is nothing. It shares no code with the service. */
export function escalated (line: ModelLine, place: number, feeBase: ModelTrade['feeBase']): ModelDisputedLine | null {
  const wish = line.refundCase
  if (wish === null) return null
  const part = wish.asked === null ? byUnits(line, wish, feeBase) : byAmount(line, wish, wish.asked, feeBase)
  return total(part.frozen) + total(part.released) === 0n ? null : { ...part, place, waitMs: null }
}

type Part = Pick<ModelDisputedLine, 'units' | 'frozen' | 'releasedUnits' | 'released'>

/** Those units with what they would be given back for; all that is shipped where nobody said how many. */
function byUnits (line: ModelLine, wish: ModelCase, feeBase: ModelTrade['feeBase']): Part {
  const { open, openUnits, out } = lineMoney(line, feeBase)
  const [shipped, confirmed] = [countOf(line, 'shipped'), countOf(line, 'confirmed')]
  if (wish.units === null) return { units: shipped, frozen: openFor(line, feeBase, shipped), releasedUnits: confirmed, released: out }
  const [units, kept] = namedOf(line, wish)
  return { units, frozen: partOf(open, units, Number(openUnits)), releasedUnits: kept, released: partOf(out, kept, confirmed) }
}

/** So much money, and the units it was named for; without any those whose money is all argued about. Nothing is left that would be for no unit. */
function byAmount (line: ModelLine, wish: ModelCase, asked: bigint, feeBase: ModelTrade['feeBase']): Part {
  const { out } = lineMoney(line, feeBase)
  const [shipped, confirmed] = [countOf(line, 'shipped'), countOf(line, 'confirmed')]
  const waits = openFor(line, feeBase, shipped)
  const [units, kept] = namedOf(line, wish)
  const isReleasedFirst = wish.units !== null && units === 0
  const [first, rest] = isReleasedFirst ? [out, waits] : [waits, out]
  const ofFirst = goodsFirst(asked, first)
  const ofRest = goodsFirst(asked - total(ofFirst), rest)
  const [frozen, released] = isReleasedFirst ? [ofRest, ofFirst] : [ofFirst, ofRest]
  const [takesWaiting, takesReleased] = [total(frozen) === total(waits), total(released) === total(out)]
  if (wish.units === null) return { units: takesWaiting ? shipped : 0, frozen, releasedUnits: takesReleased ? confirmed : 0, released }
  return {
    units,
    frozen: units > 0 && units === shipped ? waits : frozen,
    releasedUnits: kept > 0 && kept === confirmed && !takesReleased ? kept - 1 : kept,
    released
  }
}

/** How many of the units that a case names wait for confirmation, and how many are confirmed. */
function namedOf (line: ModelLine, wish: ModelCase): [number, number] {
  const words = named(line, wish).map((place) => line.units[place])
  return [words.filter((word) => word === 'shipped').length, words.filter((word) => word === 'confirmed').length]
}

function partOf ({ goods, shipping }: ModelParts, units: number, of: number): ModelParts {
  if (units === 0) return { goods: 0n, shipping: 0n }
  return units === of ? { goods, shipping } : { goods: rounded(goods * BigInt(units), BigInt(of)), shipping: 0n }
}

function goodsFirst (amount: bigint, { goods, shipping }: ModelParts): ModelParts {
  const first = amount < goods ? amount : goods
  return { goods: first, shipping: amount - first < shipping ? amount - first : shipping }
}

function total ({ goods, shipping }: ModelParts): bigint {
  return goods + shipping
}
