import fc from 'fast-check'
import t from 'tap'
import { quoteTrade, type QuotedTrade } from '../src/escrow/quotes/quote-trade.ts'
import type { QuoteJson } from '../src/escrow/quotes/show-quote.ts'
import { GROUPS } from '../src/escrow/groups/group-rows.ts'
import { createTrade } from '../src/escrow/steps/create-trade.ts'
import { ATTESTATION_KINDS } from '../src/escrow/trade/release-terms.ts'
import { showTrade, type TradeJson } from '../src/escrow/trade/show-trade.ts'
import { parseTerms } from '../src/escrow/trade/terms.ts'
import { TRADES } from '../src/escrow/trade/trade-rows.ts'
import type { PostedTransaction } from '../src/journal/batch-state.ts'
import { externalId } from '../src/kernel/ids.ts'
import { formatAmount } from '../src/kernel/money.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { DAY_MS, HOUR_MS } from '../src/kernel/time.ts'
import { unitOf } from '../src/kernel/units.ts'
import { DEFAULT_SETTINGS } from '../src/tenants/settings.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'
import { proposedRelease } from './support/release-drafts.ts'
import { codeOf, TradeDesk, type LineTerms } from './support/trade-desk.ts'
import { command, type LineDraft } from './support/trade-commands.ts'

const RUNS = 1000
const FULFILMENTS = ['instant', 'virtual', 'express', 'mail'] as const

function quote (desk: TradeDesk, proposed: QuotedTrade['proposed'], more: Partial<QuotedTrade> = {}): QuoteJson {
  return desk.books.preview(quoteTrade(origin(), { proposed, provider: 'sandbox', shipAt: null, ...more }))
}

/** Postings with what is new in each trade under one name. */
function quoted ({ steps }: QuoteJson): string[] {
  return steps.flatMap(({ transactions }) => transactions).flatMap(({ kind, transfers }) => transfers.map(({ debit, credit, amount, unit }) =>
    `${kind}: ${nameOf(debit)} / ${nameOf(credit)} ${amount} ${unit}`))
}

function posted (transactions: readonly PostedTransaction[]): string[] {
  return transactions.flatMap(({ kind, transfers }) => transfers.map(({ debit, credit, amount, unit }) =>
    `${kind}: ${nameOf(debit.account)} / ${nameOf(credit.account)} ${formatAmount(amount, unitOf(unit))} ${unit}`))
}

function nameOf ({ class: name, owner }: { class: string, owner: string }): string {
  return `${name} ${owner.startsWith('trd_') ? 'of the trade' : owner}`
}

/** Everything that the books hold. */
function contentOf ({ books }: TradeDesk): string {
  return JSON.stringify([[...books.accounts], books.transactions, books.events], (_, value: unknown) => typeof value === 'bigint' ? String(value) : value)
}

t.test('a quote tells totals, commission, splits, what sellers get, and every posting step by step', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  const lines: LineTerms[] = [
    { quantity: 2, unit_price: '19.90', shipping: '5.00', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] },
    { seller: desk.other, unit_price: '7', fulfilment: 'mail', splits: [{ partner, amount: '1.5' }] }
  ]
  const shipAt = new Date(desk.books.now.getTime() + DAY_MS)
  const answer = quote(desk, desk.propose(lines), { shipAt })
  t.match(answer, {
    currency: 'CNY',
    total: '51.80',
    coins_value: '0.00',
    amount_due: '51.80',
    commission: '1.99',
    splits: [{ party: partner, currency: 'CNY', amount: '5.48' }],
    sellers: [{ party: desk.seller, currency: 'CNY', amount: '38.83' }, { party: desk.other, currency: 'CNY', amount: '5.50' }],
    lines: [
      { ref: '1', earliest_release: { by_buyer: '2026-02-01T08:00:00.000Z', by_silence: '2026-02-11T08:00:00.000Z' } },
      { ref: '2', earliest_release: { by_buyer: '2026-02-01T08:00:00.000Z', by_silence: '2026-03-03T08:00:00.000Z' } }
    ]
  })
  t.strictSame(answer.steps.map(({ action, at, transactions }) => [action, at, transactions.length]), [
    ['create', '2026-01-31T08:00:00.000Z', 0],
    ['pay', '2026-01-31T08:00:00.000Z', 1],
    ['ship', '2026-02-01T08:00:00.000Z', 0],
    ['confirm', '2026-02-01T08:00:00.000Z', 1]
  ])
  t.strictSame(quoted(answer), [
    'trade.payment: provider_clearing sandbox / escrow of the trade 51.80 CNY',
    `trade.confirmation: escrow of the trade / seller_available ${desk.seller} 44.80 CNY`,
    `trade.confirmation: seller_available ${desk.seller} / commission_income  1.99 CNY`,
    `trade.confirmation: seller_available ${desk.seller} / partner_available ${partner} 3.98 CNY`,
    `trade.confirmation: escrow of the trade / seller_available ${desk.other} 7.00 CNY`,
    `trade.confirmation: seller_available ${desk.other} / partner_available ${partner} 1.50 CNY`
  ])
})

