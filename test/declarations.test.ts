import fc from 'fast-check'
import t from 'tap'
import { newestOf } from '../src/customs/declarations/declaration.ts'
import { DECLARATION_STATES, isStale, koreanCodeOf, stateOfCode } from '../src/customs/declarations/states.ts'
import { flawsOfUnipass, writeUnipass } from '../src/customs/declarations/voucher/unipass-document.ts'
import { TRADE_CUSTOMS } from '../src/customs/trades/trade-customs.ts'
import { undeclaredOf } from '../src/escrow/trade/declared.ts'
import { MINUTE_MS, SECOND_MS } from '../src/kernel/time.ts'
import { chargeBack, decide } from './support/chargeback-desk.ts'
import { DeclarationDesk } from './support/declaration-desk.ts'
import { codeOf, pick, refusalOf } from './support/trade-desk.ts'

t.test('a payment is declared as one: all of it, by the provider\'s reference and the trade\'s own', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  const declaration = desk.declare(trade, { requestId: 'DEC-1' })
  t.match(declaration, {
    request_id: 'DEC-1', trade: trade.id, state: 'draft', raw_code: null, amount: '100.00', currency: 'CNY', order_no: trade.external_ref, sub_order: null, held_by_customs: false,
    pay_transaction_id: /^P-/, message: { number: 1, type: 'new', amount: '100.00', sent_at: null }
  })
  t.equal(declaration.push_after, new Date(desk.books.now.getTime() + 5 * MINUTE_MS).toISOString())
  t.match(desk.books.events.at(-1), { type: 'declaration.created', subject: declaration.id, data: { trade: trade.id, amount: '100.00', state: 'draft', message_type: 'new' } })
  t.match(desk.books.rows(TRADE_CUSTOMS), [{ declaredAt: desk.books.now, version: 2 }], 'its customs parties are frozen')
  t.equal(desk.trade(trade).version, trade.version + 1)
  t.notMatch(JSON.stringify(desk.books.events), /Somebody|0191d6a0-0000-7000-8000-00000000000d/, 'no identity in an event')
})

t.test('the same request is the same declaration; other facts under its id are refused', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  const first = desk.declare(trade, { requestId: 'DEC-1' })
  t.strictSame(desk.declare(trade, { requestId: 'DEC-1' }), first)
  t.strictSame(desk.declare(trade, { requestId: 'DEC-1', amount: '100.00' }), first, 'what was left to us may be told')
  t.equal(desk.trade(trade).version, trade.version + 1, 'the trade was left as it was')
  for (const [part, wish] of [[{ amount: '99.99' }, {}], [{ subOrder: 'SUB' }, {}], [{}, { addressee: { customs: 'NINGBO' } }], [{}, { addressee: { merchantName: 'Other' } }], [{}, { addressee: { platformCode: 'X' } }]] as const) {
    t.equal(codeOf(() => desk.declare(trade, { requestId: 'DEC-1', ...part }, wish)), 'declaration_known', JSON.stringify([part, wish]))
  }
  t.equal(codeOf(() => desk.declare(desk.paid(), { requestId: 'DEC-1' })), 'declaration_known', 'another trade')
  t.equal(codeOf(() => desk.split(trade, [{ requestId: 'DEC-1', amount: '100.00', subOrder: null }, { requestId: 'DEC-2', amount: '1.00' }])), 'declaration_known', 'half of a split')
})

