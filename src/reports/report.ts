import { createHash } from 'node:crypto'
import { ControlTotal, type RowAmounts } from './control.ts'

/** One column of a report: its heading, and what it shows of an item. */
export interface Column<Item> {
  readonly title: string
  /** Amounts and counts stand on the right, texts on the left where nothing is said. */
  readonly align?: 'right'
  /** Left out of the table for people, whose lines are long enough. */
  readonly onlyInFiles?: true
  readonly cell: (item: Item) => string
}

/**
 * A report apart from how it is written: facts for its head, and items that come page by page, so that a long one is never
 * in memory as a whole. Items are what the API answers; columns make rows of them.
 */
export interface Report<Item> {
  readonly title: string
  /** What the report is of, in the order to show: account, period, the `seq` it reached, totals. Plain JSON values. */
  readonly facts: Readonly<Record<string, unknown>>
  /** What the items are called in JSON, such as `entries`. */
  readonly itemsName: string
  readonly columns: ReadonlyArray<Column<Item>>
  /** What an item adds to the control total. */
  readonly amounts: (item: Item) => readonly RowAmounts[]
  readonly pages: Iterable<readonly Item[]> | AsyncIterable<readonly Item[]>
}

/** Takes a piece of a report's text; resolves when more may come. */
export type Write = (text: string) => Promise<void> | void

/** Writes a report as one JSON object: its facts, all its items under their name, and the control of them. */
export async function writeJson<Item> (report: Report<Item>, write: Write): Promise<void> {
  const head = JSON.stringify(report.facts)
  await write(`${head.slice(0, -1)}${head === '{}' ? '' : ','}${JSON.stringify(report.itemsName)}:[`)
  const hash = createHash('sha256').update('[')
  const control = new ControlTotal()
  let separator = ''
  for await (const items of report.pages) {
    for (const item of items) {
      control.add(report.amounts(item))
      const text = separator + JSON.stringify(item)
      hash.update(text)
      await write(text)
      separator = ','
    }
  }
  await write(`],${JSON.stringify({ ...control.show(), sha256: hash.update(']').digest('hex') }).slice(1)}\n`)
}

/** Writes a report for people: its facts line by line, a table whose columns are as wide as the first page needs, and its sums. */
export async function writeText<Item> (report: Report<Item>, write: Write): Promise<void> {
  const { title, facts } = report
  const columns = report.columns.filter(({ onlyInFiles = false }) => !onlyInFiles)
  const control = new ControlTotal()
  await write(`${title}\n`)
  for (const [name, value] of factsOf(facts)) await write(`  ${name}: ${value === '' ? '–' : value}\n`)
  let widths: readonly number[] | null = null
  for await (const items of report.pages) {
    for (const item of items) control.add(report.amounts(item))
    const rows = items.map((item) => columns.map((column) => column.cell(item)))
    if (widths === null) {
      widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)))
      await write(`\n${showRow(columns, columns.map(({ title }) => title), widths)}`)
    }
    for (const row of rows) await write(showRow(columns, row, widths))
  }
  const { row_count: rows, control_total: totals } = control.show()
  await write(`\n${rows} rows\n`)
  for (const { unit, debits, credits } of totals) await write(`${unit} total: debits ${debits}, credits ${credits}\n`)
}

/** The facts of a report as names and texts, those of a nested one by both names: `account_class`. */
export function factsOf (facts: Readonly<Record<string, unknown>>, prefix = ''): Array<[name: string, text: string]> {
  return Object.entries(facts).flatMap(([name, value]): Array<[string, string]> => {
    if (value === null) return [[prefix + name, '']]
    if (typeof value === 'object') return factsOf({ ...value }, `${prefix}${name}_`)
    return [[prefix + name, typeof value === 'string' ? value : JSON.stringify(value)]]
  })
}

function showRow<Item> (columns: ReadonlyArray<Column<Item>>, cells: readonly string[], widths: readonly number[]): string {
  const padded = columns.map(({ align }, index) => {
    const cell = cells[index] ?? ''
    const width = widths[index] ?? 0
    return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
  })
  return `${padded.join('  ').trimEnd()}\n`
}
