import type { Books } from '../../journal/operation.ts'
import { newestOf, nextType, PUSH_INTERVAL_MS, pushAfter, wasSent, type Declaration, type Message } from './declaration.ts'

/** What a next message says that the one before did not; amounts are minor units. */
export type MessageChange = Partial<Pick<Message, 'amount' | 'customs' | 'merchantCode' | 'subOrder' | 'orderNo'>>

/** The first message of a declaration, to be handed over at once. */
export function firstMessage (books: Books, content: Pick<Message, 'amount' | 'customs' | 'merchantCode' | 'subOrder' | 'orderNo'>): Message {
  return { ...content, number: 1, guid: books.newId(), type: 'new', madeAt: books.now, dueAt: books.now, sentAt: null }
}

/** A declaration with one more message, which is to be handed over at `dueAt`: its state begins anew with it. */
export function withMessage (books: Books, declaration: Declaration, change: MessageChange, dueAt: Date): Declaration {
  const former = newestOf(declaration)
  const amount = change.amount ?? former.amount
  const next: Message = {
    ...former,
    ...change,
    // A deletion repeats what customs has.
    amount: amount === 0n ? former.amount : amount,
    number: former.number + 1,
    guid: books.newId(),
    type: nextType(declaration, amount),
    madeAt: books.now,
    dueAt,
    sentAt: null
  }
  return { ...declaration, state: 'draft', word: null, sendAt: dueAt, messages: [...declaration.messages, next], version: declaration.version + 1 }
}

/**
 * A declaration that tells less, because money of its payment went back: minor units, zero where all of it did. What customs was never sent it need not
 * take back; what it was sent is changed no sooner than a push could.
 */
export function lowerDeclaration (books: Books, declaration: Declaration, amount: bigint): Declaration {
  const earliest = newestOf(declaration).sentAt === null ? books.now : pushAfter(declaration)
  const lowered = withMessage(books, declaration, { amount }, earliest > books.now ? earliest : books.now)
  return amount === 0n && !wasSent(declaration) ? { ...lowered, sendAt: null } : lowered
}

/**
 * A declaration one of whose messages, by its number, was handed over, as it turned out. A newer message waits until customs can tell them apart; one that takes
 * back what we thought was never sent is to be sent after all.
 */
export function withSent (books: Books, declaration: Declaration, number: number): Declaration {
  const newest = newestOf(declaration)
  const apart = new Date(books.now.getTime() + PUSH_INTERVAL_MS)
  const dueAt = number < newest.number && newest.sentAt === null && newest.dueAt < apart ? apart : newest.dueAt
  const messages = declaration.messages.map((message) => {
    if (message.number === number && message.sentAt === null) return { ...message, sentAt: books.now }
    return message === newest && dueAt !== message.dueAt ? { ...message, dueAt } : message
  })
  return { ...declaration, sendAt: number === newest.number ? null : newest.sentAt === null ? dueAt : declaration.sendAt, messages, version: declaration.version + 1 }
}
