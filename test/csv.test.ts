import { createHash } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { externalId } from '../src/kernel/ids.ts'
import { formatAmount } from '../src/kernel/money.ts'
import { unitOf } from '../src/kernel/units.ts'
import { listAccounts } from '../src/ledger/balances.ts'
import { csvOf } from '../src/reports/csv.ts'
import { readJournalPeriod, tabulateJournal } from '../src/reports/journal.ts'
import { REPORT_PAGE_MAX } from '../src/reports/page.ts'
import { printReport } from '../src/reports/print.ts'
import { openApi } from './support/api.ts'
import { createTenant, openJournal, post, postAtRandom } from './support/posted-books.ts'
import { account, operation } from './support/transfers.ts'

const api = await openApi()
const journal = openJournal(api.databases)
const db = api.databases.report
const { id: tenantId, keys } = await api.newTenant('books')
await postAtRandom(journal, db, tenantId, 80)

t.teardown(async () => {
  await journal.stop(5000)
  await api.close()
})

type Row = Readonly<Record<string, string>>

interface File {
  readonly rows: readonly Row[]
  /** The cells after a fact's name; the control total has a line for each unit. */
  readonly facts: ReadonlyMap<string, ReadonlyArray<readonly string[]>>
}

/** Reads a report as any program would, and insists on what holds of every one: its marks, its line ends, its hash, its count. */
function readFile (text: string): File {
  const lastLine = text.lastIndexOf('\r\n', text.length - 3) + 2
  t.ok(text.startsWith('\uFEFF') && text.endsWith('\r\n'), 'a byte order mark in front, a line end behind')
  t.equal(text.slice(lastLine).split(',')[1]?.trim(), createHash('sha256').update(text.slice(0, lastLine)).digest('hex'), 'the hash is that of every byte before its line')
  // Lines of different lengths would be refused.
  const [head = [], ...lines] = parse(text, { bom: true, record_delimiter: '\r\n' })
  const end = lines.findIndex(([first]) => first === 'report')
  const rows = lines.slice(0, end).map((cells) => Object.fromEntries(cells.map((cell, index) => [head[index] ?? '', cell])))
  const facts = new Map<string, string[][]>()
  for (const [name = '', ...cells] of lines.slice(end)) facts.set(name, [...facts.get(name) ?? [], cells])
  t.equal(facts.get('row_count')?.[0]?.[0], String(rows.length), 'every row is counted')
  for (const name of ['as_of', 'timezone', 'generated_at', 'seq']) t.ok(facts.get(name)?.[0]?.[0], `it says its ${name}`)
  return { rows, facts }
}

async function csv (path: string, headers: Readonly<Record<string, string>> = {}): Promise<File & { text: string }> {
  const answer = await api.call('GET', path, { key: keys.finance, headers })
  t.equal(answer.status, 200, path)
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  t.match(answer.headers['content-disposition'], /^attachment; filename="[a-z0-9_-]+-seq-\d+\.csv"$/)
  return { ...readFile(answer.text), text: answer.text }
}

const json = async (path: string) => (await api.call('GET', path, { key: keys.finance })).body
const minor = (amount: string | undefined): bigint => BigInt((amount ?? '').replace('.', ''))
const totalsOf = ({ facts }: File) => facts.get('control_total')?.map(([unit, debits, credits]) => ({ unit, debits, credits }))

/** The sums of amounts by unit, as a control total shows them. */
function addUp (amounts: ReadonlyArray<readonly [unit: string | undefined, debit: bigint, credit: bigint]>) {
  const units = [...new Set(amounts.map(([unit = '']) => unit))].sort()
  return units.map((unit) => {
    const of = amounts.filter(([each]) => each === unit)
    const sum = (values: readonly bigint[]): string => formatAmount(values.reduce((total, value) => total + value, 0n), unitOf(unit))
    return { unit, debits: sum(of.map(([, debit]) => debit)), credits: sum(of.map(([, , credit]) => credit)) }
  })
}

