import { sql, type Kysely } from 'kysely'
import t from 'tap'
import { createKey } from '../src/auth/keys.ts'
import { openDatabases } from '../src/db/pools.ts'
import type { Database } from '../src/db/schema.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { ESCROW_CHECKS } from '../src/escrow/checks/checks.ts'
import { DISPUTE_CHECKS } from '../src/escrow/checks/dispute-checks.ts'
import { awardDispute } from '../src/escrow/disputes/award.ts'
import type { WantedDispute } from '../src/escrow/disputes/freeze.ts'
import { escalateCase } from '../src/escrow/disputes/escalate-case.ts'
import { openChargeback } from '../src/escrow/chargebacks/open-chargeback.ts'
import { readConcerned } from '../src/escrow/chargebacks/read-chargebacks.ts'
import type { Reading } from '../src/escrow/chargebacks/concerned.ts'
import { tellOutcome } from '../src/escrow/chargebacks/tell-outcome.ts'
import { withdrawDispute } from '../src/escrow/disputes/withdraw-dispute.ts'
import { handInEvidence } from '../src/escrow/disputes/hand-in-evidence.ts'
import { disputeTrade } from '../src/escrow/disputes/open-dispute.ts'
import { actOnCase } from '../src/escrow/refund-cases/act-on-case.ts'
import { requestRefund } from '../src/escrow/refund-cases/request-refund.ts'
import { confirmTrade } from '../src/escrow/steps/confirm.ts'
import { shipTrade } from '../src/escrow/steps/ship.ts'
import { payTrade } from '../src/escrow/payments/record-payment.ts'
import type { TradeJson } from '../src/escrow/trade/show-trade.ts'
import type { Operation } from '../src/journal/operation.ts'
import { internalId } from '../src/kernel/ids.ts'
import type { Role } from '../src/kernel/principal.ts'
import { createTestDatabase } from './support/database.ts'
import { Desk } from './support/journal-desk.ts'
import { origin } from './support/memory-books.ts'
import { createTenant, openJournal } from './support/posted-books.ts'
import { pick, target } from './support/trade-desk.ts'

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
// Only the superuser can switch off the triggers that guard the books.
const vandal = openDatabases({ url: database.superuserUrl })
const journal = openJournal(databases)

t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await vandal.close()
  await database.drop()
})

const tenantId = await createTenant(databases.read, 'shop')
const key = async (role: Role): Promise<string> => (await inTransaction(databases.read, async (trx) =>
  await createKey(trx, { tenantId, tenantKind: 'sandbox', name: role, role, actor: 'cli' }))).apiKey.id
const [shop, arbitrator, finance] = [await key('marketplace'), await key('arbitrator'), await key('finance')]
const desk = await Desk.open(async <Answer>(operation: Operation<Answer>) => JSON.parse((await journal.submit(operation)).answer) as Answer, tenantId)

/** Three units at 10.00 and 3.00 shipping, shipped. */
async function shipped (ref: string, more?: Parameters<typeof desk.openTrade>[1]): Promise<TradeJson> {
  const trade = await desk.openTrade(ref, more)
  await desk.submit(payTrade(origin(tenantId), target(trade), { provider: 'sandbox', providerRef: ref, amount: '33.00', currency: null, occurredAt: null }))
  return await desk.submit(shipTrade(origin(tenantId), target(trade), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))
}

async function dispute (trade: TradeJson, line: WantedDispute): Promise<string> {
  const { dispute } = await desk.submit(disputeTrade(origin(tenantId), target(trade), { by: 'buyer', person: shop, reason: 'damaged', lines: [line] }))
  await desk.submit(handInEvidence(origin(tenantId), internalId('dsp', dispute), { by: 'buyer', keyId: shop, kind: 'photo', attachments: [{ sha256: 'a'.repeat(64) }] }))
  return dispute
}

async function award (trade: TradeJson, id: string, buyer: string, seller: string): Promise<void> {
  const arbitration = { disputeId: internalId('dsp', id), tradeId: internalId('trd', trade.id), person: arbitrator }
  await desk.submit(awardDispute(origin(tenantId), arbitration, [{ line: trade.lines[0]?.id ?? '', buyer, seller }]))
}

// One that is open, one that was awarded before and one that was awarded after the release.
const [open, before, after] = [await shipped('OPEN'), await shipped('BEFORE'), await shipped('AFTER')]
await dispute(open, pick(open, 0, 2))
await award(before, await dispute(before, pick(before, 0, 1)), '4.00', '7.00')
await desk.submit(confirmTrade(origin(tenantId), target(after), { lines: null, occurredAt: null }))
await award(after, await dispute(after, { line: after.lines[0]?.id ?? '', amount: '9.00' }), '6.00', '3.00')

