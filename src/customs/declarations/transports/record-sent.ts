import { createHash } from 'node:crypto'
import type { Operation } from '../../../journal/operation.ts'
import { externalId } from '../../../kernel/ids.ts'
import { newestOf } from '../declaration.ts'
import { DECLARATIONS } from '../declaration-rows.ts'
import { withSent } from '../next-message.ts'
import { appendDeclarationEvent } from '../tell-declaration.ts'

/** A message that is to be handed over, as the sweep found it. */
export interface DueMessage {
  readonly tenantId: number
  readonly declarationId: string
  /** Of the message. */
  readonly number: number
}

/**
 * Notes that a message was handed over. A message that was answered before that was noted stays answered.
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
      const sent = withSent(books, declaration, number)
      const submitted = message === newestOf(declaration) ? { ...sent, state: 'submitted' as const } : sent
      books.save(DECLARATIONS, submitted)
      appendDeclarationEvent(books, 'declaration.submitted', submitted, message.amount, { handed_over: number })
      return {}
    }
  }
}
