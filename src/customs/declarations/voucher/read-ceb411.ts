import type { Flaw } from '../xml/element-rules.ts'
import { readCeb } from '../xml/read-ceb.ts'
import { flawsOfCeb411, type Ceb411 } from './ceb411-rules.ts'

/** A CEB411 message as customs reads it, and what is wrong with it by the rules. Refuses `invalid_xml` for what is none. */
export function readCeb411 (text: string): Ceb411 & { readonly flaws: readonly Flaw[] } {
  const { guid, sections } = readCeb(text, 'CEB411Message')
  const message = { head: sections.get('Payment/PaymentHead') ?? [], transfer: sections.get('BaseTransfer') ?? [] }
  const own: Flaw[] = message.head.some(({ name, text }) => name === 'guid' && text === guid) ? [] : [{ element: 'guid', problem: 'unfit' }]
  return { ...message, flaws: [...own, ...flawsOfCeb411(message)] }
}
