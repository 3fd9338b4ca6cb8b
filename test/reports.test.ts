import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import { newId } from '../src/kernel/ids.ts'
import { ruleOf } from '../src/ledger/account-classes.ts'
import { nameKey, type AccountName } from '../src/ledger/accounts.ts'
import { endOf, lastSeqBefore, reach, stateAtSeq } from '../src/ledger/as-of.ts'
import { findAccount, listAccounts, sumsByOccurredTime, type AccountRow } from '../src/ledger/balances.ts'
import { boundsOf, listEntries, sumEntries, sumsBetween } from '../src/ledger/entries.ts'
import { parseCursor, parsePeriod, parsePoint } from '../src/ledger/period.ts'
import { findTransaction, listTransactions } from '../src/ledger/transactions.ts'
import { readAccountStatement, showStatementHead, statementEntries, tabulateStatement } from '../src/reports/account-statement.ts'
import { journalTransactions, readJournalPeriod, tabulateJournal } from '../src/reports/journal.ts'
import { printReport } from '../src/reports/print.ts'
import { writeJson } from '../src/reports/report.ts'
import { readTrialBalance, showTrialBalance } from '../src/reports/trial-balance.ts'
import { createTestDatabase } from './support/database.ts'
import { addUp, createTenant, openJournal, OPEN_ACCOUNTS, post, postAtRandom } from './support/posted-books.ts'
import { account } from './support/transfers.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const db = databases.report
const journal = openJournal(databases)
const tenantId = await createTenant(databases.read, 'reports')
const steps = [
  ...await postAtRandom(journal, db, tenantId, 60),
  ...await postAtRandom(journal, db, tenantId, 60)
]
const accounts = await listAccounts(db, tenantId, {}, { limit: 100, startingAfter: null })

t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await database.drop()
})

function rowOf (name: AccountName): AccountRow {
  const row = accounts.find((row) => row.class === name.class && row.owner === name.owner && row.unit === name.unit)
  if (row === undefined) throw new Error(`no account ${nameKey(name)}`)
  return row
}

function balanceOf (name: AccountName, { debits, credits }: { debits: bigint, credits: bigint }): bigint {
  return ruleOf(name.class).side === 'credit' ? credits - debits : debits - credits
}

t.test('the balance of every account as of every seq is the sum of what was posted until then', async (t) => {
  t.equal(accounts.length, OPEN_ACCOUNTS.length)
  const wrong: string[] = []
  for (const name of OPEN_ACCOUNTS) {
    for (let seq = 0n; seq <= BigInt(steps.length); seq += 1n) {
      const sums = addUp(steps.filter((step) => step.seq <= seq), name)
      const state = await stateAtSeq(db, tenantId, rowOf(name).id, seq)
      if (state.balance !== balanceOf(name, sums) || state.version !== BigInt(sums.entries)) wrong.push(`${nameKey(name)} at ${seq}`)
    }
    const now = await findAccount(db, tenantId, rowOf(name).id)
    t.match(now, { ...addUp(steps, name), balance: balanceOf(name, addUp(steps, name)), entries: undefined, seq: BigInt(steps.length) })
  }
  t.strictSame(wrong, [])
})

t.test('a recorded time stands for the last transaction of its millisecond', async (t) => {
  const wrong: bigint[] = []
  for (const step of steps) {
    const last = steps.findLast((other) => other.recordedAt.getTime() === step.recordedAt.getTime())
    const reached = await reach(db, tenantId, { kind: 'time', time: step.recordedAt })
    if (reached.seq !== last?.seq) wrong.push(step.seq)
  }
  t.strictSame(wrong, [])
  t.equal(await lastSeqBefore(db, tenantId, new Date(0)), 0n, 'before the first there is none')
  t.equal(await lastSeqBefore(db, tenantId, endOf(new Date(Date.now() + 3_600_000))), BigInt(steps.length), 'the future holds what there is')
})

