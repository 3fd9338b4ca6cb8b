import { sql, type Kysely } from 'kysely'
import t from 'tap'
import { openDatabases } from '../src/db/pools.ts'
import type { Database } from '../src/db/schema.ts'
import { ESCROW_CHECKS } from '../src/escrow/checks/checks.ts'
import { openChargeback } from '../src/escrow/chargebacks/open-chargeback.ts'
import { readConcerned } from '../src/escrow/chargebacks/read-chargebacks.ts'
import { tellOutcome } from '../src/escrow/chargebacks/tell-outcome.ts'
import { cancelTrade } from '../src/escrow/steps/cancel.ts'
import { confirmTrade } from '../src/escrow/steps/confirm.ts'
import { createTrade } from '../src/escrow/steps/create-trade.ts'
import { placeHold } from '../src/escrow/steps/hold.ts'
import { shipTrade } from '../src/escrow/steps/ship.ts'
import { recordPayment } from '../src/escrow/payments/record-payment.ts'
import { returnPayment } from '../src/escrow/payments/return-payment.ts'
import type { TradeAnswer } from '../src/escrow/trade/show-trade.ts'
import { parseTerms } from '../src/escrow/trade/terms.ts'
import { listRefunds } from '../src/escrow/refunds/read-refunds.ts'
import { reportRefund } from '../src/escrow/refunds/report-refund.ts'
import { internalId, newId } from '../src/kernel/ids.ts'
import type { Operation } from '../src/journal/operation.ts'
import { changeTerms } from '../src/parties/change-terms.ts'
import { createTestDatabase } from './support/database.ts'
import { origin } from './support/memory-books.ts'
import { createTenant, openJournal } from './support/posted-books.ts'
import { Desk } from './support/journal-desk.ts'
import { attemptOf } from './support/refund-desk.ts'
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
const desk = await Desk.open(async <Answer>(operation: Operation<Answer>) => JSON.parse((await journal.submit(operation)).answer) as Answer, tenantId)
// A trade half way: of three units one is confirmed, one shipped, one cancelled; with a commission, a split, and two payments.
const trade = await desk.halfWay()
const unpaid = await desk.openTrade('UNPAID')
const blocked = await desk.submit(placeHold(origin(tenantId), target(await desk.openTrade('BLOCKED')), 'compliance'))
const deposit = await desk.depositPaid()
const refunding = await desk.refunding()
const waiting = await desk.submit(recordPayment(origin(tenantId), { provider: 'sandbox', providerRef: 'W', amount: '9.00', currency: 'CNY', occurredAt: null }, null))
await desk.submit(returnPayment(origin(tenantId), internalId('pay', waiting.id), '4.00'))
// A refund that left twice, and once more but came back.
const twice = await desk.submit(recordPayment(origin(tenantId), { provider: 'sandbox', providerRef: 'W2', amount: '9.00', currency: 'CNY', occurredAt: null }, null))
await desk.submit(returnPayment(origin(tenantId), internalId('pay', twice.id), '3.00'))
const [paidTwice] = (await listRefunds(databases.read, tenantId, { status: undefined, tradeId: null, paymentId: internalId('pay', twice.id) }, { limit: 1, before: null })).data
for (const [report, word] of [['success', 'R1'], ['success', 'B1'], ['bounce', 'X1']] as const) {
  await desk.submit(reportRefund(origin(tenantId), internalId('rfd', paidTwice?.id ?? ''), { ...attemptOf(word), report, reason: null, occurredAt: null }))
}

