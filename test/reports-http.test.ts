import { createHash } from 'node:crypto'
import t, { type Test as Tap } from 'tap'
import { pino } from 'pino'
import type { TSchema } from 'typebox'
import { AjvCompiler } from '@fastify/ajv-compiler'
import { buildApp } from '../src/app.ts'
import { createKey } from '../src/auth/keys.ts'
import { readConfig } from '../src/config.ts'
import { erasureLogAt } from '../src/customs/erasure/erasure-log.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { allComponents } from '../src/http/components.ts'
import * as examplesOfLedger from '../src/ledger/examples.ts'
import * as ledger from '../src/ledger/schemas.ts'
import * as examplesOfCoins from '../src/reports/coin-examples.ts'
import * as coins from '../src/reports/coin-schemas.ts'
import * as examplesOfReports from '../src/reports/examples.ts'
import * as reports from '../src/reports/schemas.ts'
import { createTestDatabase } from './support/database.ts'
import { createTenant, openJournal, post, type PostedStep } from './support/posted-books.ts'
import { account } from './support/transfers.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const journal = openJournal(databases)
const app = await buildApp({ databases, journal, log: pino({ level: 'silent' }), lifecycle: { stopping: false }, config: readConfig({}), keyring: null, erasures: erasureLogAt('/dev/null') })
const tenantId = await createTenant(databases.read, 'reports')
const keys = {
  finance: await keyOf(tenantId, 'finance'),
  marketplace: await keyOf(tenantId, 'marketplace'),
  stranger: await keyOf(await createTenant(databases.read, 'stranger'), 'finance')
}
const [clearing, escrow] = [account('provider_clearing', 'sandbox'), account('escrow', 'trd_1')]
const steps: Array<Pick<PostedStep, 'id'>> = []
for (let index = 0; index < 5; index += 1) {
  steps.push({ id: await post(journal, tenantId, [{ debit: clearing, credit: escrow, amount: 1000n }], { subject: 'trd_1', occurredAt: new Date(`2026-01-0${5 - index}T00:00:00Z`) }) })
}
await post(journal, tenantId, [
  { debit: escrow, credit: account('seller_available', 'pty_1'), amount: 900n },
  { debit: escrow, credit: account('commission_income'), amount: 100n }
])

t.teardown(async () => {
  await app.close()
  await journal.stop(5000)
  await databases.close()
  await database.drop()
})

async function keyOf (tenantId: number, role: 'finance' | 'marketplace'): Promise<string> {
  return (await inTransaction(databases.read, async (trx) => await createKey(trx, { tenantId, tenantKind: 'sandbox', name: role, role, actor: 'cli' }))).secret
}

interface Body {
  readonly [field: string]: unknown
  readonly data: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly next_cursor: string | null
}

/** The answer to a GET. Its fields are compared, not trusted. */
async function get (path: string, key = keys.finance): Promise<{ status: number, body: Body }> {
  const response = await app.inject({ method: 'GET', url: path, headers: { authorization: `Bearer ${key}` } })
  return { status: response.statusCode, body: response.json<Body>() }
}

const components: Record<string, object> = Object.fromEntries(allComponents().map((schema) => [String((schema as { $id?: string }).$id), schema]))
const compile = AjvCompiler()(components, {
  customOptions: { keywords: ['x-refusal'], coerceTypes: false, useDefaults: false, removeAdditional: false }
}) as (route: { schema: TSchema }) => ((value: unknown) => boolean) & { errors?: unknown }

function assertFits (t: Pick<Tap, 'ok'>, schema: TSchema, value: unknown, what = 'fits its description'): void {
  const validate = compile({ schema })
  t.ok(validate(value), what, { errors: validate.errors })
}

const escrowId = String((await get('/v1/accounts?class=escrow')).body.data[0]?.['id'])

