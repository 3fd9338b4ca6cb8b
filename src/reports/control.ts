import { createHash } from 'node:crypto'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'

/** What a row of a report adds to its control total: decimal strings with all the decimals of their unit. */
export interface RowAmounts {
  readonly unit: string
  readonly debits: string
  readonly credits: string
}

/** What is told after the rows of a report, so that whoever receives them can tell whether all of them arrived and none was changed. */
export interface Control {
  readonly row_count: number
  /** The debits and credits of the rows, by unit. */
  readonly control_total: readonly RowAmounts[]
}

/** Counts and adds the rows of a report while they go by. Amounts are added from what is shown, not from what it was made of. */
export class ControlTotal {
  #rows = 0
  readonly #sums = new Map<string, { debits: bigint, credits: bigint }>()

  /** Adds one row; one that stands for several transfers adds the amounts of each. */
  add (amounts: readonly RowAmounts[]): void {
    this.#rows += 1
    for (const { unit, debits, credits } of amounts) {
      const sums = this.#sums.get(unit) ?? { debits: 0n, credits: 0n }
      this.#sums.set(unit, { debits: sums.debits + minorOf(debits), credits: sums.credits + minorOf(credits) })
    }
  }

  show (): Control {
    const units = [...this.#sums].sort(([a], [b]) => a < b ? -1 : 1)
    return {
      row_count: this.#rows,
      control_total: units.map(([code, { debits, credits }]) => {
        const unit = unitOf(code)
        return { unit: code, debits: formatAmount(debits, unit), credits: formatAmount(credits, unit) }
      })
    }
  }
}

function minorOf (shown: string): bigint {
  return BigInt(shown.replace('.', ''))
}

/** What the times of a report are in. */
export const TIMEZONE = 'UTC'

/**
 * The control of an answer in JSON that lists `items`: their number, their sums, and the SHA-256 of their JSON text as it is sent,
 * from `[` to `]`.
 */
export function controlOf<Item> (items: readonly Item[], amounts: (item: Item) => readonly RowAmounts[]): Control & { readonly sha256: string } {
  const control = new ControlTotal()
  for (const item of items) control.add(amounts(item))
  return { ...control.show(), sha256: sha256OfJson(items) }
}

/** SHA-256, in hexadecimal, of a value's JSON text as answers have it. */
export function sha256OfJson (value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