t.test('a quote leaves nothing behind: no account, no event, and its reference is free', async (t) => {
  const desk = new TradeDesk()
  desk.confirm(desk.ship(desk.pay(desk.open())))
  const before = contentOf(desk)
  const proposed = desk.propose([{}])
  t.strictSame(quote(desk, proposed).steps.length, 4)
  t.equal(contentOf(desk), before)
  t.equal(codeOf(() => desk.books.submit(createTrade(origin(), parseTerms(proposed)))), 'answered')
})

t.test('what a party owes is taken in the quote as it will be, and counts as gained', async (t) => {
  const desk = new TradeDesk()
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 300n }))
  const answer = quote(desk, desk.propose([{}]))
  t.match(answer.sellers, [{ party: desk.seller, amount: '10.00' }])
  t.equal(quoted(answer).at(-1), `trade.confirmation: seller_available ${desk.seller} / party_receivable ${desk.seller} 3.00 CNY`)
})

t.test('a time of shipment that has passed is now; silence confirms when the settings of the tenant say', async (t) => {
  const desk = new TradeDesk()
  desk.books.settings = { ...DEFAULT_SETTINGS, auto_confirm_ms: { ...DEFAULT_SETTINGS.auto_confirm_ms, express: HOUR_MS } }
  const { lines: [line] } = quote(desk, desk.propose([{}]), { shipAt: new Date(0) })
  t.strictSame(line?.earliest_release, { by_buyer: '2026-01-31T08:00:00.000Z', by_silence: '2026-01-31T09:00:00.000Z' })
  const trade = desk.ship(desk.pay(desk.open()))
  desk.wait(HOUR_MS - 1)
  t.throws(() => desk.sweep(trade, line?.earliest_release.by_silence ?? ''), 'not a moment earlier')
  desk.wait(1)
  t.equal(desk.sweep(trade, line?.earliest_release.by_silence ?? ''), 1)
})

t.test('a quote of a member tells how many others its group takes, and what it posts once that is full: to the unit what a member posts then', async (t) => {
  const desk = new TradeDesk()
  const [partner = ''] = desk.partners
  const group = desk.gather({ size: 4 })
  desk.pay(desk.join(group))
  const before = contentOf(desk)
  const line: LineTerms = { quantity: 2, shipping: '3.00', commission_rate: '0.05', splits: [{ partner, rate: '0.10' }] }
  const shipAt = new Date(desk.books.now.getTime() + DAY_MS / 2)
  const answer = quote(desk, { ...desk.propose([line]), group: group.id }, { shipAt })
  t.match(answer, {
    total: '23.00', amount_due: '23.00', commission: '1.00', splits: [{ party: partner, amount: '2.00' }], sellers: [{ party: desk.seller, amount: '20.00' }],
    group: { id: group.id, others: 2, fill_by: group.fill_by },
    lines: [{ earliest_release: { by_buyer: '2026-01-31T20:00:00.000Z', by_silence: '2026-02-10T20:00:00.000Z' } }]
  })
  t.strictSame(answer.steps.map(({ action, at, transactions }) => [action, at, transactions.length]), [
    ['create', '2026-01-31T08:00:00.000Z', 0],
    ['pay', '2026-01-31T08:00:00.000Z', 1],
    ['fill', '2026-01-31T08:00:00.000Z', 0],
    ['ship', '2026-01-31T20:00:00.000Z', 0],
    ['confirm', '2026-01-31T20:00:00.000Z', 1]
  ])
  t.equal(contentOf(desk), before)
  t.match(desk.books.rows(GROUPS), [{ state: 'open', seats: 1 }])
  const had = desk.books.transactions.length
  const member = desk.pay(desk.join(group, line))
  for (let others = 2; others > 0; others -= 1) desk.fill(member)
  desk.wait(DAY_MS / 2)
  desk.confirm(desk.ship(member))
  const ofMember = desk.books.transactions.slice(had).filter(({ subject }) => subject === member.id)
  t.strictSame(quoted(answer), posted(ofMember))
})

