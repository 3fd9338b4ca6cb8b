import type { Answer } from './service.ts'
import type { SoakClient } from './soak-client.ts'
import type { Line } from './soak-line.ts'
import type { Random } from './soak-random.ts'

/** A trade as those see it who may do something to it. */
export interface Trading {
  readonly id: string
  readonly ref: string
  readonly lines: readonly Line[]
  readonly random: Random
  /** Its lines are confirmed by silence, whether or not their client says it as well. */
  readonly isInstant: boolean
  /** What is paid of it still, in cents. */
  readonly due: number
  /** Money of it was paid, in cents: the answer tells whether it was taken. */
  paid (amount: number): void
  /** The next of its payments, by its number. */
  nextPayment (): string
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