t.test('trial balance, journal and statements tell the same to the cent, as CSV and as JSON', async (t) => {
  const balance = await csv('/v1/reports/trial-balance?format=csv')
  const shown = await json('/v1/reports/trial-balance')
  const units = shown['units'] as Array<{ unit: string, debits: string, credits: string, accounts: Array<{ class: string, debits: string, credits: string, balance: string }> }>
  t.strictSame(balance.rows, units.flatMap(({ unit, accounts }) => accounts.map((row) => ({ unit, ...row }))))
  t.strictSame(totalsOf(balance), units.map(({ unit, debits, credits }) => ({ unit, debits, credits })).sort((a, b) => a.unit < b.unit ? -1 : 1))
  t.strictSame(totalsOf(balance), shown['control_total'])

  const book = await csv('/v1/reports/journal?format=csv')
  t.strictSame(totalsOf(book), totalsOf(balance), 'the whole journal turned over what the trial balance holds')
  t.strictSame(totalsOf(book), addUp(book.rows.map((row) => [row['unit'], minor(row['amount']), minor(row['amount'])])), 'and so do its rows')
  const pages = await json('/v1/reports/journal?limit=1000')
  t.strictSame(pages['control_total'], totalsOf(book))
  const transactions = pages['transactions'] as Array<{ id: string, transfers: Array<{ amount: string }> }>
  t.equal(pages['sha256'], createHash('sha256').update(JSON.stringify(transactions)).digest('hex'))
  t.strictSame(book.rows.map((row) => [row['transaction'], row['amount']]), transactions.flatMap(({ id, transfers }) => transfers.map(({ amount }) => [id, amount])))

  const sums = new Map<string, bigint>()
  let negative = 0
  for (const row of await listAccounts(db, tenantId, {}, { limit: 100, startingAfter: null })) {
    const id = externalId('acc', row.id)
    const statement = await csv(`/v1/reports/account-statement?account=${id}&format=csv`)
    const page = await json(`/v1/reports/account-statement?account=${id}&limit=1000`)
    const closing = formatAmount(row.balance, unitOf(row.unit))
    t.strictSame([statement.rows.at(-1)?.['balance'], statement.facts.get('closing_balance')?.[0]?.[0], page['closing_balance']], [closing, closing, closing])
    t.strictSame(statement.rows.map(({ balance }) => balance), (page['entries'] as Array<{ balance: string }>).map(({ balance }) => balance))
    t.strictSame(totalsOf(statement), page['control_total'])
    t.strictSame(totalsOf(statement), addUp(statement.rows.map((each) => [row.unit, minor(each['debit']), minor(each['credit'])])))
    negative += statement.rows.filter(({ balance = '' }) => balance.startsWith('-')).length
    const key = `${row.unit} ${row.class}`
    sums.set(key, (sums.get(key) ?? 0n) + row.balance)
  }
  t.ok(negative > 0, 'amounts below zero are numbers, not texts')
  t.strictSame(Object.fromEntries(balance.rows.map((row) => [`${row['unit']} ${row['class']}`, minor(row['balance'])])), Object.fromEntries(sums))
})

/** What people, or others, may write, and what a spreadsheet may show of it. */
const TEXTS: ReadonlyArray<readonly [text: string, shown: string]> = [
  ['=cmd|\' /C calc\'!A0', '\'=cmd|\' /C calc\'!A0'],
  ['+1+1', '\'+1+1'],
  ['-1+1', '\'-1+1'],
  ['-5.00', '-5.00'],
  ['-5.00-2', '\'-5.00-2'],
  ['@SUM(A1)', '\'@SUM(A1)'],
  ['\t=1', '\'\t=1'],
  ['\r=1', '\'\r=1'],
  ['\n=1', '\'\n=1'],
  [' =1', '\' =1'],
  ['\uFEFF=1', '\'\uFEFF=1'],
  ['\u200B@x', '\'\u200B@x'],
  ['＝1+1', '\'＝1+1'],
  ['－1', '\'－1'],
  ['"quoted", and a comma; a semicolon', '"quoted", and a comma; a semicolon'],
  ['"=1"', '"=1"'],
  ['two\r\nlines', 'two\r\nlines'],
  ['sha256,00', 'sha256,00'],
  ['\uFEFFmarked', '\uFEFFmarked'],
  ['宽字符 ｗｉｄｅ 🧾 é', '宽字符 ｗｉｄｅ 🧾 é'],
  ['', '']
]

