import { XMLBuilder } from 'fast-xml-parser'
import { formatAmount } from '../../../kernel/money.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { unitOf } from '../../../kernel/units.ts'
import type { TextElement } from '../xml/element-rules.ts'
import { CEB_NAMESPACE, CEB_VERSION } from '../xml/read-ceb.ts'
import { flawsOfCeb411, type Ceb411 } from './ceb411-rules.ts'
import { chinaTime } from './china-time.ts'
import { MESSAGE_TYPES, type Payer, type Sender, type Voucher } from './voucher.ts'

const DECLARE = '2'
/** What customs calls the yuan. */
const CNY = '142'

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true, indentBy: '  ', suppressEmptyNode: false })

/**
 * A payment voucher as a CEB411 message, in UTF-8. Refuses `not_declarable`, naming elements and never what they would hold, where something
 * of it does not fit.
 */
export function writeCeb411 (voucher: Voucher, payer: Payer, sender: Sender): string {
  const message = compose(voucher, payer, sender)
  const flaws = flawsOfCeb411(message)
  if (flaws.length > 0) {
    throw new Refusal('not_declarable', `The message would not fit in: ${flaws.map(({ element }) => element).join(', ')}.`)
  }
  const guid = voucher.guid.toUpperCase()
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    'ceb:CEB411Message': {
      '@guid': guid,
      '@version': CEB_VERSION,
      '@xmlns:ceb': CEB_NAMESPACE,
      'ceb:Payment': { 'ceb:PaymentHead': prefixed(message.head) },
      'ceb:BaseTransfer': prefixed(message.transfer)
    }
  })
}

/** The elements of a message in the order that customs wants. */
function compose (voucher: Voucher, payer: Payer, sender: Sender): Ceb411 {
  // Clocks differ: a payment that its provider dates after our message was there when we made it.
  const madeAt = voucher.madeAt < voucher.paidAt ? voucher.paidAt : voucher.madeAt
  return {
    head: elementsOf({
      guid: voucher.guid.toUpperCase(),
      appType: String(MESSAGE_TYPES[voucher.type]),
      appTime: chinaTime(madeAt),
      appStatus: DECLARE,
      payCode: sender.payCode,
      payName: sender.payName,
      payTransactionId: voucher.payTransactionId,
      orderNo: voucher.orderNo,
      ebpCode: voucher.platformCode,
      ebpName: voucher.platformName,
      payerIdType: payer.idType,
      payerIdNumber: payer.idNumber,
      payerName: payer.name,
      telephone: payer.phone,
      amountPaid: formatAmount(voucher.amount, unitOf('CNY')),
      currency: CNY,
      payTime: chinaTime(voucher.paidAt),
      note: ''
    }),
    transfer: elementsOf({ copCode: sender.copCode, copName: sender.copName, dxpMode: sender.dxpMode, dxpId: sender.dxpId, note: '' })
  }
}

function elementsOf (texts: Readonly<Record<string, string>>): TextElement[] {
  return Object.entries(texts).map(([name, text]) => ({ name, text }))
}

function prefixed (elements: readonly TextElement[]): Record<string, string> {
  return Object.fromEntries(elements.map(({ name, text }) => [`ceb:${name}`, text]))
}
