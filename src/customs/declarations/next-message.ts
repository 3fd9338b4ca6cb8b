import type { Books } from '../../journal/operation.ts'
import { isDropped, newestOf, nextType, pushAfter, wasSent, type Declaration, type Message } from './declaration.ts'

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
 * A declaration that tells less, because money of its payment went back: minor units, zero where all of it did. What customs was never sent it is not
 * told at all; what it was sent is changed no sooner than a push could.
 */
export function lowerDeclaration (books: Books, declaration: Declaration, amount: bigint): Declaration {
  if (amount === 0n && !wasSent(declaration)) return { ...declaration, sendAt: null, version: declaration.version + 1 }
  const earliest = newestOf(declaration).sentAt === null ? books.now : pushAfter(declaration)
  return withMessage(books, declaration, { amount }, earliest > books.now ? earliest : books.now)
}

/** A declaration one of whose messages, by its number, was handed over. */
export function withSent (books: Books, declaration: Declaration, number: number): Declaration {
  const messages = declaration.messages.map((message) => message.number === number && message.sentAt === null ? { ...message, sentAt: books.now } : message)
  return { ...declaration, messages }
}

/** What follows for a declaration from what just happened to its newest message: one that was dropped, and reached customs all the same, is taken back. */
export function takingBack (books: Books, before: Declaration, after: Declaration): Declaration {
  return isDropped(before) ? withMessage(books, after, { amount: 0n }, pushAfter(after)) : after
}