t.test('accounts are listed and filtered, with balances as decimal strings', async (t) => {
  const { status, body } = await get('/v1/accounts')
  t.equal(status, 200)
  assertFits(t, ledger.AccountPage, body)
  t.match(body.data, [
    { class: 'commission_income', owner: '', balance: '1.00', normal_side: 'credit' },
    { class: 'escrow', owner: 'trd_1', unit: 'CNY', debits: '10.00', credits: '50.00', balance: '40.00', version: 7 },
    { class: 'provider_clearing', owner: 'sandbox', balance: '50.00', normal_side: 'debit' },
    { class: 'seller_available', owner: 'pty_1', balance: '9.00' }
  ])
  const first = await get('/v1/accounts?limit=3')
  t.strictSame([first.body.data.length, first.body['has_more']], [3, true])
  const second = await get(`/v1/accounts?limit=3&starting_after=${first.body.next_cursor}`)
  t.match(second.body, { data: [{ class: 'seller_available' }], has_more: false, next_cursor: null })
  t.equal((await get('/v1/accounts?owner=trd_1&unit=CNY')).body.data.length, 1)
  t.equal((await get('/v1/accounts?owner=trd_1&unit=KRW')).body.data.length, 0)
})

t.test('an account is read now, after a transaction, at a recorded and at an occurred time', async (t) => {
  const at = async (query: string) => {
    const { status, body } = await get(`/v1/accounts/${escrowId}${query}`)
    t.equal(status, 200, query)
    assertFits(t, ledger.AccountAt, body)
    return body
  }
  t.match(await at(''), { balance: '40.00', debits: '10.00', credits: '50.00', version: 7, seq: 6 })
  t.match(await at('?as_of_seq=3'), { balance: '30.00', version: 3, seq: 3, by: 'recorded_at' })
  t.match(await at('?as_of=2026-01-03T12:00:00Z'), { balance: '0.00', version: 0, seq: 0 }, 'nothing was recorded by then')
  t.match(await at('?as_of=2026-01-03T12:00:00Z&by=occurred_at'), { balance: '30.00', seq: 6, by: 'occurred_at', entries_summed: 3 })
  t.match(await at('?as_of=2026-01-03T12:00:00Z&by=occurred_at&as_of_seq=3'), { balance: '10.00', seq: 3, entries_summed: 1 })
  const { body } = await get(`/v1/transactions/${String((await get('/v1/transactions')).body.data[3]?.['id'])}`)
  t.match(await at(`?as_of=${String(body['recorded_at'])}`), { seq: Number }, 'the time of an answer is a time to ask for')
  t.ok(Number((await at(`?as_of=${String(body['recorded_at'])}`))['seq']) >= 4, 'and has that transaction in it')
})

t.test('entries are paged forward and back and cut by time', async (t) => {
  const read = async (query: string) => {
    const versions: number[] = []
    let cursor = ''
    for (;;) {
      const { status, body } = await get(`/v1/accounts/${escrowId}/entries?limit=3${query}${cursor}`)
      t.equal(status, 200)
      assertFits(t, ledger.EntryPage, body)
      versions.push(...body.data.map((entry) => Number(entry['version'])))
      if (body.next_cursor === null) return versions
      cursor = `&starting_after=${body.next_cursor}`
    }
  }
  t.strictSame(await read(''), [1, 2, 3, 4, 5, 6, 7])
  t.strictSame(await read('&order=desc'), [7, 6, 5, 4, 3, 2, 1])
  t.strictSame(await read('&to=2026-01-01T00:00:00Z'), [])
  t.strictSame(await read('&from=2026-01-01T00:00:00Z'), [1, 2, 3, 4, 5, 6, 7])
  const { body } = await get(`/v1/accounts/${escrowId}/entries?order=desc&limit=1`)
  t.match(body.data, [{ direction: 'debit', amount: '1.00', balance: '40.00', seq: 6, position: 2, other: { class: 'commission_income', owner: '' } }])
})

t.test('the journal is paged by seq, and a transaction shows both sides', async (t) => {
  const { body } = await get('/v1/transactions?limit=5')
  assertFits(t, ledger.TransactionPage, body)
  t.strictSame(body.data.map((transaction) => transaction['seq']), [1, 2, 3, 4, 5])
  t.equal(body.next_cursor, '5')
  const last = (await get(`/v1/transactions?limit=5&starting_after=${body.next_cursor}`)).body
  t.match(last, { data: [{ seq: 6 }], has_more: false })
  t.equal((await get('/v1/transactions?subject=trd_1')).body.data.length, 5)
  const one = await get(`/v1/transactions/${String(last.data[0]?.['id'])}`)
  assertFits(t, ledger.Transaction, one.body)
  t.match(one.body, {
    seq: 6,
    transfers: [
      { position: 1, amount: '9.00', unit: 'CNY', debit: { class: 'escrow', owner: 'trd_1', balance: '41.00' }, credit: { class: 'seller_available', owner: 'pty_1', balance: '9.00' } },
      { position: 2, amount: '1.00', debit: { balance: '40.00' }, credit: { class: 'commission_income', owner: '' } }
    ]
  })
})

