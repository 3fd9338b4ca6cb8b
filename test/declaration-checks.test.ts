import { sql, type Kysely } from 'kysely'
import t from 'tap'
import { DECLARATION_CHECKS } from '../src/customs/declarations/declaration-checks.ts'
import { openDatabases } from '../src/db/pools.ts'
import type { Database } from '../src/db/schema.ts'
import { internalId } from '../src/kernel/ids.ts'
import { CLAIM_CHECKS } from '../src/reports/claim-checks.ts'
import { openApi, type Answer } from './support/api.ts'
import { DeclarationShop } from './support/declaration-shop.ts'

const api = await openApi()
const { id: tenantId, keys } = await api.newTenant('shop')
const shop = await DeclarationShop.open(api, keys)
// Only the superuser can switch off the triggers and constraints that guard declarations.
const vandal = openDatabases({ url: api.database.superuserUrl })

t.setTimeout(120_000)
t.teardown(async () => {
  await vandal.close()
  await api.close()
})

// One that was taken in, lowered, and is to be told so; one that is at the port; two sub-orders; one that was taken back.
const trade = await shop.paid()
const lowered = await shop.declare(trade)
const returned = await shop.paid()
const gone = await shop.declare(returned)
await shop.wait({ by_seconds: 700 })
await shop.cancel(trade, 3)
await shop.cancel(returned, 10)
await shop.wait({ by_seconds: 700 })
const waiting = await shop.declare(await shop.paid())
await shop.wait({ by_seconds: 70 })
const parts = await shop.paid()
await shop.post(`trades/${parts.body.id}/declaration-splits`, {
  customs: 'GUANGZHOU_ZS', merchant_code: '1', merchant_name: 'M', parts: [{ request_id: 'A', sub_order: 'A', amount: '60.00' }, { request_id: 'B', sub_order: 'B', amount: '40.00' }]
})

const inside = (answer: Answer): string => `'${internalId('dcl', answer.body.id) ?? ''}'`
const MINE = `tenant_id = ${tenantId}`
const [LOWERED, GONE, WAITING] = [lowered, gone, waiting].map((each) => `${MINE} and id = ${inside(each)}`)
const PARTS = `${MINE} and id = '${internalId('trd', parts.body.id) ?? ''}'`
const NOBODY = "'0191d6a0-0000-7000-8000-000000000001'"
const message = (answer: Answer): string => `${MINE} and declaration_id = ${inside(answer)}`

interface Damage {
  readonly what: string
  readonly sql: string
  readonly checks: readonly string[]
  readonly says: RegExp
}

const DAMAGES: readonly Damage[] = [
  { what: 'a part that is more than was paid', sql: `update trades set declared = jsonb_set(declared, '{0,amount}', '"6001"') where ${PARTS}`, checks: ['declarations-told', 'declared-parts'], says: /100\.01 CNY are declared, but the trade has 100\.00 CNY of it$/ },
  { what: 'money that went back and lowered nothing', sql: `update payment_allocations set refunded = 1 where ${MINE} and trade_id = '${internalId('trd', parts.body.id) ?? ''}'`, checks: ['declared-parts'], says: /but the trade has 99\.99 CNY/ },
  { what: 'a part of a payment that is not the trade\'s', sql: `update trades set declared = jsonb_set(declared, '{1,payment}', '"0191d6a0-0000-7000-8000-000000000001"') where ${PARTS}`, checks: ['declarations-told', 'declared-parts'], says: /its trade declares it of something else/ },
  { what: 'a trade that forgot what it declares', sql: `update trades set declared = null where ${PARTS}`, checks: ['declarations-told'], says: /^dcl_.*: its trade does not declare it$/ },
  { what: 'a declaration that is gone', sql: `delete from declarations where ${MINE} and request_id = 'B'`, checks: ['claims', 'declarations-told'], says: /a trade declares it, and there is no such declaration/ },
  { what: 'a lowering that nobody told customs of', sql: `update trades set declared = jsonb_set(declared, '{0,amount}', '"5999"') where ${PARTS}`, checks: ['declarations-told'], says: /its newest message tells another amount/ },
  { what: 'a message that tells another amount', sql: `update declaration_messages set amount = amount + 1 where ${message(waiting)}`, checks: ['declarations-told'], says: /its newest message tells another amount/ },
  { what: 'a message that is gone', sql: `delete from declaration_messages where ${message(lowered)} and number = 1`, checks: ['declaration-histories', 'sandbox-customs'], says: /its messages are not numbered from 1 to 2/ },
  { what: 'an answer that is gone', sql: `delete from declaration_answers where ${message(waiting)}`, checks: ['declaration-histories'], says: /its answers are not numbered from 1 to 1/ },
  { what: 'a code that customs did not say', sql: `update declarations set raw_code = '3' where ${WAITING ?? ''}`, checks: ['declaration-histories'], says: /its code is not what customs said/ },
  { what: 'a state that no answer leads to', sql: `update declarations set state = 'accepted' where ${WAITING ?? ''}`, checks: ['declaration-histories'], says: /it is accepted, and its newest message was sent and has the answer 2/ },
  { what: 'a draft that was sent', sql: `update declaration_messages set sent_at = now() where ${MINE} and declaration_id in (select id from declarations where request_id = 'A')`, checks: ['declaration-histories'], says: /it is draft, and its newest message was sent and has no answer/ },
  { what: 'what customs is said to hold and was never sent', sql: `update declarations set is_held = true where ${WAITING ?? ''}`, checks: ['declaration-histories'], says: /customs holds it, or does not/ },
  { what: 'what customs is said to hold and took back', sql: `update declarations set is_held = true where ${GONE ?? ''}`, checks: ['declaration-histories'], says: /customs holds it, or does not/ },
  { what: 'what customs holds and is said not to', sql: `update declarations set is_held = false where ${LOWERED ?? ''}`, checks: ['declaration-histories'], says: /customs holds it, or does not/ },
  { what: 'an identity that is gone', sql: `update declarations set payer_id = ${NOBODY} where ${WAITING ?? ''}`, checks: ['declaration-references'], says: /an identity that it names is missing/ },
  { what: 'customs parties that came free', sql: `update trade_customs set declared_at = null where ${MINE} and trade_id = '${internalId('trd', parts.body.id) ?? ''}'`, checks: ['declaration-references'], says: /not frozen, or are others/ },
  { what: 'another currency', sql: `update declarations set currency = 'USD' where ${WAITING ?? ''}`, checks: ['declaration-references'], says: /its trade is in CNY, and it is in USD/ },
  { what: 'a payment that is gone', sql: `update declarations set payment_id = ${NOBODY} where ${WAITING ?? ''}`, checks: ['declaration-references', 'declarations-told'], says: /its payment is missing/ },
  { what: 'a request id that nobody claimed', sql: `update declarations set request_id = 'C' where ${WAITING ?? ''}`, checks: ['claims'], says: /its reference "C" is not claimed/ },
  { what: 'an order number that nobody claimed', sql: `update declaration_messages set order_no = 'C' where ${message(waiting)}`, checks: ['claims'], says: /its reference "CN:4401961234:C" is not claimed/ },
  { what: 'a customs that does as it is told, of a live tenant', sql: `update tenants set kind = 'live' where id = ${tenantId}`, checks: ['sandbox-customs'], says: /its tenant is no sandbox/ },
  { what: 'an answer to no message', sql: `update sandbox_customs_answers set guid = ${NOBODY} where ${message(waiting)}`, checks: ['sandbox-customs'], says: /it speaks of a message that there is not/ }
]

