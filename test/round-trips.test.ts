import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import { payTrade, recordPayment, type PaymentFact } from '../src/escrow/payments/record-payment.ts'
import { shipTrade } from '../src/escrow/steps/ship.ts'
import { createTestDatabase } from './support/database.ts'
import { findings } from './support/findings.ts'
import { Desk } from './support/journal-desk.ts'
import { origin } from './support/memory-books.ts'
import { createTenant, openJournal } from './support/posted-books.ts'
import { roundTrips } from './support/round-trips.ts'
import { target } from './support/trade-desk.ts'

// What a lonely operation waits for is round trips: each wakes both sides, which takes longer than the statements do.
const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const journal = openJournal(databases)
const tenantId = await createTenant(databases.read, 'waves')
const desk = await Desk.open(async (operation) => JSON.parse((await journal.submit(operation)).answer) as never, tenantId)

t.teardown(async () => {
  await journal.stop(5_000)
  await databases.close()
  await database.drop()
})

function fact (providerRef: string, more: Partial<PaymentFact> = {}): PaymentFact {
  return { provider: 'sandbox', providerRef, amount: '33.00', currency: null, occurredAt: null, ...more }
}

t.test('a payment and a shipment wait for the database twice, a payment by reference three times', async (t) => {
  const trade = await desk.openTrade('TWICE')
  t.equal(await roundTrips(async () => await desk.submit(payTrade(origin(tenantId), target(trade), fact('T-1')))), 2)
  t.equal(await roundTrips(async () => await desk.submit(shipTrade(origin(tenantId), target(trade), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))), 2)
  await desk.openTrade('THRICE')
  t.equal(await roundTrips(async () => await desk.submit(recordPayment(origin(tenantId), fact('T-2'), 'THRICE'))), 3)
})

t.test('a payment that was told before is found all the same, and changes nothing', async (t) => {
  const trade = await desk.openTrade('AGAIN')
  const first = await desk.submit(payTrade(origin(tenantId), target(trade), fact('A-1')))
  const again = await desk.submit(payTrade(origin(tenantId), target(trade), fact('A-1')))
  t.match(again, { payment: first.payment, paid: '33.00', transactions: [] })
})

t.test('payments in several currencies of one provider meet in its accounts, named with a currency and without', async (t) => {
  const [one, other] = [await desk.openTrade('ONE'), await desk.openTrade('OTHER')]
  const paid = await Promise.all([
    desk.submit(payTrade(origin(tenantId), target(one), fact('M-1', { currency: 'CNY', provider: 'mixed' }))),
    desk.submit(payTrade(origin(tenantId), target(other), fact('M-2', { provider: 'mixed' }))),
    desk.submit(payTrade(origin(tenantId), target(other), fact('M-3', { currency: 'AUD', provider: 'mixed' })))
  ])
  t.same(paid.map(({ paid }) => paid), ['33.00', '33.00', '33.00'])
  const later = await desk.openTrade('LATER')
  await Promise.all([fact('M-4', { provider: 'mixed' }), fact('M-5', { currency: 'AUD', provider: 'mixed' })].map(async (each) =>
    await desk.submit(payTrade(origin(tenantId), target(later), each))))
  t.same(await findings(database.url), [])
  const rows = await databases.read.selectFrom('accounts').select(['unit', 'debits', 'version']).where('tenant_id', '=', tenantId)
    .where('class', '=', 'provider_clearing').where('owner', '=', 'mixed').orderBy('unit').execute()
  t.same(rows, [{ unit: 'AUD', debits: 6600n, version: 2n }, { unit: 'CNY', debits: 9900n, version: 3n }])
})
