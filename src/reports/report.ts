/** One column of a report: its heading, and what it shows of an item. */
export interface Column<Item> {
  readonly title: string
  /** Amounts and counts stand on the right, texts on the left where nothing is said. */
  readonly align?: 'right'
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
  readonly pages: Iterable<readonly Item[]> | AsyncIterable<readonly Item[]>
}

/** Takes a piece of a report's text; resolves when more may come. */
export type Write = (text: string) => Promise<void> | void

/** Writes a report as one JSON object: its facts, and all its items under their name. */
export async function writeJson<Item> (report: Report<Item>, write: Write): Promise<void> {
  const head = JSON.stringify(report.facts)
  await write(`${head.slice(0, -1)}${head === '{}' ? '' : ','}${JSON.stringify(report.itemsName)}:[`)
  let separator = ''
  for await (const items of report.pages) {
    for (const item of items) {
      await write(separator + JSON.stringify(item))
      separator = ','
    }
  }
  await write(']}\n')
}

/** Writes a report for people: its facts line by line, then a table whose columns are as wide as the first page needs. */
export async function writeText<Item> (report: Report<Item>, write: Write): Promise<void> {
  const { title, facts, columns } = report
  await write(`${title}\n`)
  for (const [name, value] of Object.entries(facts)) await write(`  ${name}: ${showFact(value)}\n`)
  let widths: readonly number[] | null = null
  for await (const items of report.pages) {
    const rows = items.map((item) => columns.map((column) => column.cell(item)))
    if (widths === null) {
      widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)))
      await write(`\n${showRow(columns, columns.map(({ title }) => title), widths)}`)
    }
    for (const row of rows) await write(showRow(columns, row, widths))
  }
}

function showFact (value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null) return '–'
  if (typeof value === 'object') return Object.entries(value).map(([name, part]) => `${name} ${showFact(part)}`).join(', ')
  return JSON.stringify(value)
}

function showRow<Item> (columns: ReadonlyArray<Column<Item>>, cells: readonly string[], widths: readonly number[]): string {
  const padded = columns.map(({ align }, index) => {
    const cell = cells[index] ?? ''
    const width = widths[index] ?? 0
    return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
  })
  return `${padded.join('  ').trimEnd()}\n`
}
