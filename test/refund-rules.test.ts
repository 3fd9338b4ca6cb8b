import fc from 'fast-check'
import t from 'tap'
import { recordPayment } from '../src/escrow/payments/record-payment.ts'
import { returnPayment } from '../src/escrow/payments/return-payment.ts'
import { OUTCOME_AFTER, REPORTS, type Report } from '../src/escrow/refunds/attempt-report.ts'
import { REFUND_STATUSES, type RefundStatus } from '../src/escrow/refunds/refund.ts'
import { REFUNDS } from '../src/escrow/refunds/refund-rows.ts'
import type { RefundAnswer } from '../src/escrow/refunds/show-refund.ts'
import { externalId, internalId } from '../src/kernel/ids.ts'
import { origin } from './support/memory-books.ts'
import { RefundDesk, type AttemptWord } from './support/refund-desk.ts'
import { codeOf, refusalOf } from './support/trade-desk.ts'

/** How a refund comes into each status, by its attempt R1. */
const INTO_STATUS: Readonly<Record<RefundStatus, string>> = {
  payable: '',
  sent: 'sending R1',
  failed: 'failure R1',
  succeeded: 'success R1',
  bounced: 'success R1, bounce R1',
  charged_back: 'failure R1, chargeback C1'
}

const OUT = 'refund_payable / provider_clearing'
const BACK = 'provider_clearing / refund_payable'
const BANK_OUT = 'refund_payable / bank_safeguarding'
const BANK_BACK = 'bank_safeguarding / refund_payable'
const EXCESS = 'unidentified_debits / provider_clearing'
const EXCESS_BACK = 'provider_clearing / unidentified_debits'
const BANK_EXCESS = 'unidentified_debits / bank_safeguarding'
const BANK_EXCESS_BACK = 'bank_safeguarding / unidentified_debits'

/** The whole table: for each status and report, what becomes of the refund and what posts, by the attempt it is told of. `=`: nothing changes. */
const TABLE: Readonly<Record<RefundStatus, Readonly<Record<Report, Readonly<Record<string, string>>>>>> = {
  payable: {
    sending: { R1: 'sent', B1: 'sent' },
    failure: { R1: 'failed', B1: 'failed' },
    success: { R1: `succeeded: ${OUT}`, B1: `succeeded: ${BANK_OUT}` },
    bounce: { R1: `bounced: ${OUT}, ${BACK}`, B1: `bounced: ${BANK_OUT}, ${BANK_BACK}` }
  },
  sent: {
    sending: { R1: '=', R2: 'refund_under_way', X1: 'refund_under_way', B1: 'sent' },
    failure: { R1: 'failed', R2: 'sent', B1: 'sent' },
    success: { R1: `succeeded: ${OUT}`, R2: `succeeded: ${OUT}`, B1: `succeeded: ${BANK_OUT}` },
    bounce: { R1: `bounced: ${OUT}, ${BACK}`, R2: `sent: ${OUT}, ${BACK}`, B1: `sent: ${BANK_OUT}, ${BANK_BACK}` }
  },
  failed: {
    sending: { R1: '=', R2: 'sent', B1: 'sent' },
    failure: { R1: '=', R2: 'failed', B1: 'failed' },
    success: { R1: `succeeded: ${OUT}`, R2: `succeeded: ${OUT}`, B1: `succeeded: ${BANK_OUT}` },
    bounce: { R1: `bounced: ${OUT}, ${BACK}`, R2: `bounced: ${OUT}, ${BACK}`, B1: `bounced: ${BANK_OUT}, ${BANK_BACK}` }
  },
  succeeded: {
    sending: { R1: '=', R2: 'refund_settled', B1: 'refund_settled' },
    failure: { R1: '=', R2: 'succeeded', B1: 'succeeded' },
    success: { R1: '=', R2: `succeeded: ${EXCESS}`, B1: `succeeded: ${BANK_EXCESS}` },
    bounce: { R1: `bounced: ${BACK}`, R2: `succeeded: ${EXCESS}, ${EXCESS_BACK}`, B1: `succeeded: ${BANK_EXCESS}, ${BANK_EXCESS_BACK}` }
  },
  bounced: {
    sending: { R1: '=', R2: 'sent', B1: 'sent' },
    failure: { R1: '=', R2: 'bounced', B1: 'bounced' },
    success: { R1: '=', R2: `succeeded: ${OUT}`, B1: `succeeded: ${BANK_OUT}` },
    bounce: { R1: '=', R2: `bounced: ${OUT}, ${BACK}`, B1: `bounced: ${BANK_OUT}, ${BANK_BACK}` }
  },
  // The provider took the payment back before the refund left: whatever leaves now is not owed.
  charged_back: {
    sending: { R1: '=', R2: 'refund_settled', B1: 'refund_settled' },
    failure: { R1: '=', R2: 'charged_back', B1: 'charged_back' },
    success: { R1: `charged_back: ${EXCESS}`, R2: `charged_back: ${EXCESS}`, B1: `charged_back: ${BANK_EXCESS}` },
    bounce: { R1: `charged_back: ${EXCESS}, ${EXCESS_BACK}`, R2: `charged_back: ${EXCESS}, ${EXCESS_BACK}`, B1: `charged_back: ${BANK_EXCESS}, ${BANK_EXCESS_BACK}` }
  }
}