/** A case of one unit that its seller refused, brought before an arbitrator: the dispute about it. */
async function escalate (trade: TradeJson): Promise<string> {
  const asked = await desk.submit(requestRefund(origin(tenantId), target(trade), {
    lines: [{ ...pick(trade, 0, 1), kind: 'refund_only' }], reason: 'damaged', actor: { by: 'buyer', key: shop }, sellerAgreed: false, occurredAt: null
  }))
  const goal = { ...target(trade), caseId: internalId('cas', asked.refund_cases[0]?.id ?? '') }
  await desk.submit(actOnCase(origin(tenantId), goal, { action: 'refuse', by: 'seller', key: shop }))
  return (await desk.submit(escalateCase(origin(tenantId), goal, { by: 'buyer', key: shop }))).dispute
}

// And two cases that were escalated: one that is open, one that an award closed.
const decided = await shipped('DECIDED')
await escalate(await shipped('ESCALATED'))
await award(decided, await escalate(decided), '7.00', '3.00')

const MINE = `tenant_id = ${tenantId}`
const OPEN = `'${internalId('trd', open.id) ?? ''}'`
const NOBODY = "'0191d6a0-0000-7000-8000-000000000001'"

interface Damage {
  readonly what: string
  readonly sql: string
  readonly checks: readonly string[]
  readonly says: RegExp
}