t.test('the trial balance is as the contract shows it', async (t) => {
  const { status, body } = await get('/v1/reports/trial-balance')
  t.equal(status, 200)
  assertFits(t, reports.TrialBalance, body)
  const { as_of: asOf, generated_at: generatedAt, ...numbers } = body
  t.equal(asOf, generatedAt)
  t.strictSame(numbers, {
    timezone: 'UTC',
    seq: 6,
    units: [{
      unit: 'CNY',
      debits: '60.00',
      credits: '60.00',
      accounts: [
        { class: 'provider_clearing', debits: '50.00', credits: '0.00', balance: '50.00' },
        { class: 'escrow', debits: '10.00', credits: '50.00', balance: '40.00' },
        { class: 'seller_available', debits: '0.00', credits: '9.00', balance: '9.00' },
        { class: 'commission_income', debits: '0.00', credits: '1.00', balance: '1.00' }
      ]
    }],
    row_count: 4,
    control_total: [{ unit: 'CNY', debits: '60.00', credits: '60.00' }],
    sha256: createHash('sha256').update(JSON.stringify(numbers['units'])).digest('hex')
  })
  t.match((await get('/v1/reports/trial-balance?as_of_seq=2')).body, { seq: 2, units: [{ unit: 'CNY', debits: '20.00', credits: '20.00' }] })
  t.match((await get('/v1/reports/trial-balance?as_of=2026-01-01T00:00:00Z')).body, { as_of: '2026-01-01T00:00:00.000Z', seq: 0, units: [] })
  t.match((await get('/v1/reports/trial-balance?as_of=2099-01-01T00:00:00Z')).body, { seq: 6, units: numbers['units'] })
})

t.test('a statement shows opening balance, entries, closing balance and totals, page by page', async (t) => {
  const { status, body } = await get(`/v1/reports/account-statement?account=${escrowId}&limit=5`)
  t.equal(status, 200)
  assertFits(t, reports.AccountStatement, body)
  t.match(body, {
    account: { id: escrowId, class: 'escrow' },
    from: null,
    seq: 6,
    opening_balance: '0.00',
    closing_balance: '40.00',
    totals: { entries: 7, debits: '10.00', credits: '50.00' },
    has_more: true,
    next_after_version: 5
  })
  const rest = (await get(`/v1/reports/account-statement?account=${escrowId}&limit=5&after_version=5`)).body
  t.match(rest, { closing_balance: '40.00', totals: { entries: 7 }, entries: [{ version: 6 }, { version: 7 }], has_more: false, next_after_version: null })
})

t.test('the journal report is paged and says how much the period holds', async (t) => {
  const { status, body } = await get('/v1/reports/journal?limit=4')
  t.equal(status, 200)
  assertFits(t, reports.Journal, body)
  t.match(body, { seq: 6, totals: { transactions: 6 }, has_more: true, next_after_seq: 4 })
  t.match((await get('/v1/reports/journal?limit=4&after_seq=4')).body, { transactions: [{ seq: 5 }, { seq: 6 }], has_more: false, next_after_seq: null })
  t.match((await get('/v1/reports/journal?to=2026-01-01T00:00:00Z')).body, { seq: 0, totals: { transactions: 0 }, transactions: [] })
})