t.test('what is declared is paid, not given back, and nobody\'s to take back', async (t) => {
  const desk = new DeclarationDesk()
  const unpaid = desk.open()
  desk.name(unpaid)
  t.match(refusalOf(() => desk.declare(unpaid)), { code: 'illegal_in_state', facts: { current_state: 'awaiting_payment' } })
  const nameless = desk.pay(desk.open())
  t.equal(codeOf(() => desk.declare(nameless)), 'customs_parties_required')
  const gone = desk.paid()
  desk.cancel(gone)
  t.equal(codeOf(() => desk.declare(gone)), 'illegal_in_state')
  const part = desk.paid()
  desk.cancel(part, [pick(part, 0, 3)])
  t.match(refusalOf(() => desk.declare(part, { amount: '70.01' })), { code: 'amount_exceeds_payment', message: /^70\.00 CNY/ })
  t.match(desk.declare(part), { amount: '70.00' }, 'a refund before it lowers what is declared')
  const won = desk.paid(10, 'KRW')
  t.equal(codeOf(() => desk.declare(won)), 'not_declarable', 'China is told of yuan')
  t.match(desk.declare(won, {}, { addressee: { jurisdiction: 'KR' } }), { currency: 'KRW', amount: '100', jurisdiction: 'KR' })
  const taken = desk.paid()
  const chargeback = chargeBack(desk, { amount: '100.00' })
  t.equal(codeOf(() => desk.declare(taken)), 'chargeback_open')
  decide(desk, chargeback, 'won')
  t.match(desk.declare(taken), { amount: '100.00' })
  const long = desk.pay(desk.books.submit(desk.opening('x'.repeat(61))))
  desk.name(long)
  t.equal(codeOf(() => desk.declare(long)), 'not_declarable', 'a reference that customs has no place for')
  t.match(desk.declare(long, { subOrder: 'SHORT' }), { order_no: 'SHORT' })
})

t.test('of several payments each is declared by itself, and each order number once', async (t) => {
  const desk = new DeclarationDesk()
  const half = desk.pay(desk.open([{ quantity: 10 }]), { amount: '40.00' })
  const trade = desk.pay(half, { amount: '60.00' })
  desk.name(trade)
  const [first = '', second = ''] = desk.payments(trade)
  t.match(refusalOf(() => desk.declare(trade)), { code: 'unknown_payment', facts: { errors: [{ pointer: '/payment' }] } })
  t.equal(codeOf(() => desk.declare(trade, {}, { payment: desk.payments(desk.paid())[0] ?? '' })), 'unknown_payment')
  t.match(desk.declare(trade, {}, { payment: first }), { amount: '40.00', payment: first })
  t.equal(codeOf(() => desk.declare(trade, {}, { payment: second })), 'duplicate_at_customs', 'the same order number')
  t.match(desk.declare(trade, { subOrder: 'SUB-B' }, { payment: second }), { amount: '60.00', pay_transaction_id: /^dcl_/ })
  t.equal(codeOf(() => desk.declare(trade, { subOrder: 'SUB-C' }, { payment: first })), 'duplicate_at_customs', 'as one, or in sub-orders')
  t.equal(codeOf(() => desk.declare(trade, {}, { payment: first })), 'duplicate_at_customs', 'a second time as one')
  t.equal(codeOf(() => desk.declare(desk.paid(), { subOrder: 'SUB-B' })), 'duplicate_at_customs', 'another trade with that number')
  t.match(desk.declare(desk.paid(), { subOrder: 'SUB-B' }, { addressee: { platformCode: 'OTHER' } }), { sub_order: 'SUB-B' }, 'each platform has numbers of its own')
})

t.test('sub-orders are declared all or none, and never more than is left', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  const before = desk.trade(trade)
  for (const amounts of [['60.00', '40.01'], ['100.01'], ['50.00', '0.00'], ['50.00', '50.001']]) {
    const refusal = refusalOf(() => desk.split(trade, amounts.map((amount) => ({ amount }))))
    t.match(refusal.code, /^(amount_exceeds_payment|invalid_amount)$/)
    t.match(refusal.facts.errors, [{ pointer: `/parts/${amounts.length - 1}/amount` }])
  }
  t.match(refusalOf(() => desk.split(trade, [{ amount: '1.00', subOrder: 'A' }, { amount: '1.00', subOrder: 'A' }])), { code: 'duplicate_at_customs', facts: { errors: [{ pointer: '/parts/1/sub_order' }] } })
  t.equal(codeOf(() => desk.split(trade, [{ amount: '1.00', requestId: 'A' }, { amount: '1.00', requestId: 'A' }])), 'declaration_known')
  t.equal(desk.trade(trade), before, 'nothing of them stayed')
  const parts = [{ amount: '60.00', requestId: 'DEC-A', subOrder: 'A' }, { amount: '30.00', requestId: 'DEC-B', subOrder: 'B' }]
  const split = desk.split(trade, parts)
  t.match(split, [{ amount: '60.00', order_no: 'A' }, { amount: '30.00', order_no: 'B' }])
  t.not(split[0]?.pay_transaction_id, split[1]?.pay_transaction_id)
  t.strictSame(desk.split(trade, parts), split, 'the same again changes nothing')
  t.equal(codeOf(() => desk.split(trade, [{ amount: '10.01' }])), 'amount_exceeds_payment')
  t.match(desk.split(trade, [{ amount: '10.00' }]), [{ amount: '10.00' }])
  t.equal(codeOf(() => desk.split(trade, [{ amount: '0.01' }])), 'amount_exceeds_payment')
  t.equal(codeOf(() => desk.declare(trade)), 'duplicate_at_customs')
})

