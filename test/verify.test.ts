import t from 'tap'
import { sql, type Kysely } from 'kysely'
import { openDatabases } from '../src/db/pools.ts'
import type { Database } from '../src/db/schema.ts'
import { FINDINGS_SHOWN_MAX, type Finding } from '../src/ledger/checks.ts'
import { printVerify } from '../src/reports/print.ts'
import { BOOK_CHECKS, runVerify } from '../src/reports/verify.ts'
import { createTestDatabase } from './support/database.ts'
import { createTenant, openJournal, post, postAtRandom } from './support/posted-books.ts'
import { account } from './support/transfers.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
// Only the superuser can switch the triggers and foreign keys off that guard the books.
const vandal = openDatabases({ url: database.superuserUrl })
const journal = openJournal(databases)

// Tenant 1 has one payment that is confirmed, in known amounts; tenant 2 has much of everything.
const tenantId = await createTenant(databases.read, 'small')
const clearing = account('provider_clearing', 'sandbox')
const escrow = account('escrow', 'trd_1')
const seller = account('seller_available', 'pty_1')
await post(journal, tenantId, [{ debit: clearing, credit: escrow, amount: 1000n }], { subject: 'trd_1' })
await post(journal, tenantId, [{ debit: escrow, credit: seller, amount: 900n }, { debit: escrow, credit: account('commission_income'), amount: 100n }], { subject: 'trd_1' })
await post(journal, tenantId, [{ debit: account('provider_clearing', 'sandbox', 'KRW'), credit: account('suspense', 'pay_1', 'KRW'), amount: 5000n }])
const bigTenantId = await createTenant(databases.read, 'big')
await postAtRandom(journal, databases.read, bigTenantId, 100)

t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await vandal.close()
  await database.drop()
})

const CHECK_SECONDS_MAX = 15

/** What all checks find while the books are damaged; the damage is undone afterwards. */
async function findAfter (damage: readonly string[]): Promise<Finding[]> {
  let findings: Finding[] = []
  const undone = new Error('undone')
  await vandal.journal.transaction().execute(async (trx) => {
    await sql`set local role none`.execute(trx)
    await sql`set local session_replication_role = replica`.execute(trx)
    for (const statement of damage) {
      const { numAffectedRows } = await sql.raw(statement).execute(trx)
      if (/^(insert|update|delete)/.test(statement) && numAffectedRows === 0n) throw new Error(`changed nothing: ${statement}`)
    }
    await sql`set local statement_timeout = ${sql.raw(`'${CHECK_SECONDS_MAX}s'`)}`.execute(trx)
    findings = await findAll(trx)
    throw undone
  }).catch((error: unknown) => { if (error !== undone) throw error })
  return findings
}

/** Tens of thousands of payments, each into an account of its own, written as the Journal would have. */
function manyPayments (count: number): string[] {
  const id = (group: number) => `('0191d6a0-000${group}-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`
  const [clearing, time] = ["'0191d6a0-0000-7000-8000-00000000000c'", "timestamptz '2026-01-01 00:00Z' + i * interval '1 second'"]
  const series = `generate_series(1, ${count}) as i`
  return [
    "insert into tenants overriding system value values (1000, 'many', 'sandbox', '{}', now())",
    `insert into tenant_counters values (1000, ${count}, 0, 'infinity')`,
    `insert into accounts values (1000, ${clearing}, 'provider_clearing', 'sandbox', 'CNY', -1, false, ${count}, ${count * 100}, 0, now())`,
    `insert into accounts select 1000, ${id(1)}, 'escrow', 'trd_' || i, 'CNY', 1, true, 1, 0, 100, now() from ${series}`,
    `insert into transactions select 1000, ${id(2)}, i, 'test.step', '', '', null, ${time}, ${time}, (${time})::date from ${series}`,
    `insert into transfers select 1000, ${id(2)}, 1, i, 'CNY', 100, ${clearing}, i, i * 100, ${id(1)}, 1, 100, ${time}, ${time} from ${series}`,
    'analyze'
  ]
}