// One of which a provider took most back; and money that it took of a payment which nobody knows.
const chargedBack = await desk.confirmed('CHARGED')
const chargeBack = async (ref: string, amount: string): Promise<string> => {
  const fact = { provider: 'sandbox', providerRef: `C-${ref}`, paymentProviderRef: ref, amount, fee: '2.00', currency: 'CNY', occurredAt: null }
  return (await desk.submit(openChargeback(origin(tenantId), fact, await readConcerned(databases.read, tenantId, { provider: 'sandbox', providerRef: ref })))).id
}
await desk.submit(recordPayment(origin(tenantId), { provider: 'sandbox', providerRef: 'W3', amount: '9.00', currency: 'CNY', occurredAt: null }, null))
await chargeBack('CHARGED', '30.00')
// One that was refunded to its buyer, and taken back before the refund left.
await desk.ask(await desk.confirmed('KEPT BACK'), '4.00', true)
await chargeBack('KEPT BACK', '33.00')
await chargeBack('NOBODY', '5.00')
await desk.submit(tellOutcome(origin(tenantId), { id: internalId('chb', await chargeBack('W3', '6.00')) }, { outcome: 'lost', fee: null, feeReturned: null, currency: null, occurredAt: null }))

// And one that is confirmed in full, of whose seller a part waits in reserve.
await desk.submit(changeTerms(origin(tenantId), { partyId: internalId('pty', trade.lines[0]?.seller ?? ''), terms: { reserve: { rate: '0.10', days: 30 } }, person: newId() }))
const reserved = await desk.confirmed('RESERVED')

// A group that one member filled and the other has not followed; one that came late; and a group that is open.
const [full, open] = [await desk.gather(2), await desk.gather(3)]
const [waits, fills, late] = [await desk.join(full, 'WAITS'), await desk.join(full, 'FILLS'), await desk.join(full, 'LATE')]
for (const member of [waits, fills, late, await desk.join(open, 'SEATED')]) await desk.pay(member)
await desk.join(open, 'JOINED')

const uuid = (prefix: 'trd' | 'grp' | 'pay' | 'pty', id: string): string => `'${internalId(prefix, id) ?? ''}'`
const [TRADE, REFUNDING, UNPAID, BLOCKED] = [uuid('trd', trade.id), uuid('trd', refunding.id), uuid('trd', unpaid.id), uuid('trd', blocked.id)]
const [RESERVED, DEPOSIT, WAITING] = [uuid('trd', reserved.id), uuid('trd', deposit.id), uuid('pay', waiting.id)]
const CHARGED = uuid('trd', chargedBack.id)
const [FULL, WAITS, FILLS, LATE] = [uuid('grp', full.id), uuid('trd', waits.id), uuid('trd', fills.id), uuid('trd', late.id)]
const NOBODY = "'0191d6a0-0000-7000-8000-000000000001'"
const MINE = `tenant_id = ${tenantId}`

interface Damage {
  readonly what: string
  readonly sql: string
  readonly checks: readonly string[]
  readonly says: RegExp
}