t.test('one payment has a hundred declarations at most', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  desk.split(trade, Array.from({ length: 50 }, () => ({ amount: '1.00' })))
  t.equal(codeOf(() => desk.split(trade, Array.from({ length: 51 }, () => ({ amount: '0.01' })))), 'too_many_declarations')
  desk.split(trade, Array.from({ length: 50 }, () => ({ amount: '0.01' })))
  t.equal(codeOf(() => desk.split(trade, [{ amount: '0.01' }])), 'too_many_declarations')
})

t.test('a push at 4:59 is too soon, and one at 5:00 is not', async (t) => {
  const desk = new DeclarationDesk()
  const declaration = desk.declare(desk.paid())
  desk.wait(5 * MINUTE_MS - SECOND_MS)
  t.match(refusalOf(() => desk.push(declaration)), { code: 'too_soon', facts: { current_state: 'draft' } })
  desk.wait(SECOND_MS - 1)
  t.equal(codeOf(() => desk.push(declaration)), 'too_soon', 'a millisecond before')
  desk.wait(1)
  const pushed = desk.push(declaration)
  t.match(pushed, { state: 'draft', message: { number: 2, type: 'new', amount: '100.00' } })
  t.not(pushed.message.guid, declaration.message.guid)
  t.equal(codeOf(() => desk.push(declaration)), 'too_soon', 'it counts from the newest')
})

t.test('a push changes customs, merchant code, amount and sub-order, and nothing else', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  const other = desk.paid()
  const declaration = desk.declare(trade, { requestId: 'DEC-1', amount: '90.00' })
  desk.wait(5 * MINUTE_MS)
  for (const [name, value] of Object.entries({
    request_id: 'DEC-2', trade: other.id, payment: desk.payments(other)[0], jurisdiction: 'KR', merchant_name: 'Other', platform_code: 'Other', platform_name: 'Other'
  })) {
    t.match(refusalOf(() => desk.push(declaration, { [name]: value })), { code: 'immutable_field', facts: { errors: [{ pointer: `/${name}` }] } }, name)
  }
  t.match(refusalOf(() => desk.push(declaration, { amount: '100.01' })), { code: 'amount_exceeds_payment', message: /^100\.00/ })
  t.equal(codeOf(() => desk.push(declaration, { amount: '0.00' })), 'invalid_amount')
  const { trade: same, payment, jurisdiction, merchant_name: merchantName } = declaration
  const pushed = desk.push(declaration, { trade: same, payment, jurisdiction, merchant_name: merchantName, customs: 'NINGBO', merchant_code: '3302', amount: '100.00', sub_order: 'SUB' })
  t.match(pushed, { customs: 'NINGBO', merchant_code: '3302', amount: '100.00', sub_order: 'SUB', order_no: 'SUB', message: { number: 2 } })
  t.strictSame(desk.declared(trade), [10000n])
  const rival = desk.declare(other, { subOrder: 'RIVAL' })
  desk.wait(5 * MINUTE_MS)
  t.equal(codeOf(() => desk.push(declaration, { sub_order: 'RIVAL' })), 'duplicate_at_customs')
  t.match(desk.push(declaration, { sub_order: 'SUB' }), { sub_order: 'SUB' }, 'its own number is no other\'s')
  t.equal(codeOf(() => desk.push(rival, { sub_order: trade.external_ref })), 'duplicate_at_customs', 'a number that customs may know stays taken')
})

