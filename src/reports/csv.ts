import { createHash } from 'node:crypto'
import { stringify } from 'csv-stringify/sync'
import { ControlTotal } from './control.ts'
import { factsOf, type Report } from './report.ts'

// Spreadsheets read UTF-8 as such only when it begins with this mark.
const BYTE_ORDER_MARK = '\uFEFF'
const NEGATIVE_NUMBER = /^-\d+(\.\d+)?$/
/** A spreadsheet may trim what looks like nothing in front of a formula. */
const HIDDEN_FORMULA = /^[\s\p{C}]+[=+\-@＝＋－＠]/u

/**
 * A report as CSV (RFC 4180, UTF-8 with a byte order mark), piece by piece, a page of rows at a time. The first line names the
 * columns, so that programs can read it as a table. The facts of the report come after its rows, each in a line that begins with the
 * fact's name in lower case, because row count and control total are known only then; the last line is the SHA-256 of every byte
 * before it. A file without that line was cut off. Texts that a spreadsheet would take for a formula get an apostrophe in front.
 */
export async function * csvOf<Item> (report: Report<Item>): AsyncGenerator<string> {
  const { title, columns } = report
  const hash = createHash('sha256')
  const control = new ControlTotal()
  const piece = (rows: ReadonlyArray<readonly string[]>, mark = ''): string => {
    const text = mark + linesOf(rows)
    hash.update(text)
    return text
  }
  yield piece([columns.map((column) => column.title.replaceAll(' ', '_'))], BYTE_ORDER_MARK)
  for await (const items of report.pages) {
    for (const item of items) control.add(report.amounts(item))
    if (items.length > 0) yield piece(items.map((item) => columns.map((column) => column.cell(item))))
  }
  const { row_count: rowCount, control_total: totals } = control.show()
  const facts = [
    ['report', title],
    ...factsOf(report.facts),
    ['row_count', String(rowCount)],
    ...totals.map(({ unit, debits, credits }) => ['control_total', unit, debits, credits])
  ]
  const padded = (cells: readonly string[]): string[] => columns.map((_, index) => cells[index] ?? '')
  yield piece(facts.map(padded))
  yield linesOf([padded(['sha256', hash.digest('hex')])])
}

function linesOf (rows: ReadonlyArray<readonly string[]>): string {
  return stringify(rows.map((row) => [...row]), {
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: {
      string: (text) => {
        // A minus sign begins a formula, and an amount.
        if (NEGATIVE_NUMBER.test(text)) return { value: text, escape_formulas: false }
        return HIDDEN_FORMULA.test(text) ? `'${text}` : text
      }
    }
  })
}
