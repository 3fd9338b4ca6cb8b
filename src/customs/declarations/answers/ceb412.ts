import { XMLBuilder } from 'fast-xml-parser'
import { Refusal } from '../../../kernel/refusals.ts'
import { chinaTime, fromChinaTime } from '../voucher/china-time.ts'
import { flawsOf, GUID, textOf, type ElementRule } from '../xml/element-rules.ts'
import { CEB_NAMESPACE, CEB_VERSION, readCeb } from '../xml/read-ceb.ts'

/** An answer of China's customs to one message of ours. What it says in words may be about people and is not read. */
export interface Ceb412 {
  /** Of the message that it answers, as it was sent. */
  readonly guid: string
  readonly payCode: string
  readonly payTransactionId: string
  readonly code: string
  readonly at: Date
}

/** What stands in `ceb:PaymentReturn`, in this order. Source: the message CEB412 (answer to a payment voucher); the same is said in schema/ceb412.xsd. */
export const RETURN_RULES: readonly ElementRule[] = [
  { name: 'guid', text: GUID },
  { name: 'payCode', text: textOf(1, 18) },
  { name: 'payTransactionId', text: textOf(1, 60) },
  { name: 'returnStatus', text: /^(0|-?[1-9]\d{0,8})$/ },
  { name: 'returnTime', text: /^\d{14}(\d{3})?$/ },
  { name: 'returnInfo', text: /^[^]{0,1000}$/u }
]

/** Reads an answer from outside. Refuses `invalid_xml` for what is none, `invalid_receipt`, naming elements, for one that does not keep to the rules. */
export function readCeb412 (text: string): Ceb412 {
  const elements = readCeb(text, 'CEB412Message').sections
  const own = elements.get('PaymentReturn') ?? []
  const flaws = flawsOf(RETURN_RULES, own)
  const [{ element, problem } = { element: '', problem: '' }] = flaws
  if (flaws.length > 0 || elements.size > 1) throw new Refusal('invalid_receipt', element === '' ? 'It is to hold one PaymentReturn and nothing else.' : `${element} is ${problem}.`)
  const texts = new Map(own.map(({ name, text }) => [name, text]))
  const textAt = (name: string): string => texts.get(name) ?? ''
  const at = fromChinaTime(textAt('returnTime'))
  if (at === null) throw new Refusal('invalid_receipt', 'returnTime is no time of the calendar.')
  return { guid: textAt('guid'), payCode: textAt('payCode'), payTransactionId: textAt('payTransactionId'), code: textAt('returnStatus'), at }
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true, indentBy: '  ' })

/** An answer as China's customs writes it, to the millisecond; `guid` is that of the answer itself. */
export function writeCeb412 ({ guid, payCode, payTransactionId, code, at }: Ceb412, answerGuid: string): string {
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    'ceb:CEB412Message': {
      '@guid': answerGuid.toUpperCase(),
      '@version': CEB_VERSION,
      '@xmlns:ceb': CEB_NAMESPACE,
      'ceb:PaymentReturn': {
        'ceb:guid': guid.toUpperCase(),
        'ceb:payCode': payCode,
        'ceb:payTransactionId': payTransactionId,
        'ceb:returnStatus': code,
        'ceb:returnTime': chinaTime(at) + String(at.getUTCMilliseconds()).padStart(3, '0'),
        'ceb:returnInfo': ''
      }
    }
  })
}
