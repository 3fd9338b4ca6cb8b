/** What a log tells of an error. */
export interface SafeError {
  readonly type: string
  readonly message: string
  /** Where it was thrown; its first line, which repeats the message, is left out. */
  readonly stack: readonly string[]
  readonly [fact: string]: unknown
}

/** What may be told beside the message. PostgreSQL's `detail` and `where` quote the row that failed, and other errors bring what was read. */
const FACTS = ['code', 'severity', 'schema', 'table', 'column', 'constraint', 'routine', 'syscall', 'address', 'port'] as const
const CAUSES_MAX = 3
/** PostgreSQL's "data exception": its messages quote the value that was wrong. */
const QUOTES_VALUES = /^22/

/** An error without anything that a caller sent, that a row holds, or that opens a database: what is told is listed, the rest is left out. */
export function safeError (error: unknown, causes = CAUSES_MAX): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something was thrown that is no error', stack: [] }
  const own = error as Error & Partial<Record<string, unknown>>
  const facts = Object.fromEntries(FACTS.flatMap((fact) => own[fact] === undefined ? [] : [[fact, own[fact]]]))
  return {
    type: error.name,
    message: safeMessage(error),
    stack: (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).map((line) => line.trim()),
    ...facts,
    ...(error.cause === undefined || causes === 0 ? {} : { cause: safeError(error.cause, causes - 1) })
  }
}

/** An error's message without the login in an address, and without the values that PostgreSQL quotes. */
export function safeMessage (error: Error): string {
  const message = error.message.replaceAll(/:\/\/[^\s/@]*@/g, '://[redacted]@')
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && QUOTES_VALUES.test(code) ? message.replaceAll(/"[^"]*"/g, '"[redacted]"') : message
}
