import type { OrderRow, RawOrder } from './csv.ts'
import type { Finding, Note } from './findings.ts'
import { showCents } from './money.ts'
import { distinct, goodsOf, payable, type Goods, type NoTrade, type Payment } from './order-rows.ts'
import { passed, timesOf, type OrderTimes, type Stage } from './order-times.ts'
import type { Plan, Step } from './plan.ts'

/** How a played order should end. Amounts are cents of BRL. */
export interface Expectation {
  /** The trade's state; null where no trade is possible. */
  readonly state: string | null
  readonly total: bigint
  readonly paid: bigint
  readonly held: bigint
  readonly released: bigint
  readonly refunded: bigint
  readonly suspense: bigint
}

/** An order as it will be played, and everything that is odd about it. */
export interface OrderPlan extends Plan {
  readonly status: string
  readonly expected: Expectation
  readonly findings: readonly Finding[]
  /** Whether it ends in the state that its status in the file asks for. */
  readonly asTheDataSays: boolean
}

/** The file's statuses: how far an order came, or that it was called off. */
const STATUSES: Readonly<Record<string, Stage | 'cancelled'>> = {
  created: 'unpaid',
  approved: 'paid',
  processing: 'paid',
  invoiced: 'paid',
  shipped: 'shipped',
  delivered: 'delivered',
  canceled: 'cancelled',
  unavailable: 'cancelled'
}

const STATES: Readonly<Record<Stage, string>> = {
  unpaid: 'awaiting_payment', paid: 'awaiting_shipment', shipped: 'awaiting_confirmation', delivered: 'completed'
}

/**
 * Turns the rows of one order into steps to play. The status decides how far it goes, its times only date the steps; a payment happened
 * whatever the status says, so each one is played. Whatever the rows make impossible is in `findings`, with what is done about it.
 */
export function planOrder (raw: RawOrder): OrderPlan {
  const findings: Finding[] = []
  const note: Note = (code, reason, done) => { findings.push({ code, reason, done }) }
  const row = distinct(raw.rows, () => raw.id, 'order', note)[0] ?? null
  const items = distinct(raw.items, (item) => item.ref, 'item', note)
  const payments = payable(distinct(raw.payments, (payment) => payment.sequence, 'payment', note), note)
  const paid = payments.reduce((sum, payment) => sum + payment.cents, 0n)
  const goods = goodsOf(row, items)
  const plan = 'code' in goods ? planStrays(raw.id, { row, payments, paid, why: goods }, note) : planTrade(raw.id, { ...goods, payments, paid }, note)
  return { ref: raw.id, status: row?.status ?? '', findings, ...plan }
}

type Planned = Pick<OrderPlan, 'trade' | 'steps' | 'expected' | 'asTheDataSays'>

interface Sums {
  readonly paid: bigint
  readonly total: bigint
}

interface Tradable extends Goods {
  readonly payments: readonly Payment[]
  readonly paid: bigint
}

function planTrade (id: string, { row, lines, payments, ...sums }: Tradable, note: Note): Planned {
  const goal = goalOf(row, note)
  const end = reachable(goal, sums, note)
  noteContradictions(row, goal, note)
  const stage = end === 'cancelled' || end === 'unpaid' ? (sums.paid > 0n ? 'paid' : 'unpaid') : end
  const times = timesOf(row, stage, note)
  const expected = expectedEnd(end, sums)
  return {
    trade: { buyer: { kind: 'buyer', ref: row.customer, name: `Customer ${row.customer.slice(0, 8)}` }, currency: 'BRL', lines },
    steps: [...payments.map((payment): Step => ({ kind: 'payment', ...paymentFacts(id, payment, times) })), ...stepsTo(end, { row, times, ...sums })],
    expected,
    asTheDataSays: saysTheData(row.status, expected.state)
  }
}

interface Strays {
  readonly row: OrderRow | null
  readonly payments: readonly Payment[]
  readonly paid: bigint
  readonly why: NoTrade
}

/** Payments happened even where there is no trade: they wait in suspense until somebody finds out whose they are. */
function planStrays (id: string, { row, payments, paid, why }: Strays, note: Note): Planned {
  note(why.code, why.reason, payments.length > 0 ? 'no trade is made; its payments wait in suspense' : 'no trade is made')
  const times = row === null ? null : timesOf(row, 'unpaid', note)
  return {
    trade: null,
    steps: payments.map((payment) => ({ kind: 'unknown_payment', tradeRef: id, currency: 'BRL', ...paymentFacts(id, payment, times) })),
    expected: { state: null, total: 0n, paid: 0n, held: 0n, released: 0n, refunded: 0n, suspense: paid },
    asTheDataSays: false
  }
}

function goalOf (row: OrderRow, note: Note): Stage | 'cancelled' {
  const goal = STATUSES[row.status]
  if (goal === undefined) note('unknown_status', `its status is "${row.status}"`, 'paid as far as its payments go, and left there')
  return goal ?? 'paid'
}

