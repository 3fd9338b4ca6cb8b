import { sql, type Kysely } from 'kysely'
import t from 'tap'
import { COIN_CHECKS } from '../src/coins/checks.ts'
import { openDatabases } from '../src/db/pools.ts'
import type { Database } from '../src/db/schema.ts'
import { TRADE_COIN_CHECKS } from '../src/escrow/checks/coin-checks.ts'
import { internalId } from '../src/kernel/ids.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { ALL_CHECKS } from '../src/reports/verify.ts'
import { SANDBOX_CHECKS } from '../src/sandbox/checks.ts'
import { CoinBooks } from './support/coin-books.ts'
import { createTestDatabase } from './support/database.ts'
import { createTenant, openJournal } from './support/posted-books.ts'
import { pick } from './support/trade-desk.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
// Only the superuser can switch off the triggers that guard the books.
const vandal = openDatabases({ url: database.superuserUrl })
const journal = openJournal(databases)
const CHECKS = [...COIN_CHECKS, ...TRADE_COIN_CHECKS]

t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await vandal.close()
  await database.drop()
})

const books = await CoinBooks.open(databases, journal, await createTenant(databases.read, 'shop'), { expiry: { months: 1, until: 'end_of_day' }, after_sale_days: 3 })
const { tenantId, parties: { funding, buyer, other } } = books
// Some coins of which nothing became; a part of them comes back from a trade so late that it lives longer.
await books.grant(500, { buyer: other })
await books.wait(28 * DAY_MS)
await books.open([{}], 100, other)
await books.wait(5 * DAY_MS)
await books.grant(4_000)
await books.wait(5 * DAY_MS)
await books.grant(6_000, { funder: funding })
// A trade that gave a part back before its release and a part after it, and that earned.
const trade = await books.pay(await books.open([{ unit_price: '100.00' }, { unit_price: '100.00' }], 6_000))
await books.ship(trade)
await books.confirm(trade, [pick(trade, 0)])
await books.refund(trade, { amount: '50.00' }, 1)
await books.refund(trade, { amount: '40.00' })
// What this one earned has been spent when it goes back: its buyer owes that, and pays it by what he earns next.
const source = await books.sell([{ seller: funding, unit_price: '90.00' }])
await books.wait(4 * DAY_MS)
const held = await books.pay(await books.open([{ unit_price: '900.00' }], 'max'))
await books.refund(source)
await books.sell([{ unit_price: '50.00' }])
// One that gave coins back because its price fell below what they were worth.
await books.grant(3_000)
const repriced = await books.reprice(await books.open([{}], 2_000), '15.00')

const uuid = (prefix: 'trd' | 'pty', id: string): string => `'${internalId(prefix, id) ?? ''}'`
const [TRADE, HELD, REPRICED, BUYER] = [uuid('trd', trade.id), uuid('trd', held.id), uuid('trd', repriced.id), uuid('pty', buyer)]
const NOBODY = "'0191d6a0-0000-7000-8000-000000000001'"
const MINE = `tenant_id = ${tenantId}`

interface Damage {
  readonly what: string
  readonly sql: string
  readonly checks: readonly string[]
  readonly says: RegExp
}