t.test('a seq the books have not reached is refused, and so is a moment named twice', async (t) => {
  await t.rejects(reach(db, tenantId, { kind: 'seq', seq: BigInt(steps.length + 1) }), { code: 'invalid_request' })
  t.throws(() => parsePoint({ as_of: '2026-01-31T08:00:00Z', as_of_seq: 3 }), { code: 'invalid_request' })
  t.throws(() => parsePoint({ as_of: '2026-02-30T08:00:00Z' }), { code: 'invalid_time' })
  t.throws(() => parsePeriod({ from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }), { code: 'invalid_request' })
  for (const cursor of ['0', '-1', '1.5', 'acc_1', '9'.repeat(30)]) t.throws(() => parseCursor(cursor), { code: 'invalid_request' }, cursor)
})

t.test('the balance by occurred time is the sum of what had occurred, as far as it was known', async (t) => {
  const wrong: string[] = []
  for (const name of OPEN_ACCOUNTS) {
    for (const { occurredAt } of steps.filter((step) => step.seq % 9n === 0n)) {
      for (const seq of [30n, BigInt(steps.length)]) {
        const sums = await sumsByOccurredTime(db, tenantId, rowOf(name).id, { time: occurredAt, seq })
        const right = addUp(steps.filter((step) => step.occurredAt <= occurredAt && step.seq <= seq), name)
        if (sums.debits !== right.debits || sums.credits !== right.credits || sums.entries !== BigInt(right.entries)) wrong.push(`${nameKey(name)} at ${occurredAt.toISOString()}`)
      }
    }
  }
  t.strictSame(wrong, [])
})

t.test('a late fact changes the past by occurred time and never by recorded time', async (t) => {
  const tenantId = await createTenant(databases.read, 'late')
  const clearing = account('provider_clearing', 'sandbox')
  const suspense = account('suspense', 'pay_1')
  await post(journal, tenantId, [{ debit: clearing, credit: suspense, amount: 500n }], { occurredAt: new Date('2026-03-01T00:00:00Z') })
  await post(journal, tenantId, [{ debit: clearing, credit: suspense, amount: 70n }], { occurredAt: new Date('2026-01-01T00:00:00Z') })
  const [row] = await listAccounts(db, tenantId, { class: 'suspense' }, { limit: 1, startingAfter: null })
  const id = row?.id ?? ''
  const time = new Date('2026-02-01T00:00:00Z')
  t.strictSame(await sumsByOccurredTime(db, tenantId, id, { time, seq: 1n }), { entries: 0n, debits: 0n, credits: 0n }, 'before we heard of it')
  t.strictSame(await sumsByOccurredTime(db, tenantId, id, { time, seq: 2n }), { entries: 1n, debits: 0n, credits: 70n }, 'after we heard of it')
  t.strictSame(await stateAtSeq(db, tenantId, id, 1n), { version: 1n, balance: 500n })
  t.equal((await reach(db, tenantId, { kind: 'time', time })).seq, 0n, 'nothing was recorded by then')
})

t.test('paging the entries forward and back covers everything once while new entries arrive', async (t) => {
  const tenantId = await createTenant(databases.read, 'paging')
  const [clearing, suspense] = [account('provider_clearing', 'sandbox'), account('suspense', 'pay_1')]
  const pay = async (count: number) => {
    await Promise.all(Array.from({ length: count }, async (_, index) => index % 3 === 2
      ? await post(journal, tenantId, [{ debit: suspense, credit: clearing, amount: 1n }])
      : await post(journal, tenantId, [{ debit: clearing, credit: suspense, amount: 10n }])))
  }
  await pay(50)
  const [row] = await listAccounts(db, tenantId, { class: 'provider_clearing' }, { limit: 1, startingAfter: null })
  const id = row?.id ?? ''
  const forward: bigint[] = []
  for (;;) {
    const upTo = (await findAccount(db, tenantId, id))?.version ?? 0n
    const page = await listEntries(db, tenantId, id, { after: forward.at(-1) ?? 0n, upTo }, { limit: 7, order: 'asc' })
    if (page.length === 0) break
    forward.push(...page.map(({ version }) => version))
    if (forward.length < 80) await pay(5)
  }
  t.strictSame(forward, Array.from({ length: forward.length }, (_, index) => BigInt(index + 1)))
  t.ok(forward.length > 80)

  const back: bigint[] = []
  const upTo = BigInt(forward.length)
  for (;;) {
    const page = await listEntries(db, tenantId, id, { after: 0n, upTo: (back.at(-1) ?? upTo + 1n) - 1n }, { limit: 7, order: 'desc' })
    if (page.length === 0) break
    back.push(...page.map(({ version }) => version))
    await pay(2)
  }
  t.strictSame(back, forward.toReversed())
})

