import type { Books } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount, parsePositiveAmount } from '../../kernel/money.ts'
import type { RefusalCode } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Payment } from '../../escrow/payments/payment-rows.ts'
import { undeclaredOf } from '../../escrow/trade/declared.ts'
import type { DeclaredPart } from '../../escrow/trade/declared-part.ts'
import { refuseAt } from '../../escrow/trade/named-lines.ts'
import { illegalInState, requireNotFrozen, tradeState, type TradeState } from '../../escrow/trade/states.ts'
import type { Trade } from '../../escrow/trade/trade.ts'
import type { TradeCustoms } from '../trades/trade-customs.ts'
import { DECLARATIONS_MAX, type Declaration } from './declaration.ts'
import { DECLARATIONS, orderClaim, requestClaim } from './declaration-rows.ts'
import { firstMessage } from './next-message.ts'
import type { Jurisdiction } from './states.ts'
import { appendDeclarationEvent } from './tell-declaration.ts'
import { textOf } from './xml/element-rules.ts'

/** Whom a payment is declared to, and who sells: the same for all parts of it. */
export interface Addressee {
  readonly jurisdiction: Jurisdiction
  readonly customs: string
  readonly merchantCode: string
  readonly merchantName: string
  /** A merchant without a platform is his own. */
  readonly platformCode: string
  readonly platformName: string
}

/** A payment, or a part of one, that is to be declared. `pointer` says where the request has it. */
export interface WantedPart {
  readonly requestId: string
  /** A decimal string; null means all that is left of the payment. */
  readonly amount: string | null
  readonly subOrder: string | null
  readonly pointer: string
}

/** What a declaration is made of. */
export interface Declaring {
  readonly addressee: Addressee
  readonly payment: Payment
  readonly parties: TradeCustoms
  readonly keyId: string
}

const STATES: readonly TradeState[] = ['awaiting_shipment', 'partially_shipped', 'awaiting_confirmation', 'completed']
/** What customs has place for. */
const NUMBER = textOf(1, 60)

/** Refuses `illegal_in_state` for a trade that is not paid in full or is over, and `chargeback_open` while a provider may take its money back. */
export function requireDeclarable (trade: Trade): void {
  if (!STATES.includes(tradeState(trade))) throw illegalInState(trade, `What is declared is paid and not given back: this trade is ${tradeState(trade)}.`)
  requireNotFrozen(trade)
}

/**
 * Declares a part of a payment, and answers the trade with it, which the caller saves. Refuses, with a pointer, `not_declarable`, `too_many_declarations`, `declaration_known`,
 * `duplicate_at_customs`, `invalid_amount` and `amount_exceeds_payment`.
 */
export function openDeclaration (books: Books, trade: Trade, { addressee, payment, parties, keyId }: Declaring, part: WantedPart): { readonly trade: Trade, readonly declaration: Declaration } {
  const { jurisdiction, platformCode } = addressee
  const refuse = (code: RefusalCode, member: string, detail: string): Error => refuseAt(code, `${part.pointer}${member}`, detail)
  if (jurisdiction === 'CN' && trade.currency !== 'CNY') throw refuse('not_declarable', '', `China's customs is told of yuan, and this trade is in ${trade.currency}.`)
  if (trade.declared.length >= DECLARATIONS_MAX) throw refuse('too_many_declarations', '', `A trade has at most ${DECLARATIONS_MAX} declarations.`)
  const isWhole = part.subOrder === null
  if (trade.declared.some((other) => other.paymentId === payment.id && (isWhole || other.isWhole))) {
    throw refuse('duplicate_at_customs', isWhole ? '' : '/sub_order', `${externalId('pay', payment.id)} is declared already: as one, or in sub-orders, and not both.`)
  }
  // Two parts of one request may have the same.
  if (books.holder(requestClaim(part.requestId)) !== null) throw refuse('declaration_known', '/request_id', 'Every declaration has a request id of its own.')
  const amount = amountOf(trade, payment, part)
  const orderNo = part.subOrder ?? trade.externalRef
  const claim = orderClaim(jurisdiction, platformCode, orderNo)
  if (books.holder(claim) !== null) throw refuse('duplicate_at_customs', isWhole ? '' : '/sub_order', `Order number "${orderNo}" is declared already: name a sub-order of its own.`)
  const id = books.newId()
  // A payment has one number at customs. Its sub-orders, and what another trade has of it, go by ours.
  const payTransactionId = isWhole && payment.tradeId === trade.id ? payment.providerRef : externalId('dcl', id)
  for (const [name, number] of [['order number', orderNo], ['provider reference', payTransactionId]] as const) {
    if (!NUMBER.test(number)) throw refuse('not_declarable', '', `The ${name} does not fit a message to customs, which has place for 60 visible characters. A sub-order has numbers of its own.`)
  }
  const { customs, merchantCode, ...facts } = addressee
  const declaration: Declaration = {
    ...facts,
    id,
    requestId: part.requestId,
    tradeId: trade.id,
    paymentId: payment.id,
    currency: trade.currency,
    payTransactionId,
    paidAt: payment.occurredAt,
    payerId: parties.payerId,
    ordererId: parties.ordererId,
    consigneeId: parties.consigneeId,
    keyId,
    createdAt: books.now,
    state: 'draft',
    word: null,
    isHeld: false,
    answers: 0,
    sendAt: books.now,
    messages: [firstMessage(books, { amount, customs, merchantCode, subOrder: part.subOrder, orderNo })],
    version: 1
  }
  const declared: DeclaredPart = { id, paymentId: payment.id, amount, isWhole }
  books.take(requestClaim(part.requestId), id)
  books.take(claim, id)
  books.save(DECLARATIONS, declaration)
  appendDeclarationEvent(books, 'declaration.created', declaration, amount, { customs, order_no: orderNo })
  return { trade: { ...trade, declared: [...trade.declared, declared] }, declaration }
}

function amountOf (trade: Trade, payment: Payment, { amount: wanted, pointer }: WantedPart): bigint {
  const unit = unitOf(trade.currency)
  const left = undeclaredOf(trade, payment.id)
  const amount = wanted === null ? left : parsePositiveAmount(wanted, unit, `${pointer}/amount`)
  if (amount > left || amount === 0n) throw exceedsPayment(left, trade.currency, `${pointer}/amount`)
  return amount
}

/** The refusal of declaring more than is left of a payment, minor units. */
export function exceedsPayment (left: bigint, currency: string, pointer: string): Error {
  return refuseAt('amount_exceeds_payment', pointer, `${formatAmount(left, unitOf(currency))} ${currency} of the payment were neither given back nor declared.`)
}