const ONE_LOT = `id = (select min(id::text)::uuid from coin_lots where ${MINE} and available > 0)`
const DAMAGES: readonly Damage[] = [
  { what: 'a coin that is worth something else', sql: `update coin_programmes set coin_value = 2 where ${MINE}`, checks: ['coin-programmes', 'coin-liability', 'coin-steps', 'trade-coin-terms'], says: /^cpr_.*: parts in a unit of its currency: 200, but it should be 100$/ },
  { what: 'terms that nobody set', sql: `update coin_programmes set terms = jsonb_set(terms, '{cap}', '"0.9"') where ${MINE}`, checks: ['coin-programmes'], says: /^cpr_.*: terms: .*0\.9.*, but it should be .*0\.30/ },
  { what: 'a change that no event tells', sql: `update coin_programmes set version = 2 where ${MINE}`, checks: ['coin-programmes'], says: /^cpr_.*: version: 2, but it should be 1$/ },
  { what: 'coins of somebody who is no buyer', sql: `update accounts set owner = 'pty_1' where ${MINE} and class = 'coins_owed'`, checks: ['coin-accounts'], says: /of class coins_owed \(pty_1, TEACOIN\): there is no such programme, buyer or trade/ },
  { what: 'a debt for coins that is nobody\'s', sql: `update accounts set owner = 'cpr_1' where ${MINE} and class = 'coin_liability'`, checks: ['coin-accounts', 'coin-liability', 'coin-steps'], says: /of class coin_liability \(cpr_1, CNY\): there is no such programme/ },
  { what: 'commission that is earned in coins', sql: `update accounts set unit = 'TEACOIN' where ${MINE} and class = 'commission_income'`, checks: ['coin-accounts'], says: /of class commission_income \(TEACOIN\): .*such accounts are not kept in TEACOIN$/ },
  { what: 'less that is owed for coins', sql: `update accounts set debits = debits + 10 where ${MINE} and class = 'coin_liability'`, checks: ['coin-liability'], says: /^cpr_.*: 125\.10 CNY are owed for coins that are worth 125\.20 CNY$/ },
  { what: 'a step that gave coins for nothing', sql: `update transfers set amount = amount - 1 where ${MINE} and credit_account_id = (select id from accounts where ${MINE} and class = 'coin_liability') and seq = (select min(seq) from transfers where ${MINE} and unit = 'TEACOIN')`, checks: ['coin-steps'], says: /^transaction txn_.*: it adds 4\.99 CNY to what is owed for coins of cpr_.*, and coins that are worth 5\.00 CNY$/ },
  { what: 'a lot that lost a coin', sql: `update coin_lots set available = available - 1 where ${MINE} and ${ONE_LOT}`, checks: ['coin-lots', 'coin-wallets'], says: /^lot_.*: \d+ available, but its moves say \d+$/ },
  { what: 'an account that got a coin', sql: `update accounts set credits = credits + 1 where ${MINE} and class = 'coins_pending' and credits > debits`, checks: ['coin-wallets', 'coin-liability'], says: /^pty_.*: its account has 421 pending TEACOIN, but its lots have 420$/ },
  { what: 'a lot that pretends to have been larger', sql: `update coin_lots set issued = issued + 1 where ${MINE} and ${ONE_LOT}`, checks: ['coin-lots'], says: /^lot_.*: \d+ issued, but its moves say \d+$/ },
  { what: 'a move that is gone', sql: `delete from coin_moves where ${MINE} and coins = -100`, checks: ['coin-lots', 'coin-moves', 'trade-coin-lots'], says: /^pty_.*: entry 2 of its available coins moved -100, but its lots say nothing$/ },
  { what: 'a move of a lot that is gone', sql: `update coin_moves set lot_id = ${NOBODY} where ${MINE} and coins = -100`, checks: ['coin-lots', 'coin-moves', 'trade-coin-lots'], says: /^lot_.*: there is no such lot, but its moves say -\d+$/ },
  { what: 'a move that another entry made', sql: `update coin_moves set entry_version = 77 where ${MINE} and coins = 500 and entry_version = 1`, checks: ['coin-lots', 'coin-moves'], says: /^pty_.*: entry 77 of its available coins moved nothing, but its lots say 500$/ },
  { what: 'a wallet of a seller', sql: `update parties set kind = 'seller' where ${MINE} and id = ${BUYER}`, checks: ['coin-references', 'coin-accounts'], says: /^pty_.*: a wallet is of this buyer$/ },
  { what: 'a wallet without lots, and lots without a wallet', sql: `update coin_wallets set currency = 'EUR' where ${MINE} and buyer_id = ${BUYER}`, checks: ['coin-references', 'coin-deadlines'], says: /^pty_.*: it has a wallet of EUR, which has no programme$/ },
  { what: 'coins that nobody paid for', sql: `update coin_lots set funder_id = ${NOBODY} where ${MINE} and funder_id is not null`, checks: ['coin-references'], says: /^lot_.*: the seller who paid for it is missing$/ },
  { what: 'coins that were earned by nothing', sql: `update coin_lots set trade_id = ${NOBODY} where ${MINE} and source = 'earned'`, checks: ['coin-references'], says: /^lot_.*: the trade that earned it is missing/ },
  { what: 'coins that another line earned', sql: `update coin_lots set source_id = 'lin_1' where ${MINE} and source = 'earned'`, checks: ['coin-references'], says: /^lot_.*: the line that earned it is missing/ },
  { what: 'coins that came back from nowhere', sql: `update coin_lots set origin_id = id where ${MINE} and source = 'returned'`, checks: ['coin-references', 'trade-coin-lots'], says: /^lot_.*: the lot that its coins were issued in is missing/ },
  { what: 'a wallet that time forgot', sql: `update coin_wallets set next_deadline_at = null, next_attempt_at = null where ${MINE} and buyer_id = ${BUYER}`, checks: ['coin-deadlines'], says: /^pty_.*: its wallet of CNY is looked at never, but it should be 20/ },
  { what: 'a lot that lives on', sql: `update coin_lots set expires_at = null where ${MINE} and available > 0`, checks: ['coin-deadlines'], says: /^pty_.*: its wallet of CNY is looked at 20.*, but it should be never$/ },
  { what: 'a trade that holds a coin more', sql: `update accounts set credits = credits + 1 where ${MINE} and class = 'coins_held' and owner = '${held.id}'`, checks: ['trade-coins', 'coin-liability'], says: /^trd_.*: held: \d+ TEACOIN, but it should be \d+$/ },
  { what: 'coins that a line redeemed without saying', sql: `update trade_lines set coins_redeemed = coins_redeemed - 1, coins_returned = coins_returned + 1 where ${MINE} and trade_id = ${TRADE} and coins_redeemed > 0`, checks: ['trade-coins'], says: /^trd_.*: redeemed by its lines: 1799 TEACOIN, but it should be 1800$/ },
  { what: 'a lot of a trade that gave nothing back', sql: `update trades set coins = jsonb_set(coins, '{lots,0,returned}', '"0"') where ${MINE} and id = ${REPRICED}`, checks: ['trade-coins', 'trade-coin-lots'], says: /^trd_.*: 0 coins given back of lot_.*, but \d+ moved$/ },
  { what: 'a lot of a trade that was another', sql: `update trades set coins = jsonb_set(coins, '{lots,0,origin}', '"0191d6a0-0000-7000-8000-000000000001"') where ${MINE} and id = ${HELD}`, checks: ['trade-coin-lots'], says: /^trd_.*: \d+ coins taken of lot_.*, but 0 moved$/ },
  { what: 'coins above the cap', sql: `update trades set coins = jsonb_set(coins, '{cap}', '"0.29"') where ${MINE} and id = ${TRADE}`, checks: ['line-coins', 'trade-coin-terms'], says: /^trd_.*, line "1": 3000 coins taken, but its terms make it 2900$/ },
  { what: 'coins of a shop that does not accept them', sql: `update trade_lines set seller_terms = null where ${MINE} and trade_id = ${HELD}`, checks: ['line-coins'], says: /^trd_.*, line "1": \d+ coins taken, but its terms make it 0$/ },
  { what: 'coins that a line did not earn', sql: `update trade_lines set coins_earned = coins_earned + 1 where ${MINE} and trade_id = ${TRADE}`, checks: ['line-coins', 'line-earnings'], says: /^trd_.*, line "1": \d+ coins earned, but \d+ were told or booked$/ },
  { what: 'earnings that no event tells', sql: `update events set data = jsonb_set(data, '{line}', '"lin_1"') where ${MINE} and type = 'coins.earned'`, checks: ['line-earnings'], says: /^trd_.*, line "1": \d+ coins earned, but (0|-\d+) were told or booked$/ },
  { what: 'coins that were earned on more than was paid', sql: `update coin_lots set earned_on = earned_on + 1 where ${MINE} and source = 'earned'`, checks: ['coins-earned-on'], says: /^transaction txn_.*: coins were earned on \d+\.01 CNY, but it released \d+\.00 CNY$/ },
  { what: 'a trade that earns by other terms', sql: `update trades set coins = jsonb_set(coins, '{expiry,months}', '2') where ${MINE} and id = ${HELD}`, checks: ['trade-coin-terms'], says: /^trd_.*: it keeps a programme that says .*"months": 2.*, which the one of its currency never did$/ }
]