const DAMAGES: readonly Damage[] = [
  { what: 'a buyer who is a seller', sql: `update parties set kind = 'seller' where ${MINE} and kind = 'buyer'`, checks: ['trade-references'], says: /^buyer of trade .*: there is no pty_/ },
  { what: 'a seller who is gone', sql: `delete from parties where ${MINE} and kind = 'seller'`, checks: ['party-accounts', 'trade-references'], says: /^seller_available account of "pty_.*": there is no such party/ },
  { what: 'a partner who is a buyer', sql: `update parties set kind = 'buyer' where ${MINE} and kind = 'partner'`, checks: ['trade-references', 'party-accounts'], says: /^partner in trade/ },
  { what: 'a payment that is gone', sql: `delete from payments where ${MINE} and id = ${WAITING}`, checks: ['trade-references', 'payment-suspense'], says: /^payment of refund .*: there is no pay_/ },
  { what: 'a refund of another trade', sql: `update refunds set trade_id = ${NOBODY} where ${MINE} and trade_id is not null`, checks: ['trade-references', 'trade-amounts'], says: /^trade of refund/ },
  { what: 'a shipment that is gone', sql: `delete from shipments where ${MINE}`, checks: ['shipped-units'], says: /line "1": 2 shipped, but its shipments hold 0$/ },
  { what: 'a line that was not shipped', sql: `update shipments set lines = jsonb_set(lines, '{0,quantity}', '1') where ${MINE}`, checks: ['shipped-units'], says: /2 shipped, but its shipments hold 1$/ },
  { what: 'commission that its terms do not make', sql: `update trade_lines set commission_posted = 51 where ${MINE} and trade_id = ${TRADE}`, checks: ['line-terms', 'trade-shares'], says: /commission is 0\.51 CNY, but its terms make it 0\.50 CNY$/ },
  { what: 'a split that its terms do not make', sql: `update trade_lines set split_posted = '{0}' where ${MINE} and trade_id = ${TRADE}`, checks: ['line-terms', 'trade-shares'], says: /split 1 is 0\.00 CNY, but its terms make it 1\.00 CNY$/ },
  { what: 'another commission rate', sql: `update trade_lines set commission_rate = '0.01' where ${MINE} and trade_id = ${TRADE}`, checks: ['line-terms'], says: /commission is 0\.50 CNY, but its terms make it 0\.10 CNY$/ },
  { what: 'more of a line released than was posted', sql: `update trade_lines set released_shipping = released_shipping + 1 where ${MINE} and trade_id = ${TRADE}`, checks: ['trade-amounts', 'trade-shares'], says: /released, by its lines: 11\.01 CNY, but it says 11\.00 CNY$/ },
  { what: 'a state that does not follow', sql: `update trades set state = 'completed' where ${MINE} and id = ${UNPAID}`, checks: ['trade-states'], says: /: state is completed, but it should be awaiting_payment$/ },
  { what: 'a line\'s state that does not follow', sql: `update trade_lines set state = 'confirmed' where ${MINE} and trade_id = ${TRADE}`, checks: ['trade-states'], says: /state of line "1" is confirmed, but it should be shipped$/ },
  { what: 'a deadline that was lost', sql: `update trades set next_deadline_at = null, next_attempt_at = null where ${MINE} and id = ${UNPAID}`, checks: ['trade-states'], says: /next deadline is none, but it should be 20/ },
  { what: 'a line that waits for ever', sql: `update trade_lines set confirm_by = null where ${MINE} and trade_id = ${TRADE}`, checks: ['trade-states'], says: /deadline of line "1" is none, but it should be some time$|next deadline/ },
  { what: 'a time to ship what is not paid', sql: `update trades set ship_by = now() where ${MINE} and id = ${UNPAID}`, checks: ['trade-states'], says: /: time to ship is 20.*, but it should be none$/ },
  { what: 'a window for what is not completed', sql: `update trades set after_sale_by = now() where ${MINE} and id = ${UNPAID}`, checks: ['trade-states'], says: /: after-sale window is 20.*, but it should be none$/ },
  { what: 'a held trade that is swept', sql: `update trades set holds = (select holds from trades where ${MINE} and id = ${BLOCKED}) where ${MINE} and id = ${TRADE}`, checks: ['trade-states', 'trade-holds'], says: /next deadline is 20.*, but it should be none$/ },
  { what: 'a hold that went without being lifted', sql: `update trades set holds = null where ${MINE} and id = ${BLOCKED}`, checks: ['trade-holds'], says: /^trd_.*: it lacks hld_.*, which was placed and never lifted$/ },
  { what: 'a hold that nobody placed', sql: `update events set data = data - 'hold' where ${MINE} and type = 'trade.hold_placed'`, checks: ['trade-holds'], says: /^trd_.*: it has hld_.*, which no event placed$/ },
  { what: 'a member of no group', sql: `update trades set group_id = ${NOBODY}, group_seat = null, group_outcome = null where ${MINE} and id = ${WAITS}`, checks: ['trade-references', 'group-seats'], says: /^group of trade .*: there is no grp_/ },
  { what: 'a seat too many', sql: `update trade_groups set seats = 2 where ${MINE} and state = 'open'`, checks: ['group-seats'], says: /^grp_.*: open with 2 of 3 seats, but its members have 1 seats, the last of which is 1$/ },
  { what: 'a seat that was left out', sql: `update trades set group_seat = 3 where ${MINE} and id = ${FILLS}`, checks: ['group-seats'], says: /^grp_.*: filled with 2 of 2 seats, but its members have 2 seats, the last of which is 3$/ },
  { what: 'a member without a seat', sql: `update trades set group_seat = null where ${MINE} and id = ${WAITS}`, checks: ['group-seats', 'group-members'], says: /^trd_.*, member of grp_.*: it is paid in full and has no seat$/ },
  { what: 'a member that buys something else', sql: `update trade_groups set unit_price = 999 where ${MINE} and id = ${FULL}`, checks: ['group-members'], says: /: its line is not the offer$/ },
  { what: 'a member that waits too long', sql: `update trades set fill_by = fill_by + interval '1 day', next_deadline_at = fill_by + interval '1 day' where ${MINE} and id = ${WAITS}`, checks: ['group-members'], says: /: it waits for another end$/ },
  { what: 'a member that goes on without its group', sql: `update trades set group_id = (select id from trade_groups where ${MINE} and state = 'open'), group_seat = 2 where ${MINE} and id = ${FILLS}`, checks: ['group-members', 'group-seats'], says: /: it goes on, but the group is open or gave it no seat$/ },
  { what: 'a decision that did not reach everybody', sql: `update trade_groups set followed_at = now(), next_attempt_at = null where ${MINE} and id = ${FULL}`, checks: ['group-members'], says: /: it has not followed a decision that all had followed$/ },
  { what: 'a decision that was turned round', sql: `update trade_groups set state = 'failed', seats = 1 where ${MINE} and id = ${FULL}`, checks: ['group-members', 'group-seats', 'group-decisions'], says: /^grp_.*: it is failed, but its events say filled$/ },
  { what: 'a decision that no event tells', sql: `update events set subject = '' where ${MINE} and type = 'group.filled'`, checks: ['group-decisions'], says: /^grp_.*: it is filled, but its events say nothing$/ },
  { what: 'a late member that keeps its seat', sql: `update trades set group_seat = 3 where ${MINE} and id = ${LATE}`, checks: ['group-members', 'group-seats'], says: /: it missed a group that is open, or full with it$/ },
  { what: 'a milestone that is met, and was not released', sql: `update trade_lines set milestones = jsonb_set(milestones, '{0,share}', '"0.4"') where ${MINE} and trade_id = ${DEPOSIT}`, checks: ['met-milestones'], says: /line "1": released of goods is 9\.00 CNY, but its met milestones make it 12\.00 CNY$/ },
  { what: 'a milestone that was released, and is not met', sql: `update trade_lines set milestones = jsonb_set(milestones, '{0,when,fact}', '"customs_cleared"') where ${MINE} and trade_id = ${DEPOSIT}`, checks: ['met-milestones'], says: /released of shipping is 0\.90 CNY, but its met milestones make it 0\.00? CNY$/ },
  { what: 'conditions that were all met, and held money', sql: `update trade_lines set milestones = jsonb_path_query_array(milestones, '$[0]') where ${MINE} and trade_id = ${DEPOSIT}`, checks: ['met-milestones'], says: /released of goods is 9\.00 CNY, but its met milestones make it 30\.00 CNY$/ },
  { what: 'an attestation on other evidence', sql: `update trade_lines set met = jsonb_set(met, '{0,evidence}', '"b"') where ${MINE} and trade_id = ${DEPOSIT}`, checks: ['met-facts'], says: /inspection_passed is (met, which no event tells|told of by an event, and not met)$/ },
  { what: 'a confirmation that nobody gave', sql: `update trade_lines set met = met || '[{"fact": "confirmed", "by": "silence"}]' where ${MINE} and trade_id = ${DEPOSIT}`, checks: ['met-facts'], says: /confirmed is met, which no event tells$/ },
  { what: 'a release that waits for ever', sql: `update trade_lines set release_by = now() where ${MINE} and trade_id = ${DEPOSIT}`, checks: ['trade-states'], says: /next deadline is/ },
  { what: 'a refund case that its trade forgot', sql: `update trades set refund_cases = null where ${MINE} and id = ${REFUNDING}`, checks: ['refund-cases', 'trade-states'], says: /^cas_.*: its trade keeps no such case, but the table says trd_.* refund_only requested damaged any 500 500 20/ },
  { what: 'a refund case that is in another state', sql: `update refund_cases set state = 'refused' where ${MINE} and state = 'requested'`, checks: ['refund-cases'], says: /^cas_.*: its trade keeps trd_.* requested .* but the table says trd_.* refused / },
  { what: 'a refund case that gave back something else', sql: `update refund_cases set refunded = refunded + 1 where ${MINE} and state = 'refunded'`, checks: ['refund-case-money', 'refund-case-lines'], says: /^trd_.*: its refunds posted 4\.00 CNY, but its refund cases say 4\.01 CNY$/ },
  { what: 'a refund case of another seller', sql: `update refund_cases set seller_id = ${NOBODY} where ${MINE} and state = 'refunded'`, checks: ['refund-case-lines'], says: /^lin_.*: a refund case is of this line, but its trade has no such line of that seller$/ },
  { what: 'a refund case of another trade', sql: `update refund_cases set trade_id = ${NOBODY} where ${MINE} and state = 'refunded'`, checks: ['refund-case-lines', 'refund-case-money', 'trade-references'], says: /^trade of refund case .*: there is no trd_/ },
  { what: 'a time that runs on beside a refund case', sql: `update trade_lines set confirm_by = now() + interval '1 day' where ${MINE} and trade_id = ${REFUNDING}`, checks: ['trade-states'], says: /deadline of line "1" is 20.*, but it should be none$/ },
  { what: 'a refund case that silence forgot', sql: `update trades set next_deadline_at = ship_by + interval '1 day' where ${MINE} and id = ${REFUNDING}`, checks: ['trade-states'], says: /next deadline is 20.*, but it should be 20/ },
  { what: 'an escrow that holds something else', sql: `update accounts set credits = credits + 1 where ${MINE} and class = 'escrow'`, checks: ['trade-escrow'], says: /^trd_.*: its escrow account holds 11\.01 CNY but it says 11\.00 CNY$/ },
  { what: 'an escrow of nobody', sql: `update accounts set owner = owner || '1' where ${MINE} and class = 'escrow' and owner = '${trade.id}'`, checks: ['trade-escrow'], says: /there is no such owner$/ },
  { what: 'a suspense account that holds something else', sql: `update accounts set debits = debits + 1 where ${MINE} and class = 'suspense'`, checks: ['payment-suspense'], says: /^pay_.*: its suspense account holds 4\.99 CNY but it says 5\.00 CNY$/ },
  { what: 'a refund of another amount', sql: `update refunds set amount = amount + 1 where ${MINE} and payment_id = ${WAITING}`, checks: ['refund-payable', 'payment-amounts'], says: /^rfd_.*: its refund_payable account holds 4\.00 CNY but it says 4\.01 CNY$/ },
  { what: 'more paid than was allocated', sql: `update payment_allocations set amount = amount - 1 where ${MINE} and trade_id = ${TRADE} and position = 1`, checks: ['trade-amounts', 'payment-amounts'], says: /paid, by its payments: 32\.99 CNY, but it says 33\.00 CNY$/ },
  { what: 'a refund that no payment bears', sql: `update payment_allocations set refunded = 0 where ${MINE}`, checks: ['trade-amounts', 'payment-amounts'], says: /refunded, by its payments: 0\.00 CNY, but it says 11\.00 CNY$/ },
  { what: 'released more than was confirmed', sql: `update trades set released = released + 1 where ${MINE} and id = ${TRADE}`, checks: ['trade-amounts', 'trade-escrow'], says: /released, by its lines: 11\.00 CNY, but it says 11\.01 CNY$/ },
  { what: 'a trade of which more was charged back', sql: `update chargebacks set takes = jsonb_set(takes, '{trades,0,released}', '"2999"') where ${MINE} and provider_ref = 'C-CHARGED'`, checks: ['chargeback-sums'], says: /^trd_.*: charged back is 30\.00 CNY, but its chargebacks took 29\.99 CNY$/ },
  { what: 'a payment of which less was charged back', sql: `update payments set charged_back = charged_back - 1, returned = returned + 1 where ${MINE} and charged_back > 0`, checks: ['chargeback-sums', 'payment-amounts'], says: /^pay_.*: charged back is 5\.99 CNY, but its chargebacks took 6\.00 CNY$/ },
  { what: 'a frozen trade that thawed by itself', sql: `update trades set holds = null where ${MINE} and id = ${CHARGED}`, checks: ['chargeback-holds', 'trade-holds', 'trade-states'], says: /^trd_.*: it is not frozen, but chb_.* is open$/ },
  { what: 'a trade frozen for what is decided', sql: `update chargebacks set state = 'lost', outcome = 'lost', decided_at = now() where ${MINE} and provider_ref = 'C-CHARGED'`, checks: ['chargeback-holds'], says: /^trd_.*: it is frozen for chb_.*, which is not open/ },
  { what: 'a chargeback of another fee', sql: `update chargebacks set fee = 1 where ${MINE} and provider_ref = 'C-NOBODY'`, checks: ['chargeback-moves'], says: /^chb_.*: 7\.00 CNY left the provider, but it says 5\.01 CNY$/ },
  { what: 'a seller who got something else', sql: `update transactions set subject = 'trd_1' where ${MINE} and kind = 'trade.confirmation'`, checks: ['trade-shares', 'reserve-movements'], says: /^trd_.*: (seller_available of pty_.* got 0\.00 CNY, but its lines say 11\.00 CNY|commission_income|partner_available)/ },
  { what: 'a refund that left without an attempt', sql: `update refunds set status = 'succeeded' where ${MINE} and trade_id is not null and status = 'payable'`, checks: ['refund-statuses', 'refund-payable', 'trade-amounts'], says: /^rfd_.*: status is succeeded, but it should be payable$/ },
  { what: 'a refund that left and is still owed', sql: `update refunds set status = 'failed' where ${MINE} and status = 'succeeded'`, checks: ['refund-statuses', 'refund-payable'], says: /^rfd_.*: its refund_payable account holds 0\.00 CNY but it says 3\.00 CNY$/ },
  { what: 'an attempt that is gone', sql: `delete from refund_attempts where ${MINE} and reference = 'R1'`, checks: ['refund-statuses', 'refund-moves'], says: /^rfd_.*: number of attempts is 2, but it should be 3$/ },
  { what: 'an attempt that came back unseen', sql: `update refund_attempts set outcome = 'succeeded', excess = true where ${MINE} and reference = 'X1'`, checks: ['refund-moves'], says: /^rfd_.*: 3\.00 CNY came back to provider express, but its attempts say 0\.00 CNY$/ },
  { what: 'two attempts that both paid what was owed', sql: `update refund_attempts set excess = false where ${MINE}`, checks: ['refund-statuses', 'refund-moves'], says: /^rfd_.*: 3\.00 CNY not owed, but its attempts say 0\.00 CNY$/ },
  { what: 'an attempt through another bank account', sql: `update refund_attempts set account = 'other' where ${MINE} and reference = 'B1'`, checks: ['refund-moves'], says: /^rfd_.*: 0\.00 CNY left through bank other, but its attempts say 3\.00 CNY$/ },
  { what: 'an attempt of no refund', sql: `update refund_attempts set refund_id = ${NOBODY} where ${MINE} and reference = 'X1'`, checks: ['trade-references', 'refund-moves'], says: /^refund of attempt X1: there is no rfd_/ },
  { what: 'a part of a reserve that nobody waits for', sql: `delete from reserve_slices where ${MINE}`, checks: ['reserve-queue', 'reserve-movements'], says: /^reserve of pty_.* in CNY: put into it 2\.85 CNY, but it should be 0\.00 CNY$/ },
  { what: 'a slice that ends elsewhere', sql: `update reserve_slices set upto = upto + 1 where ${MINE}`, checks: ['reserve-queue'], says: /rsv_.* ends at 2\.86 CNY, but it should be 2\.85 CNY$/ },
  { what: 'a slice that matured without a posting', sql: `update reserve_slices set matured_at = now(), released = amount, next_attempt_at = null where ${MINE}`, checks: ['reserve-queue', 'reserve-movements'], says: /^rsv_.*: 0\.00 CNY moved into or out of a reserve, but slices say 2\.85 CNY$/ },
  { what: 'a reserve that is kept for longer', sql: `update reserve_slices set matures_at = matures_at + interval '1 day' where ${MINE}`, checks: ['reserve-terms'], says: /^rsv_.* of trd_.*: its line does not call for it, or not for so long$/ },
  { what: 'terms that nobody set', sql: `update parties set terms = '{"reserve": {"rate": "1", "days": 30}}' where ${MINE} and kind = 'seller'`, checks: ['party-terms'], says: /^pty_.*: its terms are .*, but its events tell / },
  { what: 'a line with other terms than its seller had', sql: `update trade_lines set seller_terms = '{"reserve": {"rate": "0.20", "days": 30}}' where ${MINE} and trade_id = ${RESERVED}`, checks: ['seller-terms'], says: /^trd_.*, line "1": it does not have the terms that its seller had then$/ },
  { what: 'an exchange that nobody quoted', sql: `update trade_lines set exchanges = '[{"quote": "0191d6a0-0000-7000-8000-000000000001", "rate": "1", "from": "CNY", "to": "USD", "net": "100", "paid": "100"}]' where ${MINE} and trade_id = ${TRADE}`, checks: ['line-exchanges', 'fx-positions'], says: /line "1", exchanged by fxq_\w+: there is no such quote, or it says something else$/ }
]

