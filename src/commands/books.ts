import { SingleBar } from 'cli-progress'
import { parsePoint } from '../ledger/period.ts'
import { readHledger } from '../reports/hledger.ts'
import { printReport, printVerify, REPORT_NAMES } from '../reports/print.ts'
import { saveFile } from '../reports/save-file.ts'
import { UsageError, type Command, type OpenStorage, type Values } from './command.ts'
import { tenantOf, withDatabases } from './databases.ts'
import { sayJson, write } from './output.ts'

/** The commands that check, print and export the books. */
export const BOOK_COMMANDS: Readonly<Record<string, Command>> = {
  verify: { arguments: 0, options: [], run: verify },
  report: { arguments: 1, options: ['tenant', 'as-of', 'as-of-seq', 'account', 'by-occurred', 'from', 'to', 'breakage', 'breakage-at-issue', 'csv'], run: report },
  'export hledger': { arguments: 0, options: ['tenant', 'out', 'as-of-seq'], run: exportHledger }
}

async function verify ({ json }: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  return await withDatabases(open, async ({ report }) => await printVerify(report, { json }, write))
}

async function report (values: Values, [word = '']: readonly string[], open: OpenStorage): Promise<number> {
  const name = REPORT_NAMES.find((known) => known === word)
  if (name === undefined) throw new UsageError(`there is no report "${word}"; there are ${REPORT_NAMES.join(', ')}`)
  if (values.csv && values.json) throw new UsageError('a report is printed as --csv or as --json')
  const asOfSeq = seqOf(values)
  return await withDatabases(open, async (databases) => {
    const { id: tenantId } = await tenantOf(databases.read, values)
    const { json, csv, account, from, to, breakage } = values
    const format = csv ? 'csv' : json ? 'json' : 'text'
    const by = values['by-occurred'] ? 'occurred_at' : 'recorded_at'
    await printReport(databases.report, { name, tenantId, format, asOf: values['as-of'], asOfSeq, account, by, from, to, breakage, breakageAtIssue: values['breakage-at-issue'] }, write)
    return 0
  })
}

async function exportHledger (values: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  const { out, json } = values
  if (json && out === undefined) throw new UsageError('with --json, name the file that the journal goes to: --out FILE')
  const asOfSeq = seqOf(values)
  return await withDatabases(open, async (databases) => {
    const tenant = await tenantOf(databases.read, values)
    const { seq, pieces } = await readHledger(databases.report, tenant, parsePoint({ as_of_seq: asOfSeq }))
    const bar = new SingleBar({ format: '{bar} {value}/{total} transactions, {duration} s', stream: process.stderr, clearOnComplete: true, hideCursor: true })
    if (process.stderr.isTTY) bar.start(Number(seq), 0)
    const text = pieces((count) => { bar.increment(count) })
    let bytes = 0
    try {
      if (out !== undefined) bytes = await saveFile(out, text)
      else for await (const piece of text) await write(piece)
    } finally {
      bar.stop()
    }
    if (json) return sayJson({ tenant: tenant.name, seq: Number(seq), transactions: Number(seq), file: out, bytes })
    process.stderr.write(`Wrote ${seq} transactions, up to seq ${seq}${out === undefined ? '' : `, to ${out} (${bytes} bytes)`}.\n`)
    return 0
  })
}

function seqOf (values: Values): number | undefined {
  const seq = values['as-of-seq']
  if (seq !== undefined && !/^\d{1,15}$/.test(seq)) throw new UsageError('--as-of-seq takes a whole number')
  return seq === undefined ? undefined : Number(seq)
}
