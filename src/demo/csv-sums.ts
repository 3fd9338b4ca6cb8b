import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { Decimal } from 'decimal.js'

/** What the books must hold after a folder was played, added up from its files alone. Decimal strings of BRL. */
export interface FileSums {
  readonly payments: string
  readonly total: string
  readonly paid: string
  readonly held: string
  readonly released: string
  readonly refunded: string
  readonly suspense: string
}

type Row = Readonly<Record<string, string>>

/**
 * Adds the files up on purpose without any of the code that plans and plays them, so that a mistake there cannot hide here.
 * Rows of the wrong length are left out, and of rows that name the same thing the first one counts: the same rules, written again.
 */
export async function sumFiles (folder: string): Promise<FileSums> {
  const orders = await firstRows(folder, 'orders.csv', (row) => row['order_id'])
  const items = await groups(folder, 'order_items.csv', 'order_item_id')
  const payments = await groups(folder, 'order_payments.csv', 'payment_sequential')
  const sums = { payments: zero, total: zero, paid: zero, held: zero, released: zero, refunded: zero, suspense: zero }
  const add = (name: keyof typeof sums, amount: Decimal) => { sums[name] = sums[name].plus(amount) }
  for (const id of new Set([...orders.keys(), ...items.keys(), ...payments.keys()])) {
    const order = orders.get(id)
    const bought = items.get(id) ?? []
    const given = (payments.get(id) ?? []).map((row) => row['payment_value'] ?? '').filter(isAmount).reduce((sum, value) => sum.plus(value), zero)
    const priced = bought.length > 0 && bought.every((row) => row['seller_id'] !== '' && isAmount(row['price'] ?? '') && isAmount(row['freight_value'] ?? ''))
    const total = priced ? bought.reduce((sum, row) => sum.plus(row['price'] ?? '').plus(row['freight_value'] ?? ''), zero) : zero
    add('payments', given)
    if (total.isZero() || (order?.['customer_id'] ?? '') === '') {
      add('suspense', given)
      continue
    }
    const paid = Decimal.min(given, total)
    const cancelled = ['canceled', 'unavailable'].includes(order?.['order_status'] ?? '')
    const delivered = order?.['order_status'] === 'delivered' && given.gte(total)
    add('total', total)
    add('paid', paid)
    add('suspense', given.minus(paid))
    add(cancelled ? 'refunded' : delivered ? 'released' : 'held', paid)
  }
  const show = (name: keyof typeof sums) => sums[name].toFixed(2)
  return {
    payments: show('payments'), total: show('total'), paid: show('paid'), held: show('held'), released: show('released'), refunded: show('refunded'), suspense: show('suspense')
  }
}

const zero = new Decimal(0)

function isAmount (text: string): boolean {
  return /^\d+(\.\d\d?)?$/.test(text)
}

async function groups (folder: string, file: string, part: string): Promise<Map<string, Row[]>> {
  const rows = await firstRows(folder, file, (row) => `${row['order_id']}\n${row[part]}`)
  const byOrder = new Map<string, Row[]>()
  for (const row of rows.values()) byOrder.set(row['order_id'] ?? '', [...byOrder.get(row['order_id'] ?? '') ?? [], row])
  return byOrder
}

async function firstRows (folder: string, file: string, nameOf: (row: Row) => string | undefined): Promise<Map<string, Row>> {
  const options = { columns: true, bom: true, trim: true, skip_empty_lines: true, skip_records_with_error: true } as const
  const rows = new Map<string, Row>()
  for (const row of parse<Row>(await readFile(join(folder, file)), options)) {
    const name = nameOf(row) ?? ''
    if (row['order_id'] !== '' && !rows.has(name)) rows.set(name, row)
  }
  return rows
}