t.test('whatever is written in a description or a reference arrives as it is, and never as a formula', async (t) => {
  const { id: tenantId, keys: own } = await api.newTenant('hostile')
  const [clearing, income] = [account('provider_clearing', '=1+1'), account('commission_income')]
  for (const [text] of TEXTS) {
    await journal.submit(operation({
      tenantId,
      accounts: [clearing, income],
      decide: (books) => ({ id: books.post({ kind: 'test.step', subject: text, description: text, postings: [{ debit: clearing, credit: income, amount: 100n }] }) })
    }))
  }
  const answer = await api.call('GET', '/v1/reports/journal?format=csv', { key: own.finance })
  const { rows } = readFile(answer.text)
  t.strictSame(rows.map(({ description }) => description), TEXTS.map(([, shown]) => shown))
  t.strictSame(rows.map(({ subject }) => subject), TEXTS.map(([, shown]) => shown))
  t.ok(rows.every((row) => row['debit_owner'] === "'=1+1"))
  const [row] = await listAccounts(db, tenantId, { class: 'commission_income' }, { limit: 1, startingAfter: null })
  const statement = readFile((await api.call('GET', `/v1/reports/account-statement?account=${externalId('acc', row?.id ?? '')}&format=csv`, { key: own.finance })).text)
  t.strictSame(statement.rows.map(({ description }) => description), TEXTS.map(([, shown]) => shown))
})

t.test('CSV is asked for by a parameter or by the header Accept, and is always the whole', async (t) => {
  for (const accept of ['text/csv', 'text/csv, application/json;q=0.5', 'application/json;q=0.1,text/CSV;q=0.9, */*']) await csv('/v1/reports/trial-balance', { accept })
  await csv('/v1/reports/trial-balance?format=csv', { accept: 'application/json' })
  for (const accept of ['*/*', 'application/json', 'application/json, text/csv;q=0.5', 'text/csv;q=0']) {
    t.match((await api.call('GET', '/v1/reports/trial-balance', { key: keys.finance, headers: { accept } })).body, { units: Array }, accept)
  }
  t.match((await api.call('GET', '/v1/reports/trial-balance?format=json', { key: keys.finance, headers: { accept: 'text/csv' } })).body, { units: Array })
  for (const path of ['/v1/reports/journal?format=csv&limit=5', '/v1/reports/journal?format=csv&after_seq=5']) {
    t.match(await api.call('GET', path, { key: keys.finance }), { status: 400, body: { code: 'invalid_request' } })
  }
  t.match(await api.call('GET', '/v1/reports/journal?format=csv', { key: keys.marketplace }), { status: 403 })
  const { facts, rows } = await csv('/v1/reports/journal?format=csv&to=2001-01-01T00:00:00Z')
  t.strictSame([rows, facts.get('control_total')], [[], undefined], 'an empty one is a file as well')
  t.match((await csv('/v1/reports/trial-balance?format=csv&as_of_seq=3')).facts.get('seq')?.[0]?.[0], '3')
})

t.test('a long journal comes in pieces of a page, the same by the command as over HTTP', async (t) => {
  const long = await createTenant(api.databases.read, 'long')
  const postings = [{ debit: account('provider_clearing', 'sandbox'), credit: account('commission_income'), amount: 1n }]
  await Promise.all(Array.from({ length: 2 * REPORT_PAGE_MAX + 5 }, async () => await post(journal, long, postings)))
  const lengths: number[] = []
  const period = await readJournalPeriod(db, long, { from: null, to: null })
  let text = ''
  for await (const piece of csvOf(tabulateJournal(db, long, period))) {
    lengths.push(piece.split('\r\n').length - 1)
    text += piece
  }
  t.strictSame(lengths.slice(0, 4), [1, REPORT_PAGE_MAX, REPORT_PAGE_MAX, 5])
  t.strictSame(readFile(text).facts.get('control_total'), [['CNY', '20.05', '20.05', ...Array.from({ length: 12 }, () => '')]])
  let printed = ''
  await printReport(db, { name: 'journal', tenantId: long, format: 'csv' }, (piece) => { printed += piece })
  t.strictSame(readFile(printed).rows, readFile(text).rows)
})

t.test('the command prints JSON with the same control as its rows', async (t) => {
  let printed = ''
  await printReport(db, { name: 'journal', tenantId, format: 'json' }, (piece) => { printed += piece })
  const report = JSON.parse(printed) as { transfers: unknown[], row_count: number, control_total: unknown, sha256: string }
  t.equal(report.row_count, report.transfers.length)
  t.equal(report.sha256, createHash('sha256').update(JSON.stringify(report.transfers)).digest('hex'))
  t.strictSame(report.control_total, (await json('/v1/reports/trial-balance'))['control_total'])
})
