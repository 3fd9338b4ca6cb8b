import type { AccountName } from '../../ledger/accounts.ts'

/** Among which accounts transfers move: from one of the numbers of `debits` to another one of `credits`, both ends included. */
export interface Shape {
  readonly name: 'hot' | 'spread' | 'clearing'
  readonly about: string
  readonly debits: readonly [low: number, high: number]
  readonly credits: readonly [low: number, high: number]
}

/** The account of a payment provider; all others are numbered from 1. */
const CLEARING = 0
const ACCOUNTS = 10_000
const HOT_ACCOUNTS = 10

/** The hardest case: everybody wants the same rows. */
export const HOT: Shape = { name: 'hot', about: 'among 10 accounts', debits: [1, HOT_ACCOUNTS], credits: [1, HOT_ACCOUNTS] }
export const SPREAD: Shape = { name: 'spread', about: 'among 10,000 accounts', debits: [1, ACCOUNTS], credits: [1, ACCOUNTS] }
/** A marketplace's day: the provider's clearing account is in every payment. */
const CLEARING_TO_MANY: Shape = { name: 'clearing', about: 'from one account to 10,000', debits: [CLEARING, CLEARING], credits: [1, ACCOUNTS] }

export const SHAPES: readonly Shape[] = [HOT, SPREAD, CLEARING_TO_MANY]

/** The accounts of a shape, by number. */
export function numbersOf (shape: Shape): number[] {
  const [low, high] = [Math.min(shape.debits[0], shape.credits[0]), Math.max(shape.debits[1], shape.credits[1])]
  return Array.from({ length: high - low + 1 }, (_, index) => low + index)
}

/** Two different accounts, by number, each as likely as any other of its side. */
export function draw ({ debits, credits }: Shape): { readonly debit: number, readonly credit: number } {
  const debit = anyOf(debits)
  const credit = anyOf(credits)
  const [low, high] = credits
  return { debit, credit: credit === debit ? low + (credit - low + 1) % (high - low + 1) : credit }
}

function anyOf ([low, high]: readonly [number, number]): number {
  return low + Math.floor(Math.random() * (high - low + 1))
}

/** The name of an account: of classes without a floor, so that chance refuses nothing. */
export function accountName (number: number): AccountName {
  return number === CLEARING
    ? { class: 'provider_clearing', owner: 'bench', unit: 'CNY' }
    : { class: 'platform_capital', owner: `bench-${number}`, unit: 'CNY' }
}

/** The id of an account: the same number in every tenant, so that SQL alone finds it without asking. `posting-functions.ts` knows it too. */
export function accountId (number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}