t.test('an entry tells its balance, its step and the account on the other side', async (t) => {
  const name = account('commission_income')
  const entries = await listEntries(db, tenantId, rowOf(name).id, { after: 0n, upTo: 10_000n }, { limit: 10_000, order: 'asc' })
  t.equal(entries.length, addUp(steps, name).entries)
  let balance = 0n
  for (const entry of entries) {
    balance += entry.direction === 'credit' ? entry.amount : -entry.amount
    const posting = steps[Number(entry.seq) - 1]?.postings[entry.position - 1]
    const other = entry.direction === 'credit' ? posting?.debit : posting?.credit
    t.strictSame([entry.balance, entry.kind, entry.other_class, entry.other_owner], [balance, 'test.step', other?.class, other?.owner])
  }
})

t.test('the trial balance at every seq adds up, class by class, and its debits equal its credits', async (t) => {
  const wrong: string[] = []
  for (let seq = 1n; seq <= BigInt(steps.length); seq += 1n) {
    const { units, seq: reached } = await readTrialBalance(db, tenantId, { kind: 'seq', seq }, 50)
    if (reached !== seq) wrong.push(`seq ${reached} for ${seq}`)
    const posted = steps.filter((step) => step.seq <= seq)
    for (const { unit, debits, credits, accounts } of units) {
      if (debits !== credits) wrong.push(`${unit} at ${seq}`)
      for (const sums of accounts) {
        const names = OPEN_ACCOUNTS.filter((name) => name.unit === unit && name.class === sums.class)
        const parts = names.map((name) => ({ name, ...addUp(posted, name) }))
        const right = [
          parts.reduce((sum, part) => sum + part.debits, 0n),
          parts.reduce((sum, part) => sum + part.credits, 0n),
          parts.reduce((sum, part) => sum + balanceOf(part.name, part), 0n)
        ]
        if ([sums.debits, sums.credits, sums.balance].some((value, index) => value !== right[index])) wrong.push(`${unit} ${sums.class} at ${seq}`)
      }
    }
  }
  t.strictSame(wrong, [])
})

t.test('the trial balance of now, from the accounts, is the one added from the transfers', async (t) => {
  const now = await readTrialBalance(db, tenantId, { kind: 'now' })
  const added = await readTrialBalance(db, tenantId, { kind: 'seq', seq: now.seq })
  t.equal(now.seq, BigInt(steps.length))
  t.strictSame(now.units, added.units)
  t.strictSame((await readTrialBalance(db, tenantId, { kind: 'time', time: new Date() })).units, added.units)
  const shown = showTrialBalance(now)
  t.strictSame(shown.units.map(({ unit }) => unit), ['CNY', 'KRW'])
  t.match(shown.units[0]?.debits, /^\d+\.\d\d$/)
  t.match(shown.units[1]?.debits, /^\d+$/)
  t.strictSame(shown.units[0]?.accounts.map((sums) => sums.class), ['provider_clearing', 'bank_operating', 'commission_income', 'tax_payable'])
})