t.test('what customs has is changed, and what it does not have is new', async (t) => {
  const desk = new DeclarationDesk()
  const declaration = desk.declare(desk.paid())
  desk.handOver(declaration)
  t.equal(desk.declaration(declaration.id).state, 'submitted')
  desk.answer(declaration, '100')
  desk.wait(5 * MINUTE_MS)
  t.match(desk.push(declaration), { state: 'draft', raw_code: null, message: { type: 'new' } }, 'sent back')
  desk.handOver(declaration)
  desk.answer(declaration, '120')
  desk.wait(5 * MINUTE_MS)
  t.match(desk.push(declaration), { held_by_customs: true, message: { type: 'change' } }, 'taken in')
})

t.test('every code of customs leads to its state, and is kept as it came', async (t) => {
  const table: Readonly<Record<string, string>> = { 2: 'at_port', 3: 'at_port', 4: 'send_failed', 100: 'rejected', 120: 'accepted', 399: 'accepted', '-1': 'exception', '-301010': 'exception' }
  for (const [code, state] of Object.entries(table)) {
    const desk = new DeclarationDesk()
    const declaration = desk.declare(desk.paid())
    desk.handOver(declaration)
    t.match(desk.answer(declaration, code), { id: declaration.id, state, raw_code: code, answered_at: desk.books.now.toISOString() }, code)
    t.equal(desk.declaration(declaration.id).isHeld, state === 'accepted')
    t.match(desk.books.events.at(-1), { type: `declaration.${state}`, data: { raw_code: code, state } })
    t.equal(stateOfCode('KR', koreanCodeOf(code)), state, 'Korea says it in words')
  }
  for (const code of ['1', '0', '5', '300', '-0', '-', '', 'accepted', '2 ', '١٢٠']) t.equal(stateOfCode('CN', code), null, code)
  for (const code of ['2', '120', '', '__proto__']) t.equal(stateOfCode('KR', code), null, code)
  t.strictSame([...new Set(['draft', 'submitted', ...Object.values(table)])].sort(), [...DECLARATION_STATES].sort(), 'every state is reached')
})

t.test('an answer to something else is refused, and one that is older than what is known is stale', async (t) => {
  const desk = new DeclarationDesk()
  const [declaration, other] = [desk.declare(desk.paid()), desk.declare(desk.paid())]
  desk.handOver(declaration)
  t.equal(codeOf(() => desk.answer(declaration, '5')), 'invalid_receipt', 'an unknown code')
  t.equal(codeOf(() => desk.answer(declaration, '120', { payTransactionId: 'P-0' })), 'invalid_receipt', 'another payment')
  t.equal(codeOf(() => desk.answer(declaration, '120', { at: new Date(desk.books.now.getTime() + 25 * 60 * MINUTE_MS) })), 'invalid_receipt', 'from the day after tomorrow')
  const said = desk.books.now
  desk.wait(MINUTE_MS)
  desk.answer(declaration, '3')
  t.equal(codeOf(() => desk.answer(declaration, '2', { at: said })), 'stale', 'said before')
  t.equal(codeOf(() => desk.answer(declaration, '120', { at: said })), 'stale', 'whatever it says')
  t.equal(codeOf(() => desk.answer(declaration, '2')), 'stale', 'an earlier stage')
  desk.wait(MINUTE_MS)
  const events = desk.books.events.length
  desk.answer(declaration, '120')
  t.match(desk.answer(declaration, '120'), { state: 'accepted' }, 'the same again')
  t.equal(desk.books.events.length, events + 1, 'the same again changes nothing')
  desk.wait(MINUTE_MS)
  t.equal(codeOf(() => desk.answer(declaration, '3')), 'stale', 'an arrival after the decision')
  t.match(desk.answer(declaration, '399'), { state: 'accepted', raw_code: '399' }, 'customs may say more')
  desk.wait(5 * MINUTE_MS)
  desk.push(declaration)
  t.equal(codeOf(() => desk.answer(declaration, '100', { number: 1 })), 'stale', 'about a former message')
  t.equal(desk.declaration(other.id).state, 'draft')
})

