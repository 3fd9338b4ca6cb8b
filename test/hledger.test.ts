import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import { ACCOUNT_CLASSES, type AccountClass } from '../src/ledger/account-classes.ts'
import { readHledger } from '../src/reports/hledger.ts'
import { REPORT_PAGE_MAX } from '../src/reports/page.ts'
import { saveFile } from '../src/reports/save-file.ts'
import { readTrialBalance } from '../src/reports/trial-balance.ts'
import { createTestDatabase } from './support/database.ts'
import { addPostings, balancesOf } from './support/hledger-text.ts'
import { createTenant, openJournal, post, postAtRandom } from './support/posted-books.ts'
import { account, operation } from './support/transfers.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const db = databases.report
const journal = openJournal(databases)

t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await database.drop()
})

async function exportOf (id: number, seq?: bigint): Promise<{ seq: bigint, pieces: string[], text: string, counts: number[] }> {
  const counts: number[] = []
  const found = await readHledger(db, { id, name: 'books' }, seq === undefined ? { kind: 'now' } : { kind: 'seq', seq })
  const pieces: string[] = []
  for await (const piece of found.pieces((count) => counts.push(count))) pieces.push(piece)
  return { seq: found.seq, pieces, text: pieces.join(''), counts }
}

t.test('the postings of the whole journal add up to the trial balance, and so they do as of any seq', async (t) => {
  const id = await createTenant(databases.read, 'random')
  await postAtRandom(journal, db, id, 60)
  for (const seq of [undefined, 1n, 17n, 60n]) {
    const { text, seq: reached } = await exportOf(id, seq)
    t.equal(reached, seq ?? 60n)
    t.strictSame(addPostings(text), balancesOf(await readTrialBalance(db, id, { kind: 'seq', seq: reached })))
    t.equal(text.match(/^\d{4}-\d\d-\d\d=\d{4}-\d\d-\d\d \(\d+\) /gm)?.length, Number(reached))
    t.ok(text.endsWith(`; complete: ${reached} transactions\n`))
    t.ok(text.includes(` up to seq ${reached}, `))
  }
  await t.rejects(exportOf(id, 61n), { code: 'invalid_request' })
})

t.test('a transaction tells both its days, its code, its words, its ids and every posting', async (t) => {
  const id = await createTenant(databases.read, 'one')
  await post(journal, id, [
    { debit: account('provider_clearing', 'stripe'), credit: account('escrow', 'trd_1'), amount: 4480n },
    { debit: account('provider_clearing', 'stripe', 'KRW'), credit: account('commission_income', '', 'KRW'), amount: 7n },
    { debit: account('provider_fee_expense', '', 'KWD'), credit: account('provider_clearing', 'stripe', 'KWD'), amount: 1n }
  ], { subject: 'trd_1', occurredAt: new Date('2026-01-31T23:59:59.999Z') })
  const { text } = await exportOf(id)
  const today = new Date().toISOString().slice(0, 10)
  t.match(text.replaceAll(/(txn_)\w{26}/g, '$1X').replaceAll(/(recorded_at:)[\d:.TZ-]+/g, '$1X'), `
2026-01-31=${today} (1) test.step | trd_1
    ; id:txn_X, seq:1, subject:trd_1, occurred_at:2026-01-31T23:59:59.999Z, recorded_at:X
    assets:provider-clearing:stripe  44.80 CNY
    liabilities:escrow:trd_1  -44.80 CNY
    assets:provider-clearing:stripe  7 KRW
    revenues:commission-income  -7 KRW
    expenses:provider-fee-expense  0.001 KWD
    assets:provider-clearing:stripe  -0.001 KWD
`)
  t.match(text, `account revenues:commission-income  ; type:R
account liabilities:escrow  ; type:L
account liabilities:escrow:trd_1
account assets:provider-clearing  ; type:A
account assets:provider-clearing:stripe
account expenses:provider-fee-expense  ; type:X
commodity 1000.00 CNY
commodity 1000. KRW
commodity 1000.000 KWD
`)
})

t.test('every class of accounts has its place, and no words break a line', async (t) => {
  const id = await createTenant(databases.read, 'words')
  const words = 'two\nlines; a comment, a | note\t\u2028id:forged  (x)'
  const classes = (Object.keys(ACCOUNT_CLASSES) as AccountClass[]).filter((name) => name !== 'tax_payable')
  for (const name of classes) {
    const [one, other] = [account(name, 'a:b  c;d\n\tx'), account('tax_payable', '', 'CNY')]
    const [debit, credit] = ACCOUNT_CLASSES[name].side === 'debit' ? [one, other] : [other, one]
    await journal.submit(operation({ tenantId: id, accounts: [debit, credit], decide: (books) => ({ id: books.post({ kind: 'test.step', subject: words, description: words, postings: [{ debit, credit, amount: 5n }] }) }) }))
  }
  const { text } = await exportOf(id)
  t.strictSame(addPostings(text), balancesOf(await readTrialBalance(db, id, { kind: 'now' })))
  const form = /^(; .+|decimal-mark \.|account \w+:[\w-]+(:\S+( \S+)*)?( {2}; type:[ALREX])?|commodity [\d.]+ [A-Z]{3,12}|\d{4}-\d\d-\d\d=\d{4}-\d\d-\d\d \(\d+\) test\.step \| [^;|]+| {4}; id:txn_\w{26}, seq:\d+, subject:[^;,]+, occurred_at:\S+, recorded_at:\S+| {4}\w+:[\w-]+(:[^ ;]+)? {2}-?[\d.]+ [A-Z]{3,12}|)$/
  t.strictSame(text.split('\n').filter((line) => !form.test(line)), [])
})

t.test('a long journal is read and written in pieces, a page each, and takes its name when it is whole', async (t) => {
  const id = await createTenant(databases.read, 'long')
  const postings = [{ debit: account('provider_clearing', 'sandbox'), credit: account('commission_income'), amount: 1n }]
  await Promise.all(Array.from({ length: REPORT_PAGE_MAX + 3 }, async () => await post(journal, id, postings)))
  const { pieces, counts, text } = await exportOf(id)
  t.strictSame(counts, [REPORT_PAGE_MAX, 3])
  t.ok(pieces.every((piece) => piece.split('\n\n').length <= REPORT_PAGE_MAX + 1))
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-export-'))
  t.teardown(async () => { await rm(folder, { recursive: true }) })
  const size = await saveFile(join(folder, 'a.journal'), (async function * () { yield * pieces })())
  t.equal(await readFile(join(folder, 'a.journal'), 'utf8'), text)
  t.equal(size, Buffer.byteLength(text))
  await t.rejects(saveFile(join(folder, 'b.journal'), (async function * () { yield 'half'; throw new Error('cut') })()), { message: 'cut' })
  t.strictSame(await readdir(folder), ['a.journal'])
})

t.test('books without a transaction are a journal without one', async (t) => {
  const { text, seq } = await exportOf(await createTenant(databases.read, 'empty'))
  t.equal(seq, 0n)
  t.match(text, '; complete: 0 transactions')
})
