import { createHash } from 'node:crypto'
import type { Operation } from '../../../journal/operation.ts'
import { externalId } from '../../../kernel/ids.ts'
import { newestOf, pushAfter } from '../declaration.ts'
import { DECLARATIONS } from '../declaration-rows.ts'
import { takingBack, withSent } from '../next-message.ts'
import { appendDeclarationEvent } from '../tell-declaration.ts'

/** A message that is to be handed over, as the sweep found it. */
export interface DueMessage {
  readonly tenantId: number
  readonly declarationId: string
  /** Of the message. */
  readonly number: number
}

/**
 * Notes that a message was handed over. Where a newer one was made meanwhile, that one waits until customs can tell them apart. A message that was answered
 * before it was noted stays answered.
 */
export function recordSent ({ tenantId, declarationId, number }: DueMessage): Operation<unknown> {
  const key = `timer:sent:${externalId('dcl', declarationId)}:${number}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'customs.sent',
    lane: 'due',
    weight: 4,
    needs: [{ kind: DECLARATIONS, ids: () => [declarationId] }],
    decide (books) {
      const declaration = books.find(DECLARATIONS, declarationId)
      const message = declaration?.messages.find((each) => each.number === number)
      if (declaration === null || message === undefined) throw new Error(`message ${number} of declaration ${declarationId} is missing`)
      if (message.sentAt !== null) return {}
      const sent = { ...withSent(books, declaration, number), version: declaration.version + 1 }
      if (message !== newestOf(declaration)) {
        const earliest = pushAfter({ messages: [{ ...message, madeAt: books.now }] })
        const isEarlier = sent.sendAt !== null && sent.sendAt < earliest
        books.save(DECLARATIONS, isEarlier ? { ...sent, sendAt: earliest } : sent)
        return {}
      }
      const submitted = { ...sent, state: 'submitted' as const, sendAt: null }
      books.save(DECLARATIONS, takingBack(books, declaration, submitted))
      appendDeclarationEvent(books, 'declaration.submitted', submitted, message.amount, { customs: message.customs })
      return {}
    }
  }
}