/** How far the money lets an order go: nothing is shipped before it is paid in full. */
function reachable (goal: Stage | 'cancelled', { paid, total }: Sums, note: Note): Stage | 'cancelled' {
  const facts = `${showCents(paid)} paid of ${showCents(total)}`
  if (paid > total) note('paid_over', `${facts}, ${showCents(paid - total)} too much`, 'the surplus waits in suspense')
  if (paid < total) {
    const waits = goal !== 'cancelled'
    if (paid === 0n) note('no_payments', `nothing paid of ${showCents(total)}`, waits ? 'the trade waits for its payment' : 'the trade closes unpaid')
    else note('paid_short', `${facts}, ${showCents(total - paid)} short`, waits ? 'the trade waits for the rest' : 'the trade closes unpaid, what was paid goes back')
  }
  if (goal === 'cancelled') return 'cancelled'
  if (paid < total) return 'unpaid'
  if (goal !== 'unpaid') return goal
  note('status_behind', `its status says nobody paid, but ${facts}`, 'its payments count')
  return 'paid'
}

/** Whether an order was on its way, so that it could not simply be cancelled. */
function wasHandedOver ({ carrierAt, deliveredAt }: OrderRow): boolean {
  return carrierAt !== '' || deliveredAt !== ''
}

function noteContradictions (row: OrderRow, goal: Stage | 'cancelled', note: Note): void {
  if (goal === 'cancelled') {
    if (wasHandedOver(row)) {
      note('cancelled_after_shipping', `${row.status}, but handed over at ${row.carrierAt === '' ? 'an unknown time' : row.carrierAt}`,
        row.deliveredAt === '' ? 'what is paid is shipped, and its money goes back' : 'what is paid is shipped, and goods and money go back')
    }
    return
  }
  const done = 'its status decides'
  if (!passed(goal, 'delivered') && row.deliveredAt !== '') note('status_behind', `${row.status}, but delivered at ${row.deliveredAt}`, done)
  if (!passed(goal, 'shipped') && row.carrierAt !== '') note('status_behind', `${row.status}, but handed over at ${row.carrierAt}`, done)
}

function paymentFacts (orderId: string, payment: Payment, times: OrderTimes | null) {
  return {
    name: `payment:${payment.sequence}`,
    amount: showCents(payment.cents),
    provider: payment.provider,
    providerRef: `${orderId}:${payment.sequence}`,
    ...at(times?.paidAt ?? null)
  }
}

function stepsTo (end: Stage | 'cancelled', { row, times, paid, total }: { readonly row: OrderRow, readonly times: OrderTimes } & Sums): Step[] {
  if (end === 'cancelled') {
    if (row.status === 'unavailable') return [{ kind: 'cancellation', name: 'cancellation', by: 'seller', ...at(times.latestAt) }]
    return paid < total ? [{ kind: 'cancellation', name: 'cancellation', by: 'platform', ...at(times.latestAt) }] : stepsBack(row, times)
  }
  const steps: Step[] = []
  if (passed(end, 'shipped')) steps.push({ kind: 'shipment', name: 'shipment', ...at(times.shippedAt) })
  if (passed(end, 'delivered')) steps.push({ kind: 'confirmation', name: 'confirmation', ...at(times.deliveredAt) })
  return steps
}

/** A cancelled order whose money goes back as a refund case: before it was handed over, on its way, or when it had come. */
function stepsBack (row: OrderRow, { shippedAt, latestAt }: OrderTimes): Step[] {
  const shipment: Step[] = wasHandedOver(row) ? [{ kind: 'shipment', name: 'shipment', ...at(shippedAt) }] : []
  const refund: Step = { kind: 'refund', name: 'refund', goods: row.deliveredAt === '' ? 'kept' : 'returned', sellerAgreed: true, ...at(latestAt) }
  if (row.deliveredAt === '') return [...shipment, refund]
  return [...shipment, refund, { kind: 'return_shipment', name: 'return-shipment' }, { kind: 'return_receipt', name: 'return-receipt', ...at(latestAt) }]
}

function at (time: string | null): { occurredAt?: string } {
  return time === null ? {} : { occurredAt: time }
}

function expectedEnd (end: Stage | 'cancelled', { paid, total }: Sums): Expectation {
  const taken = paid < total ? paid : total
  const sums = { total, paid: taken, held: 0n, released: 0n, refunded: 0n, suspense: paid - taken }
  if (end === 'cancelled') return { ...sums, state: taken < total ? 'closed_unpaid' : 'closed_refunded', refunded: taken }
  return end === 'delivered' ? { ...sums, state: STATES[end], released: taken } : { ...sums, state: STATES[end], held: taken }
}

function saysTheData (status: string, state: string | null): boolean {
  const goal = STATUSES[status]
  if (goal === undefined || state === null) return false
  return goal === 'cancelled' ? state.startsWith('closed_') : state === STATES[goal]
}
