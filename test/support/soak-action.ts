import type { Answer } from './service.ts'
import type { SoakClient } from './soak-client.ts'
import type { Line } from './soak-line.ts'
import type { Random } from './soak-random.ts'
import type { Left } from './soak-refunds.ts'

/** A chargeback of the only payment of a trade, all of it, in cents: what waited in suspense, what the trade had, and what had left and is our loss. */
export interface Chargeback {
  readonly suspended: number
  readonly taken: number
  readonly loss: number
  readonly state: 'open' | 'won' | 'lost'
}

/** A trade as those see it who may do something to it. */
export interface Trading {
  readonly id: string
  readonly ref: string
  readonly lines: readonly Line[]
  readonly random: Random
  /** Who decides its disputes. */
  readonly arbitrator: SoakClient
  /** Its lines are confirmed by silence, whether or not their client says it as well. */
  readonly isInstant: boolean
  /** What was paid of it, what is still to be paid, and what waits in suspense, in cents. */
  readonly applied: number
  readonly due: number
  readonly suspended: number
  readonly payments: number
  /** What was told to have left of its refunds. */
  readonly left: Left
  /** Closed before it went on: everything that was paid went back. */
  readonly closed: boolean
  readonly chargeback: Chargeback | null
  /** Money of it was paid, in cents: the answer tells whether it was taken. */
  paid (amount: number): void
  /** The next of its payments, by its number. */
  nextPayment (): string
  /** So far a chargeback of it has come. */
  chargedBack (as: Chargeback): void
}

/** What to send, and what the client knows better once it was accepted. */
export interface Plan {
  readonly path: string
  readonly body: object
  /** Who sends it, where that is not whoever trades. */
  readonly client?: SoakClient
  done (answer: Answer): void
}

/** What a client may do to a trade when it is its turn; null when there is nothing to do. */
export type Action = (trade: Trading) => Plan | null

/** Cents as the service writes them. */
export function money (cents: number): string {
  return (cents / 100).toFixed(2)
}