t.test('staleness in a table: known, then said', async (t) => {
  const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1000)
  for (const [known, knownAt, code, codeAt, isOld] of [
    [null, 0, '2', 0, false], ['2', 5, '2', 5, false], ['2', 5, '3', 5, false], ['2', 5, '120', 4, true], ['3', 5, '2', 5, true], ['3', 5, '2', 9, true], ['3', 5, '4', 5, false],
    ['4', 5, '3', 9, true], ['100', 5, '120', 9, false], ['120', 5, '100', 9, false], ['120', 5, '-1', 9, false], ['-1', 5, '120', 9, false], ['120', 5, '399', 5, false], ['399', 5, '120', 4, true]
  ] as const) {
    const word = known === null ? null : { code: known, at: at(knownAt) }
    t.equal(isStale('CN', word, { code, at: at(codeAt) }), isOld, `${known ?? 'nothing'} at ${knownAt}, then ${code} at ${codeAt}`)
  }
})

t.test('what goes back lowers what is declared in the same step, the newest first, and customs is told by a message', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  const [first, second] = desk.split(trade, [{ amount: '60.00' }, { amount: '40.00' }])
  if (first === undefined || second === undefined) throw new Error('nothing was declared')
  for (const each of [first, second]) {
    desk.handOver(each)
    desk.answer(each, '120')
  }
  desk.cancel(trade, [pick(trade, 0, 5)])
  t.strictSame(desk.declared(trade), [5000n, 0n])
  desk.wait(MINUTE_MS)
  desk.lower(trade)
  const [one, two] = [desk.declaration(first.id), desk.declaration(second.id)]
  const due = new Date(first.push_after)
  t.match(newestOf(one), { number: 2, type: 'change', amount: 5000n, dueAt: due, sentAt: null }, 'no sooner than a push could')
  t.match(newestOf(two), { number: 2, type: 'delete', amount: 4000n, dueAt: due }, 'a deletion repeats what customs has')
  t.match([one.state, one.sendAt, one.isHeld], ['draft', due, true])
  t.match(desk.books.events.slice(-2), [{ type: 'declaration.lowered', data: { from: '60.00', amount: '50.00' } }, { type: 'declaration.lowered', data: { from: '40.00', amount: '0.00', message_type: 'delete' } }])
  t.equal(desk.trade(trade).declaredLoweredAt, null)
  const events = desk.books.events.length
  desk.lower(trade)
  t.equal(desk.books.events.length, events, 'once')
  desk.wait(5 * MINUTE_MS)
  desk.handOver(second)
  t.match(desk.answer(second, '120'), { state: 'accepted' })
  t.equal(desk.declaration(second.id).isHeld, false, 'the deletion was taken in')
  t.equal(codeOf(() => desk.push(second)), 'amount_exceeds_payment')
})

t.test('what was never sent is not taken back, unless it turns out that it was', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  const declaration = desk.declare(trade)
  desk.cancel(trade)
  desk.lower(trade)
  t.match(desk.declaration(declaration.id), { state: 'draft', sendAt: null, messages: [{ type: 'new' }, { type: 'delete', sentAt: null }] })
  desk.wait(SECOND_MS)
  desk.handOver(declaration, 1)
  const apart = new Date(desk.books.now.getTime() + 5 * MINUTE_MS)
  t.match(desk.declaration(declaration.id), { state: 'draft', sendAt: apart, messages: [{ sentAt: desk.books.now }, { type: 'delete', sentAt: null, dueAt: apart }] })
})

t.test('a message that customs answered before we noted that it was sent stays answered', async (t) => {
  const desk = new DeclarationDesk()
  const declaration = desk.declare(desk.paid())
  desk.answer(declaration, '2')
  t.match(desk.declaration(declaration.id), { state: 'at_port', sendAt: null, messages: [{ sentAt: desk.books.now }] })
  desk.handOver(declaration)
  t.equal(desk.declaration(declaration.id).state, 'at_port')
})

t.test('a chargeback lowers what is declared, and a won one does not raise it', async (t) => {
  const desk = new DeclarationDesk()
  const trade = desk.paid()
  desk.declare(trade)
  const chargeback = chargeBack(desk, { amount: '30.00' })
  t.strictSame(desk.declared(trade), [7000n])
  t.equal(codeOf(() => desk.push({ id: desk.only() })), 'chargeback_open')
  decide(desk, chargeback, 'won')
  t.strictSame(desk.declared(trade), [7000n])
  desk.lower(trade)
  desk.wait(5 * MINUTE_MS)
  t.match(desk.push({ id: desk.only() }, { amount: '100.00' }), { amount: '100.00' }, 'a push may')
})