const CHECKS = [...DECLARATION_CHECKS, ...CLAIM_CHECKS]

async function findAll (db: Kysely<Database>): Promise<Array<{ check: string, what: string, tenant: number }>> {
  const findings = []
  for (const check of CHECKS) findings.push(...await check.find(db))
  return findings
}

t.test('declarations in all ways: no findings', async (t) => {
  t.match((await shop.get(`declarations/${lowered.body.id}`)).body, { amount: '70.00', held_by_customs: true, message: { number: 2, type: 'change' } })
  t.match((await shop.get(`declarations/${gone.body.id}`)).body, { amount: '0.00', held_by_customs: false, message: { type: 'delete' } })
  t.match((await shop.get(`declarations/${waiting.body.id}`)).body, { state: 'at_port' })
  t.strictSame(await findAll(api.databases.report), [])
})

for (const { what, sql: damage, checks, says } of DAMAGES) {
  t.test(`${what}: ${checks.join(', ')}`, async (t) => {
    const undone = new Error('undone')
    await vandal.journal.transaction().execute(async (trx) => {
      await sql`set local role none`.execute(trx)
      await sql`set local session_replication_role = replica`.execute(trx)
      await sql`alter table trades drop constraint trades_declared`.execute(trx)
      await sql`alter table declarations drop constraint declarations_code`.execute(trx)
      const { numAffectedRows } = await sql.raw(damage).execute(trx)
      t.not(numAffectedRows, 0n)
      const findings = await findAll(trx)
      t.strictSame([...new Set(findings.map(({ check }) => check))].sort(), [...checks].sort())
      t.ok(findings.some(({ what: told }) => says.test(told)), findings.map(({ what: told }) => told).join('\n'))
      t.ok(findings.every(({ tenant }) => tenant === tenantId))
      throw undone
    }).catch((error: unknown) => { if (error !== undone) throw error })
  })
}

t.test('the database refuses what code may never do, whoever asks', async (t) => {
  const db = api.databases.read
  for (const [statement, refused] of [
    [`update trades set declared = jsonb_set(declared, '{0,amount}', '"6001"') where ${PARTS}`, 'trades_declared'],
    [`update trades set refunded = refunded + 1 where ${PARTS}`, 'trades_declared'],
    [`update declarations set state = 'accepted' where ${WAITING ?? ''}`, 'declarations_code'],
    [`update declarations set raw_code = '7' where ${WAITING ?? ''}`, 'declarations_code'],
    [`update declarations set state = 'draft' where ${WAITING ?? ''}`, 'declarations_'],
    [`update declarations set next_attempt_at = now() where ${WAITING ?? ''}`, 'declarations_waiting'],
    [`update declaration_messages set sent_at = null where ${message(waiting)}`, 'never changed or deleted'],
    [`update declaration_messages set amount = 1 where ${message(waiting)}`, 'permission denied'],
    [`update declarations set payer_id = ${NOBODY} where ${WAITING ?? ''}`, 'permission denied'],
    [`update declaration_answers set code = '120' where ${message(waiting)}`, 'permission denied'],
    [`delete from declarations where ${WAITING ?? ''}`, 'permission denied']
  ] as const) await t.rejects(sql.raw(statement).execute(db), { message: new RegExp(refused) }, statement)
})
