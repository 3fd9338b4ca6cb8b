import type { EventType } from '../../../events/catalogue.ts'
import type { Books, Operation, Origin } from '../../../journal/operation.ts'
import { externalId } from '../../../kernel/ids.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { DAY_MS } from '../../../kernel/time.ts'
import { newestOf, type Declaration } from '../declaration.ts'
import { DECLARATIONS } from '../declaration-rows.ts'
import { withSent } from '../next-message.ts'
import { isStale, stateOfCode, type AnsweredState } from '../states.ts'
import { appendDeclarationEvent } from '../tell-declaration.ts'
import { ANSWERS } from './answer-rows.ts'

/** What customs says of one of our messages, whichever way it reached us. */
export interface Receipt {
  /** Of the message. */
  readonly guid: string
  readonly payTransactionId: string
  readonly code: string
  readonly at: Date
}

/** A declaration as an answer of customs left it. */
export interface ReceivedAnswer {
  readonly id: string
  readonly state: Declaration['state']
  readonly raw_code: string | null
  readonly answered_at: string | null
}

/** Clocks differ; but an answer from far ahead would make every later one look old. */
const AHEAD_MAX_MS = DAY_MS

const EVENTS: Readonly<Record<AnsweredState, EventType>> = {
  at_port: 'declaration.at_port',
  accepted: 'declaration.accepted',
  rejected: 'declaration.rejected',
  send_failed: 'declaration.send_failed',
  exception: 'declaration.exception'
}

/**
 * Takes down an answer of customs. The same answer told again changes nothing. Refuses `not_found`; `invalid_receipt` for an answer to something else, or
 * with a code that we do not know; `stale` for one that is older than what is known: an answer to a former message, or said before.
 */
export function receiveAnswer (origin: Origin, declarationId: string | null, receipt: Receipt): Operation<ReceivedAnswer> {
  return {
    ...origin,
    name: 'customs.answer',
    lane: 'request',
    weight: 4,
    needs: [{ kind: DECLARATIONS, ids: () => declarationId === null ? [] : [declarationId] }],
    decide (books) {
      const declaration = declarationId === null ? null : books.find(DECLARATIONS, declarationId)
      if (declaration === null) throw new Refusal('not_found')
      if (isOld(books, declaration, receipt)) throw new Refusal('stale', undefined, { current_state: declaration.state })
      return showReceived(takeDown(books, declaration, receipt))
    }
  }
}

/**
 * Whether an answer is older than what is known of its declaration. Refuses `invalid_receipt` for an answer to something else, with an unknown code, or
 * from the future.
 */
export function isOld (books: Books, declaration: Declaration, { guid, payTransactionId, code, at }: Receipt): boolean {
  const message = declaration.messages.find((each) => each.guid === guid.toLowerCase())
  if (message === undefined) throw new Refusal('invalid_receipt', 'Its guid is that of no message of this declaration.')
  if (payTransactionId !== declaration.payTransactionId) throw new Refusal('invalid_receipt', 'Its payTransactionId is not that of this declaration.')
  if (stateOfCode(declaration.jurisdiction, code) === null) throw new Refusal('invalid_receipt', `Customs has no code "${code}" that we know.`)
  if (at.getTime() > books.now.getTime() + AHEAD_MAX_MS) throw new Refusal('invalid_receipt', 'Its returnTime is more than a day ahead.')
  return message !== newestOf(declaration) || isStale(declaration.jurisdiction, declaration.word, { code, at })
}

/** Takes down an answer that is not old, and answers the declaration as it then is: the very same where nothing is new. */
export function takeDown (books: Books, declaration: Declaration, { code, at }: Receipt): Declaration {
  const { word, jurisdiction } = declaration
  if (word?.code === code && word.at.getTime() === at.getTime()) return declaration
  const state = stateOfCode(jurisdiction, code)
  if (state === null) throw new Error(`nobody asked whether "${code}" is a code`)
  const newest = newestOf(declaration)
  const answered: Declaration = {
    // Who answers has the message, whether or not we heard that it was handed over.
    ...heard(books, declaration, newest.number),
    state,
    word: { code, at },
    isHeld: state === 'accepted' ? newest.type !== 'delete' : declaration.isHeld,
    answers: declaration.answers + 1,
    version: declaration.version + 1
  }
  books.save(DECLARATIONS, answered)
  books.save(ANSWERS, { declarationId: declaration.id, number: answered.answers, message: newest.number, code, state, answeredAt: at, receivedAt: books.now })
  appendDeclarationEvent(books, EVENTS[state], answered, newest.amount, { raw_code: code })
  return answered
}

function heard (books: Books, declaration: Declaration, number: number): Declaration {
  return declaration.messages.some((message) => message.number === number && message.sentAt === null) ? withSent(books, declaration, number) : declaration
}

function showReceived ({ id, state, word }: Declaration): ReceivedAnswer {
  return { id: externalId('dcl', id), state, raw_code: word?.code ?? null, answered_at: word?.at.toISOString() ?? null }
}