async function findAll (db: Kysely<Database>): Promise<Array<{ check: string, what: string, tenant: number }>> {
  const findings = []
  for (const check of CHECKS) findings.push(...await check.find(db))
  return findings
}

t.test('coins that only the Journal moved: no findings, of no check there is', async (t) => {
  for (const check of ALL_CHECKS) if (!SANDBOX_CHECKS.includes(check)) t.strictSame(await check.find(databases.report), [], check.name)
})

for (const { what, sql: damage, checks, says } of DAMAGES) {
  t.test(`${what}: ${checks.join(', ')}`, async (t) => {
    const undone = new Error('undone')
    await vandal.journal.transaction().execute(async (trx) => {
      await sql`set local role none`.execute(trx)
      await sql`set local session_replication_role = replica`.execute(trx)
      const { numAffectedRows } = await sql.raw(damage).execute(trx)
      t.not(numAffectedRows, 0n)
      const findings = await findAll(trx)
      t.strictSame([...new Set(findings.map(({ check }) => check))].sort(), [...checks].sort())
      t.ok(findings.some((finding) => says.test(finding.what)), 'says what is wrong', { found: findings.map((finding) => finding.what) })
      t.ok(findings.every(({ tenant }) => tenant === tenantId))
      throw undone
    }).catch((error: unknown) => { if (error !== undone) throw error })
  })
}

t.test('every check can find something', async (t) => {
  const found = new Set(DAMAGES.flatMap(({ checks }) => checks))
  t.strictSame(CHECKS.map(({ name }) => name).filter((name) => !found.has(name)), [])
})
