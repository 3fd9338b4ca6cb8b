import type { EventType } from '../../events/catalogue.ts'
import type { Books } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { newestOf, type Declaration } from './declaration.ts'

/** Records an event about a declaration: its trade, state, amount (minor units) and message; facts are ids, codes and the like. */
export function appendDeclarationEvent (books: Books, type: EventType, declaration: Declaration, amount: bigint, facts: Readonly<Record<string, unknown>> = {}): void {
  const { number, type: messageType } = newestOf(declaration)
  books.append({
    type,
    subject: externalId('dcl', declaration.id),
    data: {
      trade: externalId('trd', declaration.tradeId),
      request_id: declaration.requestId,
      state: declaration.state,
      jurisdiction: declaration.jurisdiction,
      currency: declaration.currency,
      amount: formatAmount(amount, unitOf(declaration.currency)),
      message: number,
      message_type: messageType,
      ...facts
    }
  })
}
