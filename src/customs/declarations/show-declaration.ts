import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { CustomsAnswer } from './answers/answer-rows.ts'
import { newestOf, pushAfter, type Declaration, type Message } from './declaration.ts'
import type { AnsweredState, DeclarationState, Jurisdiction } from './states.ts'
import type { MessageType } from './voucher/voucher.ts'

interface MessageJson {
  readonly number: number
  readonly guid: string
  readonly type: MessageType
  readonly amount: string
  readonly customs: string
  readonly merchant_code: string
  readonly sub_order: string | null
  readonly order_no: string
  readonly made_at: string
  readonly due_at: string
  readonly sent_at: string | null
}

/** A declaration as callers see it: outside ids, amounts as decimal strings of its currency, and nothing of who paid. */
export interface DeclarationJson {
  readonly id: string
  readonly request_id: string
  readonly trade: string
  readonly payment: string
  readonly jurisdiction: Jurisdiction
  readonly state: DeclarationState
  readonly raw_code: string | null
  readonly answered_at: string | null
  readonly held_by_customs: boolean
  readonly currency: string
  readonly amount: string
  readonly customs: string
  readonly merchant_code: string
  readonly merchant_name: string
  readonly platform_code: string
  readonly platform_name: string
  readonly sub_order: string | null
  readonly order_no: string
  readonly pay_transaction_id: string
  readonly paid_at: string
  readonly message: MessageJson
  readonly push_after: string
  readonly created_at: string
}

interface AnswerJson {
  readonly number: number
  readonly message: number
  readonly code: string
  readonly state: AnsweredState
  readonly answered_at: string
  readonly received_at: string
}

/** A declaration with all its messages, and all that customs answered. */
export interface DeclarationWithHistoryJson extends DeclarationJson {
  readonly messages: readonly MessageJson[]
  readonly answers: readonly AnswerJson[]
}

/** The outside form of a declaration; `amount` is what of its payment it declares as of now, minor units. */
export function showDeclaration (declaration: Declaration, amount: bigint): DeclarationJson {
  const { jurisdiction, state, word, isHeld, currency, merchantName, platformCode, platformName, payTransactionId } = declaration
  const newest = newestOf(declaration)
  return {
    id: externalId('dcl', declaration.id),
    request_id: declaration.requestId,
    trade: externalId('trd', declaration.tradeId),
    payment: externalId('pay', declaration.paymentId),
    jurisdiction,
    state,
    raw_code: word?.code ?? null,
    answered_at: word?.at.toISOString() ?? null,
    held_by_customs: isHeld,
    currency,
    amount: formatAmount(amount, unitOf(currency)),
    customs: newest.customs,
    merchant_code: newest.merchantCode,
    merchant_name: merchantName,
    platform_code: platformCode,
    platform_name: platformName,
    sub_order: newest.subOrder,
    order_no: newest.orderNo,
    pay_transaction_id: payTransactionId,
    paid_at: declaration.paidAt.toISOString(),
    message: showMessage(newest, currency),
    push_after: pushAfter(declaration).toISOString(),
    created_at: declaration.createdAt.toISOString()
  }
}

/** The outside form of a declaration with its history. */
export function showWithHistory (declaration: Declaration, amount: bigint, answers: readonly CustomsAnswer[]): DeclarationWithHistoryJson {
  return {
    ...showDeclaration(declaration, amount),
    messages: declaration.messages.map((message) => showMessage(message, declaration.currency)),
    answers: answers.map(({ number, message, code, state, answeredAt, receivedAt }) =>
      ({ number, message, code, state, answered_at: answeredAt.toISOString(), received_at: receivedAt.toISOString() }))
  }
}

function showMessage ({ number, guid, type, amount, customs, merchantCode, subOrder, orderNo, madeAt, dueAt, sentAt }: Message, currency: string): MessageJson {
  return {
    number,
    guid: guid.toUpperCase(),
    type,
    amount: formatAmount(amount, unitOf(currency)),
    customs,
    merchant_code: merchantCode,
    sub_order: subOrder,
    order_no: orderNo,
    made_at: madeAt.toISOString(),
    due_at: dueAt.toISOString(),
    sent_at: sentAt?.toISOString() ?? null
  }
}
