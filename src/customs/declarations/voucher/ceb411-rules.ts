import { flawsOf, GUID, oneOf, textOf, type ElementRule, type Flaw, type TextElement } from '../xml/element-rules.ts'

const TIME = /^\d{14}$/
/** N19,5: 19 digits at most, five of them behind the point at most, and more than nothing. */
const AMOUNT = /^(?!0+(\.0*)?$)(0|[1-9]\d{0,13})(\.\d{1,5})?$/

/**
 * What stands in `ceb:PaymentHead`, in this order. Source: the General Administration of Customs' message CEB411 (payment voucher). The schema in
 * schema/ceb411.xsd says the same for other tools; a test holds both against each other.
 */
export const HEAD_RULES: readonly ElementRule[] = [
  { name: 'guid', text: GUID },
  { name: 'appType', text: oneOf('1', '2', '3') },
  { name: 'appTime', text: TIME },
  { name: 'appStatus', text: oneOf('1', '2') },
  { name: 'payCode', text: textOf(1, 18) },
  { name: 'payName', text: textOf(1, 100) },
  { name: 'payTransactionId', text: textOf(1, 60) },
  { name: 'orderNo', text: textOf(1, 60) },
  { name: 'ebpCode', text: textOf(1, 18) },
  { name: 'ebpName', text: textOf(1, 100) },
  { name: 'payerIdType', text: oneOf('1', '2') },
  { name: 'payerIdNumber', text: textOf(1, 60) },
  { name: 'payerName', text: textOf(1, 60) },
  { name: 'telephone', text: textOf(0, 50) },
  { name: 'amountPaid', text: AMOUNT },
  { name: 'currency', text: oneOf('142') },
  { name: 'payTime', text: TIME },
  { name: 'note', text: textOf(0, 1000) }
]

/** What stands in `ceb:BaseTransfer`, in this order: who hands the message over. */
export const TRANSFER_RULES: readonly ElementRule[] = [
  { name: 'copCode', text: textOf(1, 18) },
  { name: 'copName', text: textOf(1, 100) },
  { name: 'dxpMode', text: textOf(1, 3) },
  { name: 'dxpId', text: textOf(1, 30) },
  { name: 'note', text: textOf(0, 1000) }
]

/** The elements of a CEB411 message. */
export interface Ceb411 {
  readonly head: readonly TextElement[]
  readonly transfer: readonly TextElement[]
}

/** What is wrong with a message by the rules above, and that it was paid after it was made; nothing where nothing is. */
export function flawsOfCeb411 ({ head, transfer }: Ceb411): Flaw[] {
  const flaws = [...flawsOf(HEAD_RULES, head), ...flawsOf(TRANSFER_RULES, transfer)]
  const textAt = (name: string): string => head.find((element) => element.name === name)?.text ?? ''
  return flaws.length === 0 && textAt('payTime') > textAt('appTime') ? [{ element: 'payTime', problem: 'later_than_message' }] : flaws
}