t.test('the trial balance taken while money moves is of one moment', async (t) => {
  const tenantId = await createTenant(databases.read, 'moving')
  const [clearing, suspense] = [account('provider_clearing', 'sandbox'), account('suspense', 'pay_1')]
  const seen = new Set<bigint>()
  for (let round = 0; round < 40; round += 1) {
    const posted = Array.from({ length: 5 }, async () => await post(journal, tenantId, [{ debit: clearing, credit: suspense, amount: 100n }]))
    for (let look = 0; look < 3; look += 1) {
      const { seq, units } = await readTrialBalance(db, tenantId, { kind: 'now' })
      t.equal(units[0]?.debits ?? 0n, seq * 100n)
      t.equal(units[0]?.credits ?? 0n, seq * 100n)
      seen.add(seq)
    }
    await Promise.all(posted)
  }
  t.ok(seen.size > 3, 'many moments were seen')
})

t.test('a statement by occurred time tells the facts in the order they occurred, as far as they were known', async (t) => {
  const name = account('provider_clearing', 'alpha')
  const times = steps.map(({ occurredAt }) => occurredAt).sort((a, b) => a.getTime() - b.getTime())
  const [early, late] = [times[30] ?? new Date(), times[90] ?? new Date()]
  const periods = [{ from: null, to: null }, { from: null, to: early }, { from: early, to: late }, { from: late, to: null }]
  for (const seq of [60n, BigInt(steps.length)]) {
    const known = steps.filter((step) => step.seq <= seq)
    for (const period of periods) {
      const within = known.filter(({ occurredAt }) => (period.from === null || occurredAt >= period.from) && (period.to === null || occurredAt < period.to))
      const before = balanceOf(name, addUp(known.filter(({ occurredAt }) => period.from !== null && occurredAt < period.from), name))
      const statement = await readAccountStatement(db, tenantId, rowOf(name), period, { by: 'occurred_at', known: { kind: 'seq', seq } })
      const sums = addUp(within, name)
      t.strictSame(statement.sums, { entries: BigInt(sums.entries), debits: sums.debits, credits: sums.credits })
      t.equal(statement.bounds.opening.balance, before)
      t.equal(statement.bounds.closing.balance, before + balanceOf(name, sums))
      const entries = []
      for (;;) {
        const page = await statementEntries(db, tenantId, statement, { limit: 4, after: entries.at(-1)?.version ?? 0n })
        if (page.length === 0) break
        entries.push(...page)
      }
      const inOrder = [...entries].sort((a, b) => a.occurred_at.getTime() - b.occurred_at.getTime() || Number(a.version - b.version))
      t.strictSame(entries.map(({ version }) => version), inOrder.map(({ version }) => version), 'in the order they occurred')
      t.equal(new Set(entries.map(({ version }) => version)).size, sums.entries, 'each once')
      let balance = before
      t.strictSame(entries.map((entry) => entry.balance), entries.map(({ direction, amount }) => { balance += direction === 'debit' ? amount : -amount; return balance }), 'with its running balance')
    }
  }
})

t.test('books without a transaction have a trial balance without units', async (t) => {
  const tenantId = await createTenant(databases.read, 'empty')
  t.match(await readTrialBalance(db, tenantId, { kind: 'now' }), { seq: 0n, units: [] })
  t.match(await readTrialBalance(db, tenantId, { kind: 'time', time: new Date() }), { seq: 0n, units: [] })
  t.strictSame((await readJournalPeriod(db, tenantId, { from: null, to: null })).seq, 0n)
})

