import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

/** A row of `orders.csv`, its fields as they stand there. */
export interface OrderRow {
  readonly customer: string
  readonly status: string
  readonly purchasedAt: string
  readonly approvedAt: string
  readonly carrierAt: string
  readonly deliveredAt: string
}

/** A row of `order_items.csv`. */
export interface ItemRow {
  readonly ref: string
  readonly product: string
  readonly seller: string
  readonly price: string
  readonly freight: string
}

/** A row of `order_payments.csv`. */
export interface PaymentRow {
  readonly sequence: string
  readonly type: string
  readonly value: string
}

/** Everything the three files say about one order id, in the order of the files, repeated rows included. */
export interface RawOrder {
  readonly id: string
  readonly rows: readonly OrderRow[]
  readonly items: readonly ItemRow[]
  readonly payments: readonly PaymentRow[]
}

/** A row that names no order or has too few or too many fields: nothing can be played from it. */
export interface UnreadableRow {
  readonly file: string
  readonly line: number
  readonly reason: string
}

type Fields = Readonly<Record<string, string>>

/**
 * Reads `orders.csv`, `order_items.csv` and `order_payments.csv` of a folder and puts their rows together by order id.
 * Throws a sentence for people when a file is missing, is no CSV, or lacks a column.
 */
export async function readOrders (folder: string): Promise<{ orders: RawOrder[], unreadable: UnreadableRow[] }> {
  const orders = new Map<string, { id: string, rows: OrderRow[], items: ItemRow[], payments: PaymentRow[] }>()
  const unreadable: UnreadableRow[] = []
  const orderOf = (id: string) => {
    const order = orders.get(id) ?? { id, rows: [], items: [], payments: [] }
    orders.set(id, order)
    return order
  }
  const read = async (file: string, columns: readonly string[], take: (id: string, field: (name: string) => string) => void) => {
    const { rows, bad } = await readFileRows(folder, file, ['order_id', ...columns])
    unreadable.push(...bad)
    for (const row of rows) take(row['order_id'] ?? '', (name) => row[name] ?? '')
  }
  await read('orders.csv', ['customer_id', 'order_status', 'order_purchase_timestamp', 'order_approved_at', 'order_delivered_carrier_date',
    'order_delivered_customer_date'], (id, field) => orderOf(id).rows.push({
    customer: field('customer_id'),
    status: field('order_status'),
    purchasedAt: field('order_purchase_timestamp'),
    approvedAt: field('order_approved_at'),
    carrierAt: field('order_delivered_carrier_date'),
    deliveredAt: field('order_delivered_customer_date')
  }))
  await read('order_items.csv', ['order_item_id', 'product_id', 'seller_id', 'price', 'freight_value'], (id, field) => orderOf(id).items.push({
    ref: field('order_item_id'), product: field('product_id'), seller: field('seller_id'), price: field('price'), freight: field('freight_value')
  }))
  await read('order_payments.csv', ['payment_sequential', 'payment_type', 'payment_value'], (id, field) => orderOf(id).payments.push({
    sequence: field('payment_sequential'), type: field('payment_type'), value: field('payment_value')
  }))
  return { orders: [...orders.values()], unreadable }
}

async function readFileRows (folder: string, file: string, columns: readonly string[]): Promise<{ rows: Fields[], bad: UnreadableRow[] }> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => {
    throw new Error(`Cannot read ${join(folder, file)}: the folder needs orders.csv, order_items.csv and order_payments.csv.`)
  })
  const [header, ...records] = parseText(text, file)
  const names = header?.fields ?? []
  for (const column of columns) {
    if (!names.includes(column)) throw new Error(`${join(folder, file)} has no column "${column}".`)
  }
  const rows: Fields[] = []
  const bad: UnreadableRow[] = []
  for (const { fields, line } of records) {
    const row = Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']))
    if (fields.length !== names.length) bad.push({ file, line, reason: `the row has ${fields.length} fields instead of ${names.length}` })
    else if (row['order_id'] === '') bad.push({ file, line, reason: 'the row names no order' })
    else rows.push(row)
  }
  return { rows, bad }
}

function parseText (text: string, file: string): Array<{ fields: string[], line: number }> {
  try {
    const parsed: unknown[] = parse(text, { bom: true, trim: true, info: true, skip_empty_lines: true, relax_column_count: true })
    return parsed.map((entry) => {
      const { record, info } = entry as { record: string[], info: { lines: number } }
      return { fields: record, line: info.lines }
    })
  } catch (error) {
    throw new Error(`${file} is not readable as CSV: ${error instanceof Error ? error.message : String(error)}`)
  }
}