async function findAll (db: Kysely<Database>): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of BOOK_CHECKS) findings.push(...await check.find(db))
  return findings
}

const MINE = `tenant_id = ${tenantId}`
const BIG = `tenant_id = ${bigTenantId}`
const ESCROW = `(select id from accounts where ${MINE} and class = 'escrow')`
const CLEARING = `(select id from accounts where ${MINE} and class = 'provider_clearing' and unit = 'CNY')`
const SECOND = `(select id from transactions where ${MINE} and seq = 2)`
const STRANGER = "'0191d6a0-0000-7000-8000-000000000001'"

/** One way to damage the books, every check that must notice it, and what the first of these says. */
interface Damage {
  readonly what: string
  readonly sql: readonly string[]
  readonly checks: readonly string[]
  readonly says: RegExp
}

const TRAIL = `insert into audit_entries values (${tenantId}, 1, 'cli', 'tenant.created', 'small', '{}', '2026-01-01 00:00Z')`
const KEY = `insert into api_keys (tenant_id, id, name, role) values (${tenantId}, ${STRANGER}, 'one', 'finance')`

const DAMAGES: readonly Damage[] = [
  {
    what: 'an entry missing in the audit trail',
    sql: [TRAIL, `insert into audit_entries values (${tenantId}, 3, 'cli', 'settings.changed', 'small', '{}', '2026-01-02 00:00Z')`],
    checks: ['audit-order'],
    says: /^audit trail: entry 3 follows 1$/
  }, {
    what: 'an entry of the audit trail that was put in later',
    sql: [TRAIL, `insert into audit_entries values (${tenantId}, 2, 'cli', 'settings.changed', 'small', '{}', '2026-01-01 00:00Z')`],
    checks: ['audit-order'],
    says: /^audit trail: entry 2 follows 1, at no later time$/
  }, {
    what: 'a key made behind the back of the audit trail',
    sql: [TRAIL, KEY],
    checks: ['audit-keys'],
    says: /^audit trail: key\.created happened 1 times but is recorded 0 times$/
  }, {
    what: 'a secret added to a key behind the back of the audit trail',
    sql: [TRAIL, KEY, `insert into audit_entries values (${tenantId}, 2, 'cli', 'key.created', 'key_', '{}', '2026-01-02 00:00Z')`,
      `insert into api_key_secrets values (${tenantId}, ${STRANGER}, 2, sha256('x'), '1234')`],
    checks: ['audit-keys'],
    says: /^audit trail: key\.rotated happened 1 times but is recorded 0 times$/
  },
  {
    what: 'a claim of a trade that does not exist',
    sql: [`insert into claims values (${tenantId}, 'trade', 'ORD-9', ${STRANGER})`],
    checks: ['claims'],
    says: /^claim of trade "ORD-9": held by trd_\w{26}, but no trade carries this reference$/
  }, {
    what: 'a claim that was taken from its party',
    sql: [
      `insert into parties values (${tenantId}, ${STRANGER}, 'seller', 'S-1', 'a seller', now())`,
      `insert into claims values (${tenantId}, 'party', 'seller:S-1', gen_random_uuid())`
    ],
    checks: ['claims'],
    says: /^party pty_\w{26}: its reference "seller:S-1" is claimed by pty_\w{26}$/
  }, {
    what: 'a party whose reference another could take',
    sql: [`insert into parties values (${tenantId}, ${STRANGER}, 'seller', 'S-1', 'a seller', now())`],
    checks: ['claims'],
    says: /^party pty_\w{26}: its reference "seller:S-1" is not claimed$/
  }, {
    what: 'an attempt to pay a refund that another refund could claim',
    sql: [`insert into refund_attempts values (${tenantId}, ${STRANGER}, 1, 'bank', 'main', 'B-1', 'sent', null, false, now(), now(), now())`],
    checks: ['claims'],
    says: /^refund_attempt rfd_\w{26}: its reference "bank:main:B-1" is not claimed$/
  },
  {
    what: 'a balance raised by hand',
    sql: [`update accounts set credits = credits + 100 where id = ${ESCROW}`],
    checks: ['account-sums', 'trial-balance'],
    says: /^account acc_\w{26} of class escrow \(trd_1, CNY\): balance 1\.00 CNY but its entries add up to 0\.00 CNY \(debits 10\.00 CNY and 10\.00 CNY, credits 11\.00 CNY and 10\.00 CNY\)$/
  }, {
    what: 'turnover added to both sides of an account',
    sql: [`update accounts set credits = credits + 100, debits = debits + 100 where id = ${ESCROW}`],
    checks: ['account-sums'],
    says: /balance 0\.00 CNY but its entries add up to 0\.00 CNY \(debits 11\.00 CNY and 10\.00 CNY/
  }, {
    what: 'money moved between two accounts by hand',
    sql: [`update accounts set debits = debits + 7 where id = ${CLEARING}`, `update accounts set credits = credits + 7 where ${MINE} and class = 'seller_available'`],
    checks: ['account-sums'],
    says: /class provider_clearing \(sandbox, CNY\): balance 10\.07 CNY but its entries add up to 10\.00 CNY/
  }, {
    what: 'an account one version ahead',
    sql: [`update accounts set version = version + 1 where id = ${ESCROW}`],
    checks: ['account-versions'],
    says: /class escrow \(trd_1, CNY\): version 4 but 3 entries with 3 different versions from 1 to 3/
  }, {
    what: 'an account deleted',
    sql: [`delete from accounts where id = ${ESCROW}`],
    checks: ['transfer-accounts'],
    says: /^transfer 1 of transaction txn_\w{26}: its (debit|credit) account acc_\w{26} does not exist$/
  }, {
    what: 'an account in the books of another tenant',
    sql: [`update accounts set tenant_id = ${bigTenantId} where id = ${ESCROW}`],
    checks: ['transfer-accounts', 'account-sums', 'account-versions'],
    says: /its (debit|credit) account acc_\w{26} does not exist/
  }, {
    what: 'an account that was never posted to but has money',
    sql: [`insert into accounts values (${tenantId}, ${STRANGER}, 'bank_operating', 'main', 'CNY', -1, false, 1, 500, 500, now())`],
    checks: ['account-sums', 'account-versions'],
    says: /class bank_operating \(main, CNY\): balance 0\.00 CNY but its entries add up to 0\.00 CNY \(debits 5\.00 CNY and 0\.00 CNY/
  }, {
    what: 'an amount changed',
    sql: [`update transfers set amount = amount + 1 where ${MINE} and seq = 3`],
    checks: ['running-balances', 'account-sums'],
    says: /: balance 5000 KRW after entry 1 \(transaction txn_\w{26}\), but the entry before it and its amount make 5001 KRW/
  }, {
    what: 'a transfer deleted',
    sql: [`delete from transfers where transaction_id = ${SECOND} and position = 1`],
    checks: ['transfer-positions', 'account-sums', 'account-versions', 'running-balances'],
    says: /^transaction txn_\w{26}: 1 transfers numbered from 2 to 2$/
  }, {
    what: 'a transfer inserted by hand, with its balances and versions right but no transaction',
    sql: [
      `insert into transfers select tenant_id, ${STRANGER}, 1, seq, unit, 50, debit_account_id, debit_version + 1, debit_balance + 50,
        credit_account_id, credit_version + 1, credit_balance + 50, occurred_at, recorded_at from transfers where ${MINE} and seq = 3`,
      `update accounts set version = 2, debits = debits + 50 where ${MINE} and class = 'provider_clearing' and unit = 'KRW'`,
      `update accounts set version = 2, credits = credits + 50 where ${MINE} and class = 'suspense'`
    ],
    checks: ['transaction-transfers', 'entry-order'],
    says: /^transaction txn_\w{26}: has transfers but does not exist$/
  }, {
    what: 'a transaction without transfers at the end of the journal',
    sql: [
      `insert into transactions select tenant_id, ${STRANGER}, 4, kind, '', '', null, occurred_at, recorded_at + interval '1 microsecond', booked_on from transactions where ${MINE} and seq = 3`,
      `update tenant_counters set transaction_seq = 4, last_recorded_at = last_recorded_at + interval '1 second' where ${MINE}`
    ],
    checks: ['transaction-transfers'],
    says: /^transaction txn_\w{26} of kind test\.step: has no transfers$/
  }, {
    what: 'a transaction deleted with its transfers',
    sql: [`delete from transfers where ${BIG} and seq = 50`, `delete from transactions where ${BIG} and seq = 50`],
    checks: ['transaction-seq', 'account-sums', 'account-versions', 'running-balances'],
    says: /^transactions: seq 51 follows 49$/
  }, {
    what: 'the last transaction deleted',
    sql: [`delete from transfers where ${MINE} and seq = 3`, `delete from transactions where ${MINE} and seq = 3`, `delete from accounts where ${MINE} and unit = 'KRW'`],
    checks: ['transaction-seq'],
    says: /^transactions: the last seq is 2 but the counter says 3$/
  }, {
    what: 'positions of a transaction renumbered',
    sql: [`update transfers set position = position + 1 where transaction_id = ${SECOND} and position = 2`],
    checks: ['transfer-positions'],
    says: /: 2 transfers numbered from 1 to 3$/
  }, {
    what: 'a running balance changed',
    sql: [`update transfers set credit_balance = credit_balance + 3 where ${MINE} and seq = 1`],
    checks: ['running-balances'],
    says: /class escrow \(trd_1, CNY\): balance 10\.03 CNY after entry 1 .* make 10\.00 CNY$/
  }, {
    what: 'two entries of an account with one version, on different sides',
    sql: [`update transfers set debit_version = 1 where transaction_id = ${SECOND} and position = 1`],
    checks: ['account-versions'],
    says: /class escrow \(trd_1, CNY\): version 3 but 3 entries with 2 different versions from 1 to 3/
  }, {
    what: 'versions of an account exchanged',
    sql: [
      `update transfers set debit_version = 9 where transaction_id = ${SECOND} and position = 1`,
      `update transfers set debit_version = 2 where transaction_id = ${SECOND} and position = 2`,
      `update transfers set debit_version = 3 where transaction_id = ${SECOND} and position = 1`
    ],
    checks: ['entry-order', 'running-balances'],
    says: /class escrow \(trd_1, CNY\): entry 3 is transfer 1 of transaction txn_\w{26}, which the journal has before entry 2$/
  }, {
    what: 'a floor that was broken on the way',
    sql: [`update transfers set debit_balance = -5 where transaction_id = ${SECOND} and position = 2`],
    checks: ['never-negative', 'running-balances'],
    says: /class escrow \(trd_1, CNY\): -0\.05 CNY after entry 3, but this class is never negative$/
  }, {
    what: 'an account below its floor, with the rule switched off for it',
    sql: [`update accounts set never_negative = false, debits = debits + 1 where id = ${ESCROW}`],
    checks: ['never-negative', 'account-classes', 'account-sums', 'trial-balance'],
    says: /class escrow \(trd_1, CNY\): -0\.01 CNY after entry 3/
  }, {
    what: 'a rule switched off',
    sql: [`update accounts set never_negative = false where id = ${ESCROW}`],
    checks: ['account-classes'],
    says: /class escrow \(trd_1, CNY\): a credit account without a floor, but its class is a credit account that is never negative$/
  }, {
    what: 'an account turned to its other side',
    sql: [`update accounts set sign = -1 where ${MINE} and class = 'commission_income'`],
    checks: ['account-classes', 'running-balances'],
    says: /class commission_income \(CNY\): a debit account without a floor, but its class is a credit account without a floor$/
  }, {
    what: 'an account of no known class',
    sql: [`update accounts set class = 'slush_fund' where ${MINE} and class = 'commission_income'`],
    checks: ['account-classes'],
    says: /of class slush_fund \(CNY\): there is no such class$/
  }, {
    what: 'books in an unknown unit',
    sql: [`update accounts set unit = 'XXX' where ${MINE} and unit = 'KRW'`, `update transfers set unit = 'XXX' where ${MINE} and unit = 'KRW'`],
    checks: ['account-units'],
    says: /: there is no such unit$/
  }, {
    what: 'a transfer in another unit than its accounts',
    sql: [`update transfers set unit = 'USD' where ${MINE} and seq = 1`],
    checks: ['transfer-units'],
    says: /^transfer 1 of transaction txn_\w{26}: in USD, but account acc_\w{26} is in CNY$/
  }, {
    what: 'an amount of zero',
    sql: ['alter table transfers drop constraint transfers_amount_check', `update transfers set amount = 0 where ${MINE} and seq = 3`],
    checks: ['transfer-amounts', 'running-balances', 'account-sums'],
    says: /^transfer 1 of transaction txn_\w{26}: 0 KRW from acc_\w{26} to acc_\w{26}$/
  }, {
    what: 'a transfer from an account to itself',
    sql: ['alter table transfers drop constraint transfers_two_accounts', `update transfers set credit_account_id = debit_account_id, credit_version = 2 where ${MINE} and seq = 3`],
    checks: ['transfer-amounts', 'running-balances', 'account-sums', 'account-versions', 'entry-order'],
    says: /: 5000 KRW from (acc_\w{26}) to \1$/
  }, {
    what: 'the seq of a transfer changed',
    sql: [`update transfers set seq = 9 where ${MINE} and seq = 3`],
    checks: ['transfer-copies'],
    says: /^transfer 1 of transaction txn_\w{26}: seq 9 instead of 3, which its transaction has$/
  }, {
    what: 'a transfer dated back',
    sql: [`update transfers set occurred_at = occurred_at - interval '1 day' where ${MINE} and seq = 3`],
    checks: ['transfer-copies'],
    says: /: occurred_at .+ instead of .+, which its transaction has$/
  }, {
    what: 'a transaction recorded before the one before it',
    sql: [
      `update transactions set recorded_at = recorded_at - interval '1 hour' where ${MINE} and seq = 3`,
      `update transfers set recorded_at = recorded_at - interval '1 hour' where ${MINE} and seq = 3`
    ],
    checks: ['recorded-order'],
    says: /^transaction 3: recorded at .+, the one before it at .+, the counter's last time is .+$/
  }, {
    what: 'a counter set back',
    sql: [`update tenant_counters set transaction_seq = 2, last_recorded_at = last_recorded_at - interval '1 hour' where ${MINE}`],
    checks: ['transaction-seq', 'recorded-order'],
    says: /^transactions: the last seq is 3 but the counter says 2$/
  }, {
    what: 'an event deleted',
    sql: [`delete from events where ${MINE} and seq = 2`],
    checks: ['event-seq'],
    says: /^events: seq 3 follows 1$/
  }, {
    what: 'the last event deleted',
    sql: [`delete from events where ${MINE} and seq = 3`],
    checks: ['event-seq'],
    says: /^events: the last seq is 2 but the counter says 3$/
  }, {
    what: 'an event dated after everything',
    sql: [`update events set recorded_at = recorded_at + interval '1 hour' where ${MINE} and seq = 3`],
    checks: ['recorded-order'],
    says: /^event 3: recorded at/
  }, {
    what: 'a reversal of nothing',
    sql: [`update transactions set reverses = ${STRANGER} where ${MINE} and seq = 2`],
    checks: ['reversals'],
    says: /^transaction txn_\w{26}: reverses txn_\w{26}, which does not exist$/
  }, {
    what: 'a transaction reversed twice',
    sql: [`update transactions set reverses = (select id from transactions where ${MINE} and seq = 1) where ${MINE} and seq > 1`],
    checks: ['reversals'],
    says: /, which was reversed before$/
  }, {
    what: 'a transaction that reverses itself',
    sql: [`update transactions set reverses = id where ${MINE} and seq = 2`],
    checks: ['reversals'],
    says: /, which is not earlier$/
  }, {
    what: 'a transaction booked before it occurred',
    sql: [`update transactions set booked_on = booked_on - 1 where ${MINE} and seq = 2`],
    checks: ['booked-days'],
    says: /^transaction txn_\w{26}: booked on [\d-]+ but occurred on [\d-]+$/
  }, {
    what: 'a tenant deleted',
    sql: [`delete from tenants where id = ${tenantId}`],
    checks: ['tenants'],
    says: /^accounts: rows of tenant \d+, which does not exist or has no counter$/
  }, {
    what: 'a counter deleted',
    sql: [`delete from tenant_counters where ${MINE}`],
    checks: ['tenants', 'transaction-seq', 'event-seq', 'recorded-order'],
    says: /^accounts: rows of tenant \d+, which does not exist or has no counter$/
  }
]

t.test('books that only the Journal wrote have no findings', async (t) => {
  const verification = await runVerify(databases.report, BOOK_CHECKS)
  t.strictSame(verification.checks.flatMap(({ findings }) => findings), [])
  t.equal(verification.clean, true)
  t.strictSame(verification.checks.map(({ name }) => name), BOOK_CHECKS.map(({ name }) => name))
  t.equal(new Set(BOOK_CHECKS.map(({ name }) => name)).size, BOOK_CHECKS.length)
})

for (const { what, sql: damage, checks, says } of DAMAGES) {
  t.test(`${what}: ${checks.join(', ')} and no other check`, async (t) => {
    const findings = await findAfter(damage)
    t.strictSame([...new Set(findings.map(({ check }) => check))].sort(), [...checks].sort())
    const named = findings.filter(({ check }) => check === checks[0])
    t.ok(named.some(({ what }) => says.test(what)), 'says what is wrong', { found: named.map(({ what }) => what) })
    if (what !== 'an account in the books of another tenant') {
      t.strictSame(new Set(findings.map(({ tenant }) => tenant)).size, 1, 'names one tenant')
    }
  })
}

t.test('every check can find something', async (t) => {
  const found = new Set(DAMAGES.flatMap(({ checks }) => checks))
  t.strictSame(BOOK_CHECKS.map(({ name }) => name).filter((name) => !found.has(name)), [])
})

t.test('many findings of one check are counted, not listed', async (t) => {
  const findings = await findAfter([`update transfers set occurred_at = occurred_at - interval '1 day' where ${BIG}`])
  const { rows: [{ count } = { count: 0n }] } = await sql<{ count: bigint }>`select count(*) as count from transfers where tenant_id = ${bigTenantId}`.execute(databases.read)
  t.equal(findings.length, FINDINGS_SHOWN_MAX + 1)
  t.match(findings.at(-1)?.what, new RegExp(`^and ${Number(count) - FINDINGS_SHOWN_MAX} more like it`))
})

t.test('each check takes time as the books grow, not as their square', async (t) => {
  t.strictSame(await findAfter(manyPayments(40_000)), [])
})

t.test('verify prints what it found and answers 1, or 0 when the books are clean', async (t) => {
  const print = async (json: boolean) => {
    let text = ''
    const code = await printVerify(databases.report, { json, checks: BOOK_CHECKS }, (piece) => { text += piece })
    return { code, text }
  }
  t.match(await print(false), { code: 0, text: /The books are clean: \d+ checks found nothing\.\n$/ })
  await vandal.journal.connection().execute(async (connection) => {
    await sql`set role none`.execute(connection)
    await sql`set session_replication_role = replica`.execute(connection)
    await sql.raw(`update accounts set credits = credits + 100 where id = ${ESCROW}`).execute(connection)
  })
  const text = await print(false)
  t.equal(text.code, 1)
  t.match(text.text, /\nBAD account-sums \(\d+ ms\)\n {4}tenant \d+: account acc_\w{26} of class escrow \(trd_1, CNY\): balance 1\.00 CNY but its entries add up to 0\.00 CNY/)
  t.match(text.text, /The books are damaged: account-sums, trial-balance\.\n$/)
  const json = await print(true)
  t.equal(json.code, 1)
  const parsed = JSON.parse(json.text) as { clean: boolean, checks: Array<{ name: string, findings: unknown[] }> }
  t.equal(parsed.clean, false)
  t.strictSame(parsed.checks.filter(({ findings }) => findings.length > 0).map(({ name }) => name), ['account-sums', 'trial-balance'])
})