t.test('statements of two periods meet: opening balance, entries and closing balance add up', async (t) => {
  const name = account('provider_clearing', 'alpha')
  // The second half was posted after the whole first half, so a time between them cuts the books in two.
  const cut = steps[60]?.recordedAt ?? new Date()
  const before = steps.filter((step) => step.recordedAt < cut)
  const first = await readAccountStatement(db, tenantId, rowOf(name), { from: null, to: cut })
  const second = await readAccountStatement(db, tenantId, rowOf(name), { from: cut, to: null })
  t.equal(first.bounds.closing.balance, balanceOf(name, addUp(before, name)))
  t.strictSame(second.bounds.opening, first.bounds.closing)
  t.equal(second.bounds.seq, BigInt(steps.length))
  for (const statement of [first, second]) {
    const { opening, closing } = statement.bounds
    t.equal(opening.balance + statement.sums.debits - statement.sums.credits, closing.balance)
    t.equal(statement.sums.entries, closing.version - opening.version)
    t.strictSame(await sumEntries(db, tenantId, rowOf(name).id, { after: opening.version, upTo: closing.version }, 3n), statement.sums, 'added in parts of three')
    const versions: bigint[] = []
    for (;;) {
      const page = await statementEntries(db, tenantId, statement, { limit: 4, after: versions.at(-1) ?? 0n })
      if (page.length === 0) break
      versions.push(...page.map(({ version }) => version))
    }
    t.strictSame(versions, Array.from({ length: Number(statement.sums.entries) }, (_, index) => opening.version + BigInt(index + 1)))
  }
  const row = rowOf(name)
  const early = await sumEntries(db, tenantId, row.id, { after: 0n, upTo: 5n })
  for (const [after, upTo] of [[0n, row.version], [0n, 9n], [2n, row.version - 1n], [row.version - 2n, row.version]] as const) {
    const sums = await sumEntries(db, tenantId, row.id, { after, upTo })
    t.strictSame(await sumsBetween(db, tenantId, row, { after, upTo }), sums, `${after} to ${upTo} by the account's own totals`)
    t.strictSame(await sumsBetween(db, tenantId, { id: row.id, version: 5n, ...early }, { after, upTo }), sums, `${after} to ${upTo} by totals read earlier`)
  }
  const future = new Date(Date.now() + 3_600_000)
  const { opening, closing } = await boundsOf(db, tenantId, rowOf(name).id, { from: future, to: null })
  t.strictSame(opening, closing, 'nothing happened in the future')
})

t.test('the journal of a period has each of its transactions once, with both sides of every transfer', async (t) => {
  const cut = steps[60]?.recordedAt ?? new Date()
  const period = await readJournalPeriod(db, tenantId, { from: cut, to: null })
  const seqs: bigint[] = []
  for (;;) {
    const page = await journalTransactions(db, tenantId, period, { limit: 9, after: seqs.at(-1) ?? 0n })
    if (page.length === 0) break
    for (const transaction of page) {
      const step = steps[Number(transaction.seq) - 1]
      t.equal(transaction.id, step?.id)
      t.match(transaction.transfers, step?.postings.map(({ debit, credit, amount }, index) => ({
        position: index + 1, amount, unit: debit.unit, debit: { class: debit.class, owner: debit.owner }, credit: { class: credit.class, owner: credit.owner }
      })))
      seqs.push(transaction.seq)
    }
  }
  t.strictSame(seqs, steps.filter((step) => step.recordedAt >= cut).map(({ seq }) => seq))
})

t.test('transactions are found by what they were about', async (t) => {
  const tenantId = await createTenant(databases.read, 'subjects')
  const postings = [{ debit: account('provider_clearing', 'sandbox'), credit: account('suspense', 'pay_1'), amount: 100n }]
  const id = await post(journal, tenantId, postings, { subject: 'trd_1' })
  await post(journal, tenantId, postings)
  t.match(await listTransactions(db, tenantId, { after: 0n, subject: 'trd_1' }, 10), [{ id, subject: 'trd_1' }])
  t.equal((await listTransactions(db, tenantId, { after: 0n }, 10)).length, 2)
  t.match(await findTransaction(db, tenantId, id), { id, transfers: [{ amount: 100n }] })
})