const DAMAGES: readonly Damage[] = [
  { what: 'a trade that forgot its dispute', sql: `update trades set disputes = null where ${MINE} and id = ${OPEN}`, checks: ['trade-disputes', 'frozen-parts', 'trade-states'], says: /the trade shows no such dispute, but undecided is \{/ },
  { what: 'a dispute that is gone', sql: `delete from disputes where ${MINE} and state = 'open' and reason = 'damaged'`, checks: ['trade-disputes'], says: /but undecided is none$/ },
  { what: 'a dispute over more than the trade shows', sql: `update disputes set lines = jsonb_set(lines, '{0,units}', '1') where ${MINE} and state = 'open' and reason = 'damaged'`, checks: ['trade-disputes'], says: /^trd_.*, dsp_.*: the trade shows \{/ },
  { what: 'another time for evidence', sql: `update disputes set evidence_by = evidence_by + interval '1 day' where ${MINE} and state = 'open' and reason = 'damaged'`, checks: ['trade-disputes'], says: /^trd_/ },
  { what: 'a dispute of another trade', sql: `update disputes set trade_id = ${NOBODY} where ${MINE} and state = 'open' and reason = 'damaged'`, checks: ['trade-disputes', 'trade-references'], says: /^trade of dispute .*: there is no trd_/ },
  { what: 'a time for evidence that no sweep comes for', sql: `update trades set disputes = jsonb_set(disputes, '{0,due_at}', '"2000-01-01T00:00:00.000Z"') where ${MINE} and id = ${OPEN}`, checks: ['trade-disputes', 'trade-states'], says: /next deadline is 20.*, but it should be 2000-01-01/ },
  { what: 'money that nobody froze', sql: `update trade_lines set frozen_goods = 0, frozen_shipping = 0 where ${MINE} and trade_id = ${OPEN}`, checks: ['frozen-parts'], says: /2 units and 0\.00 CNY are frozen, but 2 and 22\.00 CNY are in dispute$/ },
  { what: 'goods frozen as shipping', sql: `update trade_lines set frozen_goods = frozen_goods - 1, frozen_shipping = frozen_shipping + 1 where ${MINE} and trade_id = ${OPEN}`, checks: ['frozen-parts'], says: /22\.00 CNY are frozen/ },
  { what: 'a unit that came free', sql: `update trade_lines set frozen_units = 1 where ${MINE} and trade_id = ${OPEN}`, checks: ['frozen-parts'], says: /1 units and 22\.00 CNY are frozen, but 2/ },
  { what: 'an award that says more than it posted', sql: `update disputes set award = jsonb_set(award, '{0,buyer}', '"500"') where ${MINE} and state = 'awarded' and award #>> '{0,buyer}' = '400'`, checks: ['dispute-awards'], says: /refunded, released, taken back are to be 500 600 0 trd_.*, but booked is 400 700 0 trd_/ },
  { what: 'an award of another transaction', sql: `update disputes set transaction_id = ${NOBODY} where ${MINE} and state = 'awarded' and award #>> '{0,buyer}' = '600'`, checks: ['dispute-awards'], says: /^no dispute, transaction txn_.*: .* are to be nothing, but booked is 600 0 600 trd_/ },
  { what: 'an award by somebody of finance', sql: `update disputes set decided_by = '${finance}' where ${MINE} and state = 'awarded'`, checks: ['dispute-persons'], says: /^dsp_.*: awarded, but not by those who may$/ },
  { what: 'a case in arbitration that is said to be refused', sql: `update refund_cases set state = 'refused', due_at = opened_at where ${MINE} and state = 'arbitration'`, checks: ['refund-cases', 'refund-case-arbitration'], says: /^cas_.*: it is refused, but 1 undecided disputes are about lin_/ },
  { what: 'an escalated case whose dispute is gone', sql: `delete from disputes where ${MINE} and state = 'open' and reason = 'refund_refused'`, checks: ['trade-disputes', 'refund-case-arbitration'], says: /^cas_.*: it is arbitration, but 0 undecided disputes are about lin_/ },
  { what: 'a case that was closed with less than was awarded', sql: `update refund_cases set refunded = refunded - 1 where ${MINE} and state = 'refunded'`, checks: ['refund-case-awards'], says: /^cas_.*: an award closed it with 6\.99 CNY, but awarded was 7\.00 CNY$/ },
  { what: 'evidence that is gone', sql: `delete from dispute_evidence where ${MINE}`, checks: ['dispute-evidence'], says: /it counts 1 entries of evidence, but has 0, the last of number 0$/ },
  { what: 'evidence that came late', sql: `update dispute_evidence set handed_in_at = handed_in_at + interval '8 days' where ${MINE}`, checks: ['dispute-evidence'], says: /^dsp_/ }
]

const CHECKS = [...ESCROW_CHECKS, ...DISPUTE_CHECKS]

async function findAll (db: Kysely<Database>): Promise<Array<{ check: string, what: string, tenant: number }>> {
  const findings = []
  for (const check of CHECKS) findings.push(...await check.find(db))
  return findings
}

t.test('an open dispute, and awards before and after the release: no findings', async (t) => {
  t.strictSame(await findAll(databases.report), [])
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

t.test('an award gives a seller what no milestone released: no findings', async (t) => {
  const trade = await shipped('MILESTONE', { release: { milestones: [{ ref: 'all', share: '1', when: { fact: 'inspection_passed' } }] } })
  await award(trade, await dispute(trade, { line: trade.lines[0]?.id ?? '', amount: '9.00' }), '0.00', '9.00')
  t.strictSame(await findAll(databases.report), [])
})

t.test('chargebacks that took what was in dispute, lost and won, what was awarded of the rest, and a dispute after that: no findings', async (t) => {
  const readings = async (ref: string): Promise<Reading> => await readConcerned(databases.read, tenantId, { provider: 'sandbox', providerRef: ref })
  const chargeBack = async (ref: string, amount: string): Promise<void> => {
    const fact = { provider: 'sandbox', providerRef: `CB-${ref}`, paymentProviderRef: ref, amount, fee: null, currency: null, occurredAt: null }
    await desk.submit(openChargeback(origin(tenantId), fact, await readings(ref)))
    t.strictSame(await findAll(databases.report), [], `${ref} is charged back`)
  }
  const decide = async (ref: string, outcome: 'won' | 'lost'): Promise<void> => {
    await desk.submit(tellOutcome(origin(tenantId), { provider: 'sandbox', providerRef: `CB-${ref}` }, { outcome, fee: null, feeReturned: null, currency: null, occurredAt: null }))
    t.strictSame(await findAll(databases.report), [], `${ref} is ${outcome}`)
  }
  const [lost, won, again] = [await shipped('LOST'), await shipped('WON'), await shipped('AGAIN')]
  const first = await dispute(lost, pick(lost, 0, 2))
  // 11.00 of it are not in dispute, and go first.
  await chargeBack('LOST', '20.00')
  await decide('LOST', 'lost')
  await award(lost, first, '5.00', '8.00')
  const second = await dispute(won, pick(won, 0, 2))
  await chargeBack('WON', '33.00')
  await decide('WON', 'won')
  await award(won, second, '22.00', '0.00')
  const third = await dispute(again, pick(again, 0, 1))
  await chargeBack('AGAIN', '25.00')
  await decide('AGAIN', 'lost')
  await desk.submit(withdrawDispute(origin(tenantId), { disputeId: internalId('dsp', third), tradeId: internalId('trd', again.id), by: 'buyer', person: shop }))
  t.strictSame(await findAll(databases.report), [])
  await dispute(again, { line: again.lines[0]?.id ?? '', amount: '4.00' })
  t.strictSame(await findAll(databases.report), [])
})

t.test('every check of disputes can find something', async (t) => {
  const found = new Set(DAMAGES.flatMap(({ checks }) => checks))
  t.strictSame(DISPUTE_CHECKS.map(({ name }) => name).filter((name) => !found.has(name)), [])
})