function outcomeOf (desk: RefundDesk, report: Report, word: AttemptWord): string {
  const [transactions, events] = [desk.books.transactions.length, desk.books.events.length]
  const before = desk.books.rows(REFUNDS).at(-1)
  const answers: RefundAnswer[] = []
  const code = codeOf(() => answers.push(desk.tell(report, word)))
  const posted = desk.books.transactions.length > transactions ? desk.lastPostings().map((posting) => posting.replace(' 10.00', '')).join(', ') : ''
  const isSame = desk.books.rows(REFUNDS).at(-1) === before
  if (isSame && (posted !== '' || desk.books.events.length > events)) throw new Error('nothing changed, and yet something was written')
  const [answer] = answers
  if (answer === undefined) return code
  return isSame ? '=' : answer.status + (posted === '' ? '' : `: ${posted}`)
}

for (const status of REFUND_STATUSES) {
  for (const report of REPORTS) {
    t.test(`${report} told of a refund that is ${status} has one outcome, by the attempt it is told of`, async (t) => {
      for (const [word, expected] of Object.entries(TABLE[status][report])) {
        const desk = new RefundDesk()
        desk.tellAll(INTO_STATUS[status])
        t.equal(outcomeOf(desk, report, word as AttemptWord), expected, word)
        // Told a second time it changes nothing, unless it was refused.
        t.equal(outcomeOf(desk, report, word as AttemptWord), expected.startsWith('refund_') ? expected : '=', `${word} again`)
        const isOver = ['succeeded', 'charged_back'].includes(desk.books.rows(REFUNDS).at(-1)?.status ?? '')
        t.equal(desk.pending(), isOver ? '0.00' : '10.00', 'pending until it has left, or the provider took it')
        t.equal(desk.holds('refund_payable', desk.id), isOver ? '0.00' : '10.00')
      }
    })
  }
}

t.test('an outcome only ever gives way to a stronger one', async (t) => {
  const strength = ['untold', 'sent', 'failed', 'succeeded', 'bounced']
  for (const [before, row] of Object.entries(OUTCOME_AFTER)) {
    for (const [report, after] of Object.entries(row)) {
      t.ok(strength.indexOf(after) >= strength.indexOf(before), `${before}, ${report}`)
      for (const other of REPORTS) t.equal(OUTCOME_AFTER[after][other], OUTCOME_AFTER[row[other]][report as Report], 'whichever comes first')
    }
  }
})

const facts = fc.array(fc.record({
  report: fc.constantFrom('success' as const, 'failure' as const, 'bounce' as const),
  word: fc.constantFrom<AttemptWord>('R1', 'R2', 'X1', 'B1')
}), { minLength: 1, maxLength: 12 })