t.test('what cannot be read is refused, each with its code', async (t) => {
  const nobody = escrowId.replace(/.{4}$/, '0000')
  const refusals: ReadonlyArray<readonly [path: string, status: number, code: string]> = [
    [`/v1/accounts/${nobody}`, 404, 'not_found'],
    [`/v1/accounts/${nobody}/entries`, 404, 'not_found'],
    [`/v1/transactions/${nobody.replace('acc', 'txn')}`, 404, 'not_found'],
    [`/v1/reports/account-statement?account=${nobody}`, 404, 'not_found'],
    ['/v1/accounts/acc_1', 400, 'invalid_request'],
    ['/v1/accounts?class=slush_fund', 400, 'invalid_request'],
    ['/v1/accounts?owner=a%00b', 400, 'invalid_request'],
    ['/v1/accounts?limit=101', 400, 'invalid_request'],
    ['/v1/accounts?starting_after=nonsense', 400, 'invalid_request'],
    ['/v1/accounts?colour=red', 400, 'invalid_request'],
    [`/v1/accounts/${escrowId}?as_of_seq=7`, 400, 'invalid_request'],
    [`/v1/accounts/${escrowId}?as_of_seq=0`, 400, 'invalid_request'],
    [`/v1/accounts/${escrowId}?as_of=yesterday`, 400, 'invalid_time'],
    [`/v1/accounts/${escrowId}?as_of=2026-02-30T00:00:00Z`, 400, 'invalid_time'],
    [`/v1/accounts/${escrowId}?as_of=2026-01-01T00:00:00Z&as_of_seq=1`, 400, 'invalid_request'],
    [`/v1/accounts/${escrowId}/entries?order=up`, 400, 'invalid_request'],
    [`/v1/accounts/${escrowId}/entries?starting_after=acc_1`, 400, 'invalid_request'],
    ['/v1/transactions?starting_after=-1', 400, 'invalid_request'],
    ['/v1/reports/trial-balance?as_of_seq=7', 400, 'invalid_request'],
    ['/v1/reports/trial-balance?as_of=1969-12-31T23:59:59Z', 400, 'invalid_time'],
    ['/v1/reports/account-statement', 400, 'invalid_request'],
    ['/v1/reports/journal?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 400, 'invalid_request'],
    ['/v1/reports/journal?limit=1001', 400, 'invalid_request']
  ]
  for (const [path, status, code] of refusals) t.match(await get(path), { status, body: { code } }, path)
})

t.test('another tenant gets the answers of what does not exist; a marketplace key gets no reports', async (t) => {
  const paths = [`/v1/accounts/${escrowId}`, `/v1/accounts/${escrowId}?as_of_seq=1`, `/v1/accounts/${escrowId}/entries`, `/v1/reports/account-statement?account=${escrowId}`]
  for (const path of paths) t.match(await get(path, keys.stranger), { status: 404, body: { code: 'not_found' } }, path)
  const { body } = await get('/v1/transactions')
  t.equal((await get(`/v1/transactions/${String(body.data[0]?.['id'])}`, keys.stranger)).status, 404)
  for (const path of ['/v1/accounts', '/v1/transactions', `/v1/accounts?starting_after=${escrowId}`]) t.strictSame((await get(path, keys.stranger)).body.data, [], path)
  t.match((await get('/v1/reports/trial-balance', keys.stranger)).body, { seq: 0, units: [] })
  for (const path of ['/v1/accounts', '/v1/transactions']) t.equal((await get(path, keys.marketplace)).status, 200, path)
  for (const path of ['/v1/reports/trial-balance', '/v1/reports/journal']) t.equal((await get(path, keys.marketplace)).status, 403, path)
})

t.test('the examples of the API description fit it', async (t) => {
  for (const [name, schema, example] of [
    ['accounts', ledger.AccountPage, examplesOfLedger.accountPage],
    ['account', ledger.AccountAt, examplesOfLedger.accountAt],
    ['entries', ledger.EntryPage, examplesOfLedger.entryPage],
    ['transactions', ledger.TransactionPage, examplesOfLedger.transactionPage],
    ['transaction', ledger.Transaction, examplesOfLedger.transaction],
    ['trial balance', reports.TrialBalance, examplesOfReports.trialBalance],
    ['account statement', reports.AccountStatement, examplesOfReports.accountStatement],
    ['journal', reports.Journal, examplesOfReports.journal],
    ['coin liability', coins.CoinLiability, examplesOfCoins.coinLiability],
    ['coin statistics', coins.CoinStatistics, examplesOfCoins.coinStatistics],
    ['coin deferred revenue', coins.CoinDeferredRevenue, examplesOfCoins.coinDeferredRevenue]
  ] as const) assertFits(t, schema, example, name)
})