t.test('a quote of a member who would take the last seat fills its group; without a group there is none', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather()
  desk.pay(desk.join(group))
  const answer = quote(desk, { ...desk.propose([{}]), group: group.id })
  t.match(answer.group, { id: group.id, others: 0 })
  t.strictSame(answer.steps.map(({ action }) => action), ['create', 'pay', 'ship', 'confirm'])
  t.match(desk.books.rows(GROUPS), [{ state: 'open', seats: 1 }])
  t.equal(quote(desk, desk.propose([{}])).group, null)
})

t.test('a quote of a member is refused what joining is refused', async (t) => {
  const desk = new TradeDesk()
  const group = desk.gather()
  const attempts: ReadonlyArray<readonly [string, ReturnType<TradeDesk['propose']>]> = [
    ['unknown_group', { ...desk.propose([{}]), group: 'grp_01kaj6n8k2f5rvt4r9e8q7m3zd' }],
    ['group_offer_differs', { ...desk.propose([{ unit_price: '9.99' }]), group: group.id }],
    ['group_offer_differs', { ...desk.propose([{}, {}]), group: group.id }]
  ]
  for (const [code, proposed] of attempts) {
    t.equal(codeOf(() => quote(desk, proposed)), code)
    t.equal(codeOf(() => desk.books.submit(createTrade(origin(), parseTerms(proposed)))), code, 'as joining it')
  }
  desk.wait(DAY_MS)
  t.equal(codeOf(() => quote(desk, { ...desk.propose([{}]), group: group.id })), 'group_decided', 'whether or not its timer came')
})

t.test('a quote is refused what opening the trade is refused', async (t) => {
  const desk = new TradeDesk()
  const stranger = 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd'
  const [partner = ''] = desk.partners
  desk.books.submit(createTrade(origin(), parseTerms(desk.propose([{}], 'CNY', 'TAKEN'))))
  const refused: ReadonlyArray<readonly [string, ReturnType<TradeDesk['propose']>]> = [
    ['external_ref_taken', desk.propose([{}], 'CNY', 'TAKEN')],
    ['unknown_party', desk.propose([{ seller: stranger }])],
    ['unknown_party', { ...desk.propose([{}]), buyer: stranger }],
    ['wrong_party_kind', desk.propose([{ seller: desk.buyer }])],
    ['unknown_currency', desk.propose([{}], 'XXX')],
    ['invalid_amount', desk.propose([{ unit_price: '1.999' }])],
    ['terms_exceed_price', desk.propose([{ commission_rate: '1', splits: [{ partner, rate: '0.1' }] }])],
    ['amount_too_large', desk.propose([{ quantity: 1_000_000, unit_price: '9999999999' }])]
  ]
  for (const [code, proposed] of refused) {
    t.equal(codeOf(() => quote(desk, proposed)), code)
    t.equal(codeOf(() => desk.books.submit(createTrade(origin(), parseTerms(proposed)))), code, 'as opening it')
  }
  const { external_ref: _, ...unnamed } = desk.propose([{}])
  t.equal(codeOf(() => quote(desk, unnamed)), 'answered', 'without a reference none can be taken')
})

const terms = fc.record({
  lines: fc.array(command.map(({ lines: [line] }) => line), { minLength: 1, maxLength: 3 }),
  currency: fc.constantFrom('CNY', 'KRW', 'KWD'),
  feeBase: fc.constantFrom('price' as const, 'price_and_shipping' as const),
  debts: fc.array(fc.record({ party: fc.nat(4), amount: fc.integer({ min: 1, max: 20_000 }) }), { maxLength: 3 }),
  shipAfterMs: fc.integer({ min: 0, max: 5 * DAY_MS })
})