t.test('late, doubled and reordered reports of any attempts lead to the same outcomes and the same money', async (t) => {
  const afterAll = (reports: ReadonlyArray<{ readonly report: Report, readonly word: AttemptWord }>): object => {
    const desk = new RefundDesk()
    for (const { report, word } of reports) desk.tell(report, word)
    const refund = desk.books.rows(REFUNDS).at(-1)
    const places = ['provider_clearing sandbox', 'provider_clearing express', 'bank_safeguarding main'] as const
    const lost = (['sandbox', 'express', 'main'] as const).reduce((sum, owner) => sum + Number(desk.holds('unidentified_debits', owner)), 0)
    return {
      status: refund?.status,
      attempts: refund?.attempts.map(({ reference, outcome }) => `${reference} ${outcome}`).sort(),
      pending: desk.pending(),
      payable: desk.holds('refund_payable', desk.id),
      money: places.map((place) => desk.holds(...place.split(' ') as ['provider_clearing', string])),
      lost
    }
  }
  fc.assert(fc.property(facts.chain((reports) => fc.tuple(fc.constant(reports), fc.shuffledSubarray([...reports, ...reports], { minLength: 2 * reports.length }))), ([reports, shuffled]) => {
    const [once, again] = [JSON.stringify(afterAll(reports)), JSON.stringify(afterAll(shuffled))]
    if (once !== again) throw new Error(`${once}, but shuffled ${again}`)
  }), { numRuns: 300 })
  t.pass('no counter-example')
})

t.test('a refund re-routed to the bank, and then the original succeeds too: nothing is refused, and finance is called', async (t) => {
  const desk = new RefundDesk()
  desk.tell('sending', 'R1')
  desk.tell('sending', 'B1')
  t.match(desk.tell('success', 'B1'), { status: 'succeeded', paid_twice: false })
  t.match(desk.tell('success', 'R1'), { status: 'succeeded', paid_twice: true, attempts: [{ reference: 'R1', excess: true }, { reference: 'B1', excess: false }] })
  t.strictSame(desk.lastPostings(), ['unidentified_debits / provider_clearing 10.00'])
  t.strictSame(desk.lastEvents(2), ['refund.succeeded', 'refund.paid_twice'])
  t.match(desk.books.events.at(-1), { subject: desk.id, data: { trade: desk.trade.id, amount: '10.00', account: 'sandbox', reference: 'R1' } })
  t.equal(desk.holds('unidentified_debits', 'sandbox'), '10.00')
  t.equal(desk.pending(), '0.00', 'it left once for the trade')
})

t.test('of a refund that was paid twice either payment may come back: what is left is one', async (t) => {
  for (const word of ['R1', 'B1'] as const) {
    const desk = new RefundDesk()
    desk.tellAll('success R1, success B1')
    t.match(desk.tell('bounce', word), { status: 'succeeded', paid_twice: false })
    t.strictSame(desk.lastPostings(), [`${word === 'R1' ? 'provider_clearing' : 'bank_safeguarding'} / unidentified_debits 10.00`])
    t.equal(desk.holds('unidentified_debits', 'main'), '0.00')
    t.equal(desk.pending(), '0.00')
    t.match(desk.tell('bounce', word === 'R1' ? 'B1' : 'R1'), { status: 'bounced', paid_twice: false })
    t.equal(desk.holds('refund_payable', desk.id), '10.00')
    t.equal(desk.pending(), '10.00')
  }
})

t.test('what was paid twice and settled by hand comes back all the same: as a difference', async (t) => {
  const desk = new RefundDesk()
  desk.tellAll('success R1, success X1')
  const [loss, debits] = [{ class: 'bad_debt_expense', owner: '', unit: 'CNY' }, { class: 'unidentified_debits', owner: 'express', unit: 'CNY' }] as const
  desk.books.submit({
    ...origin(), name: 'test.write_off', lane: 'request', weight: 1, accounts: () => [loss, debits],
    decide: (books) => books.post({ kind: 'test.write_off', subject: '', postings: [{ debit: loss, credit: debits, amount: 600n }] })
  })
  t.match(desk.tell('bounce', 'X1'), { status: 'succeeded', paid_twice: false })
  t.strictSame(desk.lastPostings(), ['provider_clearing / unidentified_debits 4.00', 'provider_clearing / recon_difference 6.00'])
})

t.test('the refund succeeds though its seller has nothing left', async (t) => {
  const desk = new RefundDesk()
  t.equal(desk.holds('seller_available', desk.seller), '0.00')
  t.match(desk.tell('success', 'R1'), { status: 'succeeded' })
  t.equal(desk.holds('provider_clearing', 'sandbox'), '0.00')
})

