import type { ItemRow, OrderRow, PaymentRow } from './csv.ts'
import type { Note } from './findings.ts'
import { centsOf, showCents } from './money.ts'
import type { PlannedLine } from './plan.ts'

/** A payment that can be posted. */
export interface Payment extends PaymentRow {
  readonly cents: bigint
  readonly provider: string
}

/** Rows that say the same thing twice count once; where they differ, the earlier one counts. */
export function distinct<Row> (rows: readonly Row[], nameOf: (row: Row) => string, what: string, note: Note): Row[] {
  const byName = new Map<string, Row>()
  for (const row of rows) {
    const name = nameOf(row)
    const first = byName.get(name)
    if (first === undefined) byName.set(name, row)
    else {
      const same = JSON.stringify(first) === JSON.stringify(row)
      note('repeated_row', `${what} ${name} is there again, ${same ? 'with the same facts' : 'with other facts'}`, 'its first row counts')
    }
  }
  return [...byName.values()]
}

/** The payments that can be posted, in their own sequence. Those of no amount, or of none that can be read, are noted. */
export function payable (rows: readonly PaymentRow[], note: Note): Payment[] {
  const payments: Payment[] = []
  for (const row of rows) {
    const cents = centsOf(row.value)
    const payment = `payment ${row.sequence} by "${row.type}"`
    const provider = providerOf(row.type)
    if (cents === null) note('unreadable_payment', `${payment} has the value "${row.value}"`, 'it cannot be posted')
    else if (cents === 0n) note('zero_payment', `${payment} is of 0.00`, 'there is nothing to post')
    else payments.push({ ...row, cents, provider })
    if (provider !== row.type || provider === UNDEFINED) {
      note('undefined_payment_type', `${payment} has a type that names no provider`, cents === null || cents === 0n ? 'it is not posted' : `posted under the provider ${provider}`)
    }
  }
  return payments.sort((a, b) => a.sequence.localeCompare(b.sequence, 'en', { numeric: true }))
}

/** The file's own word for a payment without a type. */
const UNDEFINED = 'not_defined'

/** A payment type as the service names providers: `Gift Card` → `gift_card`. */
function providerOf (type: string): string {
  const name = type.toLowerCase().replace(/[^a-z0-9_-]+/g, '_').slice(0, 40)
  return name.replaceAll('_', '') === '' ? UNDEFINED : name
}

/** What an order's rows sell: its lines and their price in cents. */
export interface Goods {
  readonly row: OrderRow
  readonly lines: readonly PlannedLine[]
  readonly total: bigint
}

/** Why an order's rows make no trade. */
export interface NoTrade {
  readonly code: 'no_order_row' | 'no_items' | 'no_party' | 'unreadable_item' | 'free_goods'
  readonly reason: string
}

/** The goods of an order, one line an item with its freight, or why they make no trade. */
export function goodsOf (row: OrderRow | null, items: readonly ItemRow[]): Goods | NoTrade {
  if (row === null) return { code: 'no_order_row', reason: 'orders.csv has no such order' }
  if (items.length === 0) return { code: 'no_items', reason: 'order_items.csv has none of it' }
  if (row.customer === '') return { code: 'no_party', reason: 'it names no customer' }
  const lines: PlannedLine[] = []
  let total = 0n
  for (const item of items) {
    const price = centsOf(item.price)
    const freight = centsOf(item.freight)
    if (item.seller === '') return { code: 'no_party', reason: `item ${item.ref} names no seller` }
    if (price === null || freight === null) {
      return { code: 'unreadable_item', reason: `item ${item.ref} has the price "${item.price}" and the freight "${item.freight}"` }
    }
    total += price + freight
    lines.push({
      ref: item.ref,
      seller: { kind: 'seller', ref: item.seller, name: `Seller ${item.seller.slice(0, 8)}` },
      description: `product ${item.product}`,
      quantity: 1,
      unitPrice: showCents(price),
      shipping: showCents(freight),
      fulfilment: 'express'
    })
  }
  return total > 0n ? { row, lines, total } : { code: 'free_goods', reason: 'its items cost nothing' }
}