t.test(`${RUNS} times: what a quote says of any terms is, to the unit, what opening, paying, shipping and confirming the trade then posts`, async (t) => {
  let answered = 0
  fc.assert(fc.property(terms, ({ lines, currency, feeBase, debts, shipAfterMs }) => {
    const desk = new TradeDesk()
    desk.books.settings = { ...DEFAULT_SETTINGS, fee_base: feeBase }
    const parties = [desk.seller, desk.other, ...desk.partners]
    for (const { party, amount } of debts) {
      desk.books.submit(owe(origin(), { party: parties[party] ?? '', role: party < 2 ? 'seller' : 'partner', unit: currency, amount: BigInt(amount) }))
    }
    const proposed = desk.propose(lines.map((line) => lineOf(desk, line, currency)), currency)
    const shipAt = new Date(desk.books.now.getTime() + shipAfterMs)
    const [answer, code] = attempt(() => quote(desk, proposed, { shipAt }))
    const before = desk.books.transactions.length
    const [opened, realCode] = attempt(() => desk.books.submit(createTrade(origin(), parseTerms(proposed))))
    if (code !== realCode) throw new Error(`the quote is ${code}, the trade ${realCode}`)
    if (answer === null || opened === null) return
    answered += 1
    const paid = desk.pay(opened)
    desk.wait(shipAfterMs)
    const shipped = desk.ship(paid)
    attestAll(desk, shipped)
    if (lines.some((_, place) => standsAt(desk, shipped).lines[place]?.state === 'shipped')) desk.confirm(shipped)
    const confirmed = standsAt(desk, shipped)
    const real = posted(desk.books.transactions.slice(before))
    if (quoted(answer).join('\n') !== real.join('\n')) throw new Error(`quoted\n${quoted(answer).join('\n')}\nposted\n${real.join('\n')}`)
    if (confirmed.released !== answer.total || opened.amount_due !== answer.amount_due) throw new Error('a wrong total')
    const silence = answer.lines.map(({ earliest_release: { by_silence: time } }) => time)
    if (silence.join() !== shipped.lines.map(({ confirm_by: time }) => time).join()) throw new Error('a wrong time')
  }), { numRuns: RUNS })
  t.ok(answered > RUNS / 2, `${answered} of them were trades that can be opened`)
})

function lineOf (desk: TradeDesk, line: LineDraft | undefined, currency: string): LineTerms {
  if (line === undefined) return {}
  const money = (minor: number): string => formatAmount(BigInt(minor), unitOf(currency))
  return {
    seller: line.seller === 0 ? desk.seller : desk.other,
    quantity: line.quantity,
    unit_price: money(line.price),
    shipping: money(line.shipping),
    fulfilment: FULFILMENTS[line.fulfilment] ?? 'mail',
    commission_rate: (line.rate / 1000).toFixed(3),
    splits: line.splits.map(({ partner, share, fixed }) => fixed
      ? { partner: desk.partners[partner] ?? '', amount: money(1 + share % 50) }
      : { partner: desk.partners[partner] ?? '', rate: `0.${String(share).padStart(3, '0')}` }),
    ...line.release === null ? {} : { release: proposedRelease(line.release) }
  }
}

/** The trade as it is by now. */
function standsAt (desk: TradeDesk, { id }: TradeJson): TradeJson {
  const row = desk.books.rows(TRADES).find((trade) => externalId('trd', trade.id) === id)
  if (row === undefined) throw new Error('no such trade')
  return showTrade(row)
}

/** Attests whatever lines wait for, line by line and milestone by milestone. */
function attestAll (desk: TradeDesk, trade: TradeJson): void {
  for (const [place, { id: line, release_conditions: milestones }] of trade.lines.entries()) {
    for (const [index, { milestone, facts }] of milestones.entries()) {
      for (const kind of ATTESTATION_KINDS) {
        const isOpen = standsAt(desk, trade).lines[place]?.release_conditions[index]?.met === false
        if (isOpen && facts.some(({ fact }) => fact === kind)) desk.attest(trade, { line, milestone, kind })
      }
    }
  }
}

/** What an attempt answers, and the code of its refusal or `answered`. */
function attempt<Answer> (run: () => Answer): [Answer | null, string] {
  try {
    return [run(), 'answered']
  } catch (error) {
    if (error instanceof Refusal) return [null, error.code]
    throw error
  }
}