t.test('a provider may pay out more than we know it holds', async (t) => {
  const desk = new RefundDesk()
  t.match(desk.tell('success', 'X1'), { status: 'succeeded' })
  t.equal(desk.holds('provider_clearing', 'express'), '-10.00')
})

t.test('each piece of news has its event, with the status it leads to', async (t) => {
  const desk = new RefundDesk()
  for (const [report, word, type] of [
    ['sending', 'R1', 'refund.sent'], ['failure', 'R1', 'refund.failed'], ['success', 'R1', 'refund.succeeded'], ['bounce', 'R1', 'refund.bounced'], ['bounce', 'B1', 'refund.bounced']
  ] as const) {
    const { status } = desk.tell(report, word)
    t.match(desk.books.events.at(-1), { type, subject: desk.id, data: { status, currency: 'CNY' } })
  }
})

t.test('the reason of the first failure stays, a success has none, a bounce may have one', async (t) => {
  const desk = new RefundDesk()
  desk.tell('failure', 'R1', { reason: 'account_closed' })
  t.match(desk.tell('failure', 'R1', { reason: 'other' }), { attempts: [{ reason: 'account_closed' }] })
  t.match(desk.tell('success', 'R1'), { attempts: [{ reason: null }] })
  t.match(desk.tell('bounce', 'R1', { reason: 'too_old' }), { attempts: [{ reason: 'too_old' }] })
})

t.test('money moves at the provider\'s time, and the history tells both times', async (t) => {
  const desk = new RefundDesk()
  const occurredAt = new Date('2026-01-30T00:00:00.000Z')
  desk.tell('sending', 'R1')
  desk.wait(1000)
  const refund = desk.tell('success', 'R1', { occurredAt })
  t.match(refund.attempts, [{ occurred_at: '2026-01-30T00:00:00.000Z', decided_at: '2026-01-31T08:00:01.000Z', created_at: '2026-01-31T08:00:00.000Z' }])
  t.same(desk.books.transactions.at(-1)?.occurredAt, occurredAt)
  t.match(desk.books.transactions.at(-1), { kind: 'refund.success', subject: desk.id })
})

t.test('one reference is an attempt of one refund, by its provider or bank account', async (t) => {
  const desk = new RefundDesk()
  desk.cancel(desk.pay(desk.open()))
  const other = externalId('rfd', desk.books.rows(REFUNDS).at(-1)?.id ?? '')
  desk.tell('sending', 'R1')
  for (const report of REPORTS) t.equal(codeOf(() => desk.tell(report, 'R1', { id: other })), 'refund_reference_taken', report)
  t.equal(codeOf(() => desk.tell('success', 'X1', { id: other })), 'answered')
})

t.test('a refund of money that was never a trade\'s leaves in the same way', async (t) => {
  const desk = new RefundDesk()
  const payment = desk.books.submit(recordPayment(origin(), { provider: 'sandbox', providerRef: 'W', amount: '7.00', currency: 'CNY', occurredAt: null }, null))
  desk.books.submit(returnPayment(origin(), internalId('pay', payment.id), '4.00'))
  const id = externalId('rfd', desk.books.rows(REFUNDS).at(-1)?.id ?? '')
  t.match(desk.tell('success', 'R1', { id }), { status: 'succeeded', trade: null, payment: payment.id, amount: '4.00' })
  t.match(desk.tell('bounce', 'R1', { id }), { status: 'bounced' })
  t.equal(desk.pending(), '10.00', 'the trade\'s own refund is still there')
})

t.test('a refund that was tried a hundred times is not tried again; but it may leave', async (t) => {
  const desk = new RefundDesk()
  for (let number = 0; number < 100; number++) desk.tell('failure', `R${number}`)
  for (const report of ['sending', 'failure'] as const) t.match(refusalOf(() => desk.tell(report, 'R100')), { code: 'too_many_attempts', facts: { current_state: 'failed' } })
  t.equal(codeOf(() => desk.tell('failure', 'R7')), 'answered', 'what is known may be told again')
  t.match(desk.tell('success', 'R100'), { status: 'succeeded' })
})

t.test('nobody can tell of a refund that is not there', async (t) => {
  const desk = new RefundDesk()
  t.equal(codeOf(() => desk.tell('success', 'R1', { id: 'rfd_01kaj6n8k2f5rvt4r9e8q7m3zd' })), 'not_found')
})
