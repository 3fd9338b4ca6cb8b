import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { openDatabases } from '../../src/db/pools.ts'
import { ACCOUNT_CLASSES, type AccountClass } from '../../src/ledger/account-classes.ts'
import type { Point } from '../../src/ledger/as-of.ts'
import { readHledger } from '../../src/reports/hledger.ts'
import { saveFile } from '../../src/reports/save-file.ts'
import { readTrialBalance } from '../../src/reports/trial-balance.ts'
import { CoinBooks } from '../support/coin-books.ts'
import { coinLife, liveWithCoins } from '../support/coin-life.ts'
import { createTestDatabase } from '../support/database.ts'
import { balancesOf, readBalances } from '../support/hledger-text.ts'
import { newArbitrators, runnerOn } from '../support/journal-runner.ts'
import { createTenant, openJournal, post, postAtRandom } from '../support/posted-books.ts'
import { commands } from '../support/trade-commands.ts'
import { batchesOf, runBatch } from '../support/trade-life.ts'
import { TradeWorld } from '../support/trade-world.ts'
import { account, operation } from '../support/transfers.ts'

// hledger reads what we wrote and adds it up: a program that is not ours, on the very same books.

const LIVES = 12
const COIN_LIVES = 3
const run = promisify(execFile)
const version = await run('hledger', ['--version']).catch(() => {
  throw new Error('This test needs hledger. On Debian: apt-get install hledger. Elsewhere: https://hledger.org/install.html')
})
t.comment(version.stdout.trim())

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const journal = openJournal(databases)
const folder = await mkdtemp(join(tmpdir(), 'holdfast-hledger-'))
const file = join(folder, 'export.journal')
let tenants = 0

t.setTimeout(280_000)
t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

async function newTenant (): Promise<number> {
  return await createTenant(databases.read, `tenant-${++tenants}`)
}

async function hledger (...words: string[]): Promise<string> {
  return (await run('hledger', ['-f', file, ...words], { maxBuffer: 50_000_000, env: { ...process.env, LC_ALL: 'C.UTF-8' } })).stdout
}

/** Exports the books, has hledger check them as strictly as it can, and compares every class in every unit. */
async function compare (id: number, point: Point = { kind: 'now' }): Promise<void> {
  const { pieces, seq } = await readHledger(databases.report, { id, name: 'lives' }, point)
  await saveFile(file, pieces())
  await hledger('check', '--strict')
  // By accounting day the order of recording is none; by the second date, which is the day of recording, it is.
  await hledger('check', 'ordereddates', '--date2')
  const theirs = readBalances(await hledger('balance', '--depth', '2', '--flat', '--empty', '--no-total', '--layout=bare', '-O', 'csv'))
  t.strictSame(theirs, balancesOf(await readTrialBalance(databases.report, id, { kind: 'seq', seq })), `the balances of ${seq} transactions`)
  t.equal(Number(/Transactions\s*: (\d+)/.exec(await hledger('stats'))?.[1] ?? 0), Number(seq), 'and hledger read all of them')
}

t.test(`${LIVES} lives of trades in units with 0, 2 and 3 decimals have the balances in hledger that they have here`, async () => {
  let lived = 0n
  await fc.assert(fc.asyncProperty(commands, async (all) => {
    const tenantId = await newTenant()
    const world = new TradeWorld(runnerOn(journal, databases.read, tenantId), { tenantId, now: Date.now(), arbitrators: await newArbitrators(databases.read, tenantId) })
    await world.start()
    for (const batch of batchesOf(all)) await runBatch(world, batch)
    const { seq } = await readTrialBalance(databases.report, tenantId, { kind: 'now' })
    lived += seq
    if (seq === 0n) return
    await compare(tenantId)
    await compare(tenantId, { kind: 'seq', seq: (seq + 1n) / 2n })
  }), { numRuns: LIVES, endOnFailure: true })
  t.ok(lived > 50n, `${lived} transactions were lived through`)
})

t.test(`so have ${COIN_LIVES} lives of trades with coins, which are a commodity there`, async () => {
  let lived = 0n
  await fc.assert(fc.asyncProperty(coinLife, fc.constantFrom('CNY', 'JPY', 'KWD'), async (life, currency) => {
    const tenantId = await newTenant()
    const books = await CoinBooks.open(databases, journal, tenantId, { currency, earn_rate: '0.25', after_sale_days: 2, expiry: { months: 0, until: 'end_of_month' } })
    await liveWithCoins(books, life)
    lived += (await readTrialBalance(databases.report, tenantId, { kind: 'now' })).seq
    await compare(tenantId)
    t.match(await hledger('commodities'), /^TEACOIN$/m)
  }), { numRuns: COIN_LIVES, endOnFailure: true })
  t.ok(lived > 30n, `${lived} transactions were lived through`)
})

t.test('so have postings at random over a hundred days, and sums near the limits of the books', async () => {
  const tenantId = await newTenant()
  await postAtRandom(journal, databases.report, tenantId, 150)
  for (const unit of ['CNY', 'KRW', 'KWD']) {
    for (let index = 0; index < 5; index += 1) {
      await post(journal, tenantId, [{ debit: account('bank_safeguarding', 'main', unit), credit: account('platform_capital', '', unit), amount: 10n ** 15n }])
    }
  }
  await compare(tenantId)
})

t.test('so has every class of accounts, whatever words and names stand in the books', async () => {
  const tenantId = await newTenant()
  const words = 'two\nlines; a comment, a | note\t\u2028id:forged  (x) 宽 [2020-01-01] date:2020-01-01'
  const classes = (Object.keys(ACCOUNT_CLASSES) as AccountClass[]).filter((name) => name !== 'tax_payable')
  for (const name of classes) {
    const [one, other] = [account(name, 'a:b  c;d\n\tx=1'), account('tax_payable')]
    const [debit, credit] = ACCOUNT_CLASSES[name].side === 'debit' ? [one, other] : [other, one]
    await journal.submit(operation({ tenantId, accounts: [debit, credit], decide: (books) => ({ id: books.post({ kind: 'test.step', subject: words, description: words, postings: [{ debit, credit, amount: 5n }] }) }) }))
  }
  await compare(tenantId)
  t.equal((await hledger('register', 'date:2020')).trim(), '', 'words are no dates')
})
