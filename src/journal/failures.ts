/** Another process took a key, claim or account that this batch saw free: roll back and run the batch again, which sees the winner. */
export class BatchConflict extends Error {
  constructor () {
    super('another process was first')
    this.name = 'BatchConflict'
  }
}

/**
 * What a failed batch calls for: `rerun` the whole batch (nothing of it can have been at fault, or its outcome is unknown and its
 * keys make a second run harmless), or run its operations `alone`, so that only the culprit fails.
 */
export type FailureClass = 'rerun' | 'alone'

// Source: PostgreSQL documentation, appendix A (error codes).
const RERUN_STATES = /^(08|40|53|57P0|25P0[34]|55P03|57014)/
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN', 'EACCES'])
// The driver's own errors carry no code.
const CONNECTION_MESSAGE = /connection terminated|connection ended|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i

/** Sorts what a batch's transaction threw. An error nobody knows is treated as some operation's own. */
export function classifyFailure (error: unknown): FailureClass {
  if (error instanceof BatchConflict) return 'rerun'
  if (!(error instanceof Error)) return 'alone'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (RERUN_STATES.test(code) || CONNECTION_CODES.has(code) || CONNECTION_MESSAGE.test(error.message)) return 'rerun'
  return 'alone'
}
