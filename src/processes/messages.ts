/** What the first process says to the others. */
export type ToWorker =
  /** Others take your place: stop accepting, drain, end. */
  | { readonly holdfast: 'retire' }
  /** Every connection that was yours to take has reached you. */
  | { readonly holdfast: 'farewell' }

/** What the others say to the first. */
export type FromWorker =
  | { readonly holdfast: 'ready', readonly address: string }
  /** I accept no more connections. */
  | { readonly holdfast: 'leaving' }

/** Other packages may talk through the same channel: only what is marked as ours is read. */
export function ours<Message extends { readonly holdfast: string }> (message: unknown): Message | null {
  return typeof message === 'object' && message !== null && 'holdfast' in message ? message as Message : null
}
