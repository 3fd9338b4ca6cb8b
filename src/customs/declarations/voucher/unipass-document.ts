import { formatAmount } from '../../../kernel/money.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { unitOf } from '../../../kernel/units.ts'
import { textOf } from '../xml/element-rules.ts'
import type { MessageType, Sender } from './voucher.ts'

/** To whom goods go that Korea's customs is told of, in the clear: read for one message, and neither kept nor logged. */
export interface Consignee {
  /** The personal customs code (PCCC). */
  readonly customsCode: string
  readonly name: string
  readonly phone: string
  readonly postcodes: readonly string[]
}

/** Everything of a message to Korea's customs but the consignee and the sender; minor units. */
export interface KoreanPayment {
  readonly guid: string
  readonly type: MessageType
  readonly madeAt: Date
  readonly customs: string
  readonly merchantCode: string
  readonly merchantName: string
  readonly platformCode: string
  readonly platformName: string
  readonly orderNo: string
  readonly payTransactionId: string
  readonly amount: bigint
  readonly currency: string
  readonly paidAt: Date
}

const LINE = textOf(1, 100)

/** What of the consignee Korea's customs is told. */
export const CONSIGNEE_RULES = { consignee_code: /^P\d{12}$/, consignee_name: LINE, consignee_phone: LINE } as const

const RULES: Readonly<Record<string, RegExp>> = {
  ...CONSIGNEE_RULES,
  guid: /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/,
  type: /^(new|change|delete)$/,
  customs: LINE,
  merchant_code: LINE,
  order_no: LINE,
  payment_no: LINE,
  amount: /^(0|[1-9]\d*)(\.\d+)?$/,
  currency: /^[A-Z]{3}$/
}

/**
 * What Korea's customs is told of a payment, as a flat JSON object: UNIPASS has no voucher of its own, and an operator's way to it puts these facts into the
 * message that he files. Refuses `not_declarable`, naming members and never what they would hold, where the consignee has no personal customs code, name or phone.
 */
export function writeUnipass (payment: KoreanPayment, consignee: Consignee, sender: Sender): string {
  const document = JSON.stringify({
    guid: payment.guid.toUpperCase(),
    type: payment.type,
    made_at: payment.madeAt.toISOString(),
    sender: sender.copCode,
    customs: payment.customs,
    merchant_code: payment.merchantCode,
    merchant_name: payment.merchantName,
    platform_code: payment.platformCode,
    platform_name: payment.platformName,
    order_no: payment.orderNo,
    payment_no: payment.payTransactionId,
    amount: formatAmount(payment.amount, unitOf(payment.currency)),
    currency: payment.currency,
    paid_at: payment.paidAt.toISOString(),
    consignee_code: consignee.customsCode,
    consignee_name: consignee.name,
    consignee_phone: consignee.phone,
    consignee_postcodes: consignee.postcodes
  })
  const flaws = flawsOfUnipass(document)
  if (flaws.length > 0) throw new Refusal('not_declarable', `The message would not fit in: ${flaws.join(', ')}.`)
  return document
}

/** The members of such a document that are missing or do not keep to the rules. */
export function flawsOfUnipass (document: string): string[] {
  const members = JSON.parse(document) as Readonly<Record<string, unknown>>
  return Object.entries(RULES).flatMap(([name, rule]) => {
    const value = members[name]
    return typeof value === 'string' && rule.test(value) ? [] : [name]
  })
}
