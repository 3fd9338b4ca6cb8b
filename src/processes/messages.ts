import type { Reading } from '../metrics/service-metrics.ts'

/** What the first process says to the others. */
export type ToWorker =
  /** Others take your place: stop accepting, drain, end. */
  | { readonly holdfast: 'retire' }
  /** Every connection that was yours to take has reached you. */
  | { readonly holdfast: 'farewell' }
  /** Say what you counted. */
  | { readonly holdfast: 'count', readonly request: number }
  /** What all of you counted, as text. */
  | { readonly holdfast: 'gathered', readonly request: number, readonly text: string }

/** What the others say to the first. */
export type FromWorker =
  | { readonly holdfast: 'ready', readonly address: string }
  /** I accept no more connections. */
  | { readonly holdfast: 'leaving' }
  | { readonly holdfast: 'counted', readonly request: number, readonly reading: Reading }
  /** Say what all of us counted. */
  | { readonly holdfast: 'gather', readonly request: number }
  /** The last that I counted: I end. */
  | { readonly holdfast: 'bequeath', readonly reading: Reading }

/** Other packages may talk through the same channel: only what is marked as ours is read. */
export function ours<Message extends { readonly holdfast: string }> (message: unknown): Message | null {
  return typeof message === 'object' && message !== null && 'holdfast' in message ? message as Message : null
}
