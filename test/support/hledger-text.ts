import { unitOf } from '../../src/kernel/units.ts'
import type { TrialBalance } from '../../src/reports/trial-balance.ts'

/** The balances of classes by `class unit`, in minor units, debits above zero: what both sides of a comparison are brought to. */
export type ClassBalances = Readonly<Record<string, bigint>>

/** The balances that a trial balance has. */
export function balancesOf ({ units }: TrialBalance): ClassBalances {
  return sorted(units.flatMap(({ unit, accounts }) => accounts.map((row) => [`${row.class} ${unit}`, row.debits - row.credits] as const)))
}

/** The balances that the postings of an exported journal add up to, by nothing but the words in it. */
export function addPostings (text: string): ClassBalances {
  const postings = [...text.matchAll(/^ {4}\w+:([\w-]+)(?::[^\n]*?)? {2}(-?[\d.]+) ([A-Z]{3,12})$/gm)]
  return sorted(postings.map(([, name = '', amount = '', unit = '']) => [`${name.replaceAll('-', '_')} ${unit}`, minorOf(amount, unit)] as const))
}

/** The balances of hledger's own report: lines of `"assets:provider-clearing","CNY","12.50"`. */
export function readBalances (csv: string): ClassBalances {
  const lines = [...csv.matchAll(/^"\w+:([\w-]+)","([A-Z]{3,12})","(-?[\d.]+)"$/gm)]
  return sorted(lines.map(([, name = '', unit = '', amount = '']) => [`${name.replaceAll('-', '_')} ${unit}`, minorOf(amount, unit)] as const))
}

function minorOf (text: string, code: string): bigint {
  const [whole = '', decimals = ''] = text.split('.')
  if (decimals.length > unitOf(code).exponent) throw new Error(`${text} has too many decimals for ${code}`)
  return BigInt(whole + decimals.padEnd(unitOf(code).exponent, '0'))
}

/** Classes that stand at zero are told by some and left out by others. */
function sorted (entries: ReadonlyArray<readonly [string, bigint]>): ClassBalances {
  const sums = new Map<string, bigint>()
  for (const [name, amount] of entries) sums.set(name, (sums.get(name) ?? 0n) + amount)
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0n).sort(([a], [b]) => a < b ? -1 : 1))
}
