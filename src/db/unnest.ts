import { sql, type RawBuilder } from 'kysely'

/** How a column's values travel: as text that needs no quotes, or as bytes that need no escaping. */
type PlainType = 'uuid' | 'bigint' | 'integer' | 'smallint' | 'boolean' | 'timestamptz'
type PlainValue = string | number | bigint | boolean | Date | null
type BytesType = keyof typeof BYTES_TYPES

/** A column's type, and its value in a row. */
export type Column<Row> =
  | readonly [PlainType, (row: Row, index: number) => PlainValue]
  | readonly [BytesType, (row: Row, index: number) => string | Uint8Array | null]

/** The columns of a set of rows, by name, in their order. */
export type Columns<Row> = Readonly<Record<string, Column<Row>>>

/**
 * Rows as a set that a statement selects from: `unnest($1::uuid[], …) as name (id, …)`, one parameter a column however many rows there are.
 * With `ordinal`, a last column of that name numbers them from 1. The driver's own arrays quote and escape each element, which took more
 * of a batch's time than deciding it.
 * A single row is a row of constants: what is joined to it is looked up by them, whatever the planner believes of the table's size.
 */
export function unnest<Row> (name: string, rows: readonly Row[], columns: Columns<Row>, ordinal?: 'ordinal'): RawBuilder<unknown> {
  const [only] = rows
  if (only !== undefined && rows.length === 1) return constants(name, only, columns, ordinal)
  const parameters = Object.values(columns).map((column) => sql`${arrayOf(rows, column)}::${sql.raw(column[0])}[]`)
  const names = Object.keys(columns).concat(ordinal ?? []).join(', ')
  return sql`unnest(${sql.join(parameters)}) ${sql.raw(`${ordinal === undefined ? '' : 'with ordinality '}as ${name} (${names})`)}`
}

function constants<Row> (name: string, row: Row, columns: Columns<Row>, ordinal: string | undefined): RawBuilder<unknown> {
  const values = Object.entries(columns).map(([column, [type, valueOf]]) => sql`${valueOf(row, 0)}::${sql.raw(`${type} as ${column}`)}`)
  return sql`(select ${sql.join(ordinal === undefined ? values : [...values, sql.raw(`1::bigint as ${ordinal}`)])}) as ${sql.raw(name)}`
}

/** So few rows are cheaper one by one, each looked up by constants, than joined to their table. */
const FEW = 8

/** Sends a statement for all rows, or one for each where they are few; none where there is none. */
export async function sendFor<Row> (rows: readonly Row[], send: (part: readonly Row[]) => Promise<unknown>): Promise<void> {
  if (rows.length <= FEW) await Promise.all(rows.map(async (row) => await send([row])))
  else await send(rows)
}

/** Ids as a set to look up from: `lateral` subqueries with a limit, which no plan turns into a walk through all rows of the tenant. */
export function eachId (ids: readonly string[]): RawBuilder<unknown> {
  return sql`unnest(${idArray(ids)}::uuid[]) as wanted (id)`
}

/** Ids as a parameter for `any(… ::uuid[])`. */
export function idArray (ids: readonly string[]): string {
  return `{${ids.join(',')}}`
}

/** Texts as a parameter for `any(… ::text[])`. */
export function textArray (texts: readonly string[]): Buffer {
  return bytesArray(texts, BYTES_TYPES.text)
}

function arrayOf<Row> (rows: readonly Row[], column: Column<Row>): string | Buffer {
  const [type, valueOf] = column
  return type === 'text' || type === 'jsonb' || type === 'bytea'
    ? bytesArray(rows.map(valueOf), BYTES_TYPES[type])
    : plainArray(rows, valueOf as (row: Row, index: number) => PlainValue)
}

function plainArray<Row> (rows: readonly Row[], valueOf: (row: Row, index: number) => PlainValue): string {
  let text = '{'
  let time: Date | null = null
  let timeText = ''
  rows.forEach((row, index) => {
    if (index > 0) text += ','
    const value = valueOf(row, index)
    if (value instanceof Date) {
      // Most rows of a batch share one time.
      if (value !== time) timeText = value.toISOString()
      time = value
      text += timeText
    } else {
      text += value === null ? 'NULL' : value.toString()
    }
  })
  return text + '}'
}

/** The type's number in PostgreSQL's catalogue (source: pg_type.dat), and what its binary form starts with. */
const BYTES_TYPES = {
  text: { oid: 25, prefix: [] },
  bytea: { oid: 17, prefix: [] },
  jsonb: { oid: 3802, prefix: [1] }
} as const

const HEADER_BYTES = 20
const EMPTY_HEADER_BYTES = 12

/** The binary form of a one-dimensional array. Source: array_recv of PostgreSQL. */
function bytesArray (values: ReadonlyArray<string | Uint8Array | null>, { oid, prefix }: typeof BYTES_TYPES[BytesType]): Buffer {
  let size = HEADER_BYTES
  for (const value of values) size += 4 + (value === null ? 0 : prefix.length + (typeof value === 'string' ? Buffer.byteLength(value) : value.length))
  const array = Buffer.allocUnsafe(size)
  // An array without elements has no dimension.
  array.writeInt32BE(values.length === 0 ? 0 : 1, 0)
  array.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  array.writeInt32BE(oid, 8)
  if (values.length === 0) return array.subarray(0, EMPTY_HEADER_BYTES)
  array.writeInt32BE(values.length, 12)
  array.writeInt32BE(1, 16)
  let end = HEADER_BYTES
  for (const value of values) {
    const start = end + 4
    end = value === null ? start : writeElement(array, value, prefix, start)
    array.writeInt32BE(value === null ? -1 : end - start, start - 4)
  }
  return array
}

/** Writes an element and answers where it ends. */
function writeElement (array: Buffer, value: string | Uint8Array, prefix: readonly number[], start: number): number {
  array.set(prefix, start)
  const content = start + prefix.length
  if (typeof value === 'string') return content + array.write(value, content)
  array.set(value, content)
  return content + value.length
}
