import { MINUTE_MS } from '../../kernel/time.ts'
import type { CustomsWord, DeclarationState, Jurisdiction } from './states.ts'
import type { MessageType } from './voucher/voucher.ts'

/** A declaration is pushed again no sooner than this after the message before: customs takes the second one for a repetition. */
export const PUSH_INTERVAL_MS = 5 * MINUTE_MS
/** How many messages one declaration has at most, and how many declarations one trade. */
export const MESSAGES_MAX = 100
export const DECLARATIONS_MAX = 100

/** What customs is told once, and when: everything of it that may differ from one message to the next. Minor units. */
export interface Message {
  /** From 1. */
  readonly number: number
  /** Customs knows a message by it: sent twice, it is one. */
  readonly guid: string
  readonly type: MessageType
  readonly amount: bigint
  readonly customs: string
  readonly merchantCode: string
  readonly subOrder: string | null
  readonly orderNo: string
  readonly madeAt: Date
  /** When it is to be handed over. */
  readonly dueAt: Date
  readonly sentAt: Date | null
}

/** What customs is told of a payment, or of one of its sub-orders. How much of it is declared stands in the trade. */
export interface Declaration {
  readonly id: string
  readonly requestId: string
  readonly tradeId: string
  readonly paymentId: string
  readonly jurisdiction: Jurisdiction
  readonly currency: string
  readonly merchantName: string
  readonly platformCode: string
  readonly platformName: string
  /** What customs knows the payment by. */
  readonly payTransactionId: string
  readonly paidAt: Date
  /** Who paid, who ordered and to whom it goes, by the inside ids of their identities. */
  readonly payerId: string
  readonly ordererId: string
  readonly consigneeId: string
  /** Who declared it: the inside id of a key. */
  readonly keyId: string
  readonly createdAt: Date
  /** Of the newest message. */
  readonly state: DeclarationState
  /** What customs said of the newest message last; null while it said nothing. */
  readonly word: CustomsWord | null
  /** Whether customs has taken in a message of it, and not the deletion of it. */
  readonly isHeld: boolean
  /** How often customs has answered. */
  readonly answers: number
  /** When the newest message is to be handed over; null when it was, or when it takes back what was never sent. */
  readonly sendAt: Date | null
  /** Oldest first; at least one. */
  readonly messages: readonly Message[]
  readonly version: number
}

/** The newest message of a declaration. */
export function newestOf ({ messages }: Pick<Declaration, 'messages'>): Message {
  const newest = messages.at(-1)
  if (newest === undefined) throw new Error('a declaration has a message from the beginning')
  return newest
}

/** From when a declaration may be pushed again. */
export function pushAfter (declaration: Pick<Declaration, 'messages'>): Date {
  return new Date(newestOf(declaration).madeAt.getTime() + PUSH_INTERVAL_MS)
}

/** What the next message of a declaration does at customs: nobody deletes what was never sent, or changes what customs does not have. */
export function nextType ({ isHeld }: Pick<Declaration, 'isHeld'>, amount: bigint): MessageType {
  if (amount === 0n) return 'delete'
  return isHeld ? 'change' : 'new'
}

/** Whether any message of a declaration was handed over. */
export function wasSent ({ messages }: Pick<Declaration, 'messages'>): boolean {
  return messages.some(({ sentAt }) => sentAt !== null)
}
