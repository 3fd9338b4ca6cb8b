import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

const IDLE_TIMEOUT_MS = 40_000

/** What came back, its body still text. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Sends one request and answers what comes back. Rejects when there is no whole answer. */
export type Exchange = (method: string, path: string, headers: Readonly<Record<string, string>>, body: string | null) => Promise<HttpAnswer>

/**
 * Exchanges requests with one origin over connections that stay open. Plain `node:http`: on the same machine as the service, the
 * global `fetch` takes five times the processor time, and the play would measure its client.
 */
export function exchangeWith (origin: string): Exchange {
  const base = new URL(origin)
  const secure = base.protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const open = secure ? httpsRequest : httpRequest
  const prefix = base.pathname.replace(/\/+$/, '')
  return async (method, path, headers, body) => await new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) }
    const options: RequestOptions = { method, path: prefix + path, headers: { ...headers, ...length }, agent, timeout: IDLE_TIMEOUT_MS }
    const request = open(base, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => { text += part })
      response.on('error', reject)
      response.on('end', () => {
        if (response.complete) resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        else reject(new Error('the answer broke off'))
      })
    })
    request.on('timeout', () => request.destroy(new Error(`no answer in ${IDLE_TIMEOUT_MS / 1000} s`)))
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}