const action = fc.oneof(
  fc.record({ do: fc.constant('split' as const), amounts: fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 4 }) }),
  fc.record({ do: fc.constant('push' as const), which: fc.nat(9), amount: fc.option(fc.integer({ min: 1, max: 12_000 })) }),
  fc.record({ do: fc.constant('cancel' as const), units: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('send' as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant('answer' as const), which: fc.nat(9), code: fc.constantFrom('2', '3', '4', '100', '120', '-1') }),
  fc.record({ do: fc.constant('lower' as const) })
)

t.test('whatever happens, the parts are never more than was paid and not given back, and customs is told what they are', async () => {
  const money = (minor: number): string => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`
  fc.assert(fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
    const desk = new DeclarationDesk()
    const trade = desk.paid()
    const ids: string[] = []
    for (const each of actions) {
      const id = 'which' in each ? ids[each.which % Math.max(ids.length, 1)] : undefined
      codeOf(() => {
        switch (each.do) {
          case 'split': ids.push(...desk.split(trade, each.amounts.map((amount) => ({ amount: money(amount) }))).map((declaration) => declaration.id)); break
          case 'cancel': desk.cancel(trade, [pick(trade, 0, each.units)]); break
          case 'lower': desk.lower(trade); break
          case 'push': if (id !== undefined) desk.push({ id }, each.amount === null ? {} : { amount: money(each.amount) }); break
          case 'send': if (id !== undefined && desk.declaration(id).sendAt !== null) desk.handOver({ id }); break
          case 'answer': if (id !== undefined && newestOf(desk.declaration(id)).sentAt !== null) desk.answer({ id }, each.code)
        }
      })
      desk.wait(3 * MINUTE_MS)
      const now = desk.trade(trade)
      const sum = now.declared.reduce((total, { amount }) => total + amount, 0n)
      if (sum > now.paid - now.refunded - now.chargedBack || now.declared.some(({ amount }) => amount < 0n)) return false
      if (now.allocations.some(({ paymentId }) => undeclaredOf(now, paymentId) < 0n)) return false
    }
    desk.lower(trade)
    return desk.trade(trade).declared.every(({ id, amount }) => {
      const newest = newestOf(desk.declaration(desk.outside(id)))
      return newest.type === 'delete' ? amount === 0n : newest.amount === amount
    })
  }), { numRuns: 400 })
})

t.test('Korea\'s customs is told to whom it goes, by his customs code', async (t) => {
  const payment = {
    guid: '019aa46a-a262-7972-bd13-1875e8e9a1f2', type: 'new', madeAt: new Date('2026-01-31T09:00:00Z'), customs: 'ICN', merchantCode: 'M1', merchantName: 'M', platformCode: 'P1', platformName: 'P', orderNo: 'O-1',
    payTransactionId: 'P-1', amount: 44_800n, currency: 'KRW', paidAt: new Date('2026-01-31T08:00:00Z')
  } as const
  const sender = { payCode: 'S', payName: 'S', copCode: 'S', copName: 'S', dxpMode: 'DXP', dxpId: 'S' }
  const consignee = { customsCode: 'P123456789012', name: '홍길동', phone: '+821012345678', postcodes: ['04524'] }
  const document = writeUnipass(payment, consignee, sender)
  t.match(JSON.parse(document), { consignee_code: 'P123456789012', consignee_name: '홍길동', consignee_postcodes: ['04524'], amount: '44800', payment_no: 'P-1' })
  t.strictSame(flawsOfUnipass(document), [])
  for (const [wrong, member] of [[{ customsCode: '' }, 'consignee_code'], [{ customsCode: 'P12345' }, 'consignee_code'], [{ name: '' }, 'consignee_name'], [{ phone: '' }, 'consignee_phone']] as const) {
    t.match(refusalOf(() => writeUnipass(payment, { ...consignee, ...wrong }, sender)), { code: 'not_declarable', message: new RegExp(member) })
  }
})
