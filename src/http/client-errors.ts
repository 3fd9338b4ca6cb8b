import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { REFUSALS, Refusal, type RefusalCode } from '../kernel/refusals.ts'
import { newId } from '../kernel/ids.ts'
import { problemOf, PROBLEM_TYPE } from './answers.ts'

const CODES: Readonly<Record<string, RefusalCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large'
}

/** Connections whose request may take as long as it likes. */
const unhurried = new WeakSet<Socket>()

/** Says that the request which is under way on a connection may come for as long as it likes, or that it is over. */
export function takesItsTime (socket: Socket, isSo: boolean): void {
  if (isSo) unhurried.add(socket)
  else unhurried.delete(socket)
}

/**
 * Answers what never became a request, because it came too slowly or is no HTTP, with a problem as every other refusal, and closes the
 * connection: what comes after it cannot be told apart from the rest of it.
 */
export function answerClientError (error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return
  if (socket.writable && !hasAnswered(socket)) {
    const code = CODES[error.code ?? ''] ?? 'invalid_request'
    const { status, title } = REFUSALS[code]
    const requestId = newId()
    const refusal = code === 'invalid_request' ? new Refusal(code, 'This is not HTTP as we read it.') : new Refusal(code)
    const body = JSON.stringify(problemOf(refusal, { instance: '/', requestId }))
    const head = [`HTTP/1.1 ${status} ${title}`, `Content-Type: ${PROBLEM_TYPE}`, `Content-Length: ${Buffer.byteLength(body)}`, `Request-Id: ${requestId}`, 'Cache-Control: no-store', 'Connection: close']
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroySoon()
}

/** Whether the answer to the request under way has begun, seen as the runtime's own handler sees it: nothing may be added to it then. */
function hasAnswered (socket: Socket & { readonly _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true
}