async function findAll (db: Kysely<Database>): Promise<Array<{ check: string, what: string, tenant: number }>> {
  const findings = []
  for (const check of ESCROW_CHECKS) findings.push(...await check.find(db))
  return findings
}

t.test('a trade half way, an unpaid one, a payment that waits and groups of all kinds: no findings', async (t) => {
  t.match(trade, { paid: '33.00', released: '11.00', refunded: '11.00', held: '11.00', state: 'awaiting_confirmation' })
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

t.test('a free line with release conditions is kept when it was confirmed, and not when it was cancelled: no findings', async (t) => {
  const seller = desk.seller()
  const when = { fact: 'buyer_confirmed' as const }
  const lines = [
    { ref: '1', seller, quantity: 2, unit_price: '0', fulfilment: 'mail' as const, release: { when } }, { ref: '2', seller, quantity: 1, unit_price: '10.00', fulfilment: 'mail' as const }
  ]
  const open = async (externalRef: string): Promise<TradeAnswer> =>
    await desk.pay(await desk.submit(createTrade(origin(tenantId), parseTerms({ external_ref: externalRef, buyer: trade.buyer, currency: 'CNY', lines }))))
  const given = await open('GIVEN')
  t.match(await desk.submit(cancelTrade(origin(tenantId), target(given), { lines: null, by: 'platform', occurredAt: null })), {
    state: 'closed_refunded', lines: [{ state: 'refunded' }, { state: 'refunded' }]
  })
  t.strictSame(await findAll(databases.report), [])
  const kept = await open('KEPT')
  const [gift = ''] = kept.lines.map(({ id }) => id)
  await desk.submit(cancelTrade(origin(tenantId), target(kept), { lines: [pick(kept, 1)], by: 'platform', occurredAt: null }))
  await desk.submit(shipTrade(origin(tenantId), target(kept), { lines: null, carrier: null, trackingNumber: null, occurredAt: null }))
  t.match(await desk.submit(confirmTrade(origin(tenantId), target(kept), { lines: [{ line: gift }], occurredAt: null })), { state: 'completed', lines: [{ state: 'confirmed' }, { state: 'refunded' }] })
  t.strictSame(await findAll(databases.report), [])
})

t.test('every check can find something', async (t) => {
  const found = new Set(DAMAGES.flatMap(({ checks }) => checks))
  t.strictSame(ESCROW_CHECKS.map(({ name }) => name).filter((name) => !found.has(name)), [])
})