t.test('accounts are listed by class, owner and unit, page by page, each once', async (t) => {
  const listed: AccountRow[] = []
  for (;;) {
    const page = await listAccounts(db, tenantId, {}, { limit: 3, startingAfter: listed.at(-1)?.id ?? null })
    if (page.length === 0) break
    listed.push(...page)
  }
  t.strictSame(listed.map(({ id }) => id), accounts.map(({ id }) => id))
  const clearing = accounts.filter((row) => row.class === 'provider_clearing')
  const rest = await listAccounts(db, tenantId, { class: 'provider_clearing' }, { limit: 10, startingAfter: clearing[0]?.id ?? null })
  t.strictSame(rest.map(({ id }) => id), clearing.slice(1).map(({ id }) => id), 'within one class')
  const others = await listAccounts(db, tenantId, { class: 'tax_payable' }, { limit: 10, startingAfter: clearing[0]?.id ?? null })
  t.equal(others.length, 2, 'a cursor of an earlier class skips nothing')
  t.equal((await listAccounts(db, tenantId, { class: 'provider_clearing', owner: 'alpha', unit: 'KRW' }, { limit: 10, startingAfter: null })).length, 1)
  t.equal((await listAccounts(db, tenantId, { unit: 'CNY' }, { limit: 10, startingAfter: null })).length, OPEN_ACCOUNTS.length / 2)
})

t.test('another tenant sees nothing of these books', async (t) => {
  const other = await createTenant(databases.read, 'other')
  const id = accounts[0]?.id ?? newId()
  t.equal(await findAccount(db, other, id), null)
  t.strictSame(await listAccounts(db, other, {}, { limit: 10, startingAfter: null }), [])
  t.strictSame(await listAccounts(db, other, {}, { limit: 10, startingAfter: id }), [], 'not with a cursor of ours either')
  t.strictSame(await listEntries(db, other, id, { after: 0n, upTo: 1000n }, { limit: 10, order: 'asc' }), [])
  t.strictSame(await sumEntries(db, other, id, { after: 0n, upTo: 1000n }), { entries: 0n, debits: 0n, credits: 0n })
  await t.rejects(stateAtSeq(db, other, id, 5n))
  t.strictSame(await listTransactions(db, other, { after: 0n }, 10), [])
  t.equal(await findTransaction(db, other, steps[0]?.id ?? newId()), null)
  t.match(await readTrialBalance(db, other, { kind: 'now' }), { seq: 0n, units: [] })
  t.match(await readTrialBalance(db, other, { kind: 'time', time: new Date() }), { seq: 0n, units: [] })
})

t.test('reports print as text for people and as one JSON object for programs', async (t) => {
  const print = async (request: Omit<Parameters<typeof printReport>[1], 'tenantId'>) => {
    let text = ''
    await printReport(db, { tenantId, ...request }, (piece) => { text += piece })
    return text
  }
  const shown = showTrialBalance(await readTrialBalance(db, tenantId, { kind: 'seq', seq: 5n }))
  t.match(JSON.parse(await print({ name: 'trial-balance', format: 'json', asOfSeq: 5 })), { ...shown, generated_at: String })
  const table = await print({ name: 'trial-balance', format: 'text', asOfSeq: 5 })
  t.match(table, /seq: 5\n/)
  t.match(table, /unit +class +debits +credits +balance\n/)
  for (const { unit, debits } of shown.units) t.ok(table.split('\n').some((line) => line.startsWith(unit) && line.includes('total') && line.includes(debits)))

  const row = rowOf(account('provider_clearing', 'alpha'))
  const statement = await readAccountStatement(db, tenantId, row, { from: null, to: null })
  let json = ''
  await writeJson(tabulateStatement(db, tenantId, statement), (piece) => { json += piece })
  const parsed = JSON.parse(json) as { entries: unknown[] }
  t.match(parsed, showStatementHead(statement))
  t.equal(parsed.entries.length, Number(statement.sums.entries))

  json = ''
  await writeJson(tabulateJournal(db, tenantId, await readJournalPeriod(db, tenantId, { from: null, to: null })), (piece) => { json += piece })
  t.equal((JSON.parse(json) as { transfers: unknown[] }).transfers.length, steps.flatMap(({ postings }) => postings).length)
  t.equal((await print({ name: 'journal', format: 'text' })).split('\n').filter((line) => line.includes('test.step')).length, steps.flatMap(({ postings }) => postings).length)
  await t.rejects(print({ name: 'account-statement', format: 'json', account: 'acc_nothing' }), { code: 'not_found' })
})
