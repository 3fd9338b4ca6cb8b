// Source: PostgreSQL documentation, appendix A: broken connections, rolled back by a neighbour, out of resources, shut down, out of time.
const STATES = /^(08|40|53|57P0|25P0[34]|55P03|57014)/
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN', 'EACCES'])
// The driver's own errors carry no code.
const CONNECTION_MESSAGE = /connection terminated|connection ended|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i

/** Whether an error says that the database could not answer now, and not that the question was wrong: asking again may help. */
export function isUnavailable (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isOfDatabase = 'severity' in error || 'syscall' in error || code === ''
  return isOfDatabase && (STATES.test(code) || CONNECTION_CODES.has(code) || CONNECTION_MESSAGE.test(error.message))
}
