import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_PAUSE_MS = 10
/** Between two trades, up to this: a connection is idle now and then. */
const PAUSE_MS = 60

/** What a caller was answered in the end, and under which key: asking again must give the same. */
export interface Acknowledged {
  readonly path: string
  readonly body: unknown
  readonly key: string
  readonly text: string
}

/** Callers that play trades, each over one connection that it keeps as long as the service lets it. */
export interface Callers {
  /** Trades that went from creation to confirmation. */
  readonly trades: readonly string[]
  readonly acknowledged: readonly Acknowledged[]
  /** How often a caller was asked to try again: 503, retryable. */
  readonly askedAgain: () => number
  /** What no caller should ever see: connections that broke, refused or were reset, and answers that are neither success nor retryable. */
  readonly failures: readonly string[]
  /** Ends after the trades in hand. */
  stop (): Promise<void>
}

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Starts `count` callers. Each asks `url` again for every connection it opens, as through a balancer. */
export function startCallers ({ url, key, count, name }: { readonly url: string, readonly key: string, readonly count: number, readonly name: string }): Callers {
  const trades: string[] = []
  const acknowledged: Acknowledged[] = []
  const failures: string[] = []
  let askedAgain = 0
  const state = { over: false }

  const post = async (agent: Agent, path: string, body: unknown, idempotencyKey: string): Promise<{ id: string }> => {
    for (;;) {
      try {
        const { status, text } = await send(agent, url, path, key, body, idempotencyKey)
        const answer = JSON.parse(text) as { id: string, retryable?: boolean }
        if (status < 300) {
          acknowledged.push({ path, body, key: idempotencyKey, text })
          return answer
        }
        if (status === 503 && answer.retryable === true) askedAgain += 1
        else failures.push(`${path} ${status} ${text}`)
      } catch (error) {
        failures.push(`${path} ${String(error)}`)
      }
      await sleep(RETRY_PAUSE_MS)
    }
  }

  const play = async (agent: Agent, trade: string, parties: { buyer: string, seller: string }): Promise<void> => {
    const line = { ref: '1', seller: parties.seller, description: 'thing', quantity: 1, unit_price: '10.00', fulfilment: 'express', commission_rate: '0.05', splits: [] }
    const { id } = await post(agent, '/v1/trades', { external_ref: trade, buyer: parties.buyer, currency: 'CNY', lines: [line] }, `${trade}-create`)
    await post(agent, `/v1/trades/${id}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: trade }, `${trade}-pay`)
    await post(agent, `/v1/trades/${id}/shipments`, {}, `${trade}-ship`)
    await post(agent, `/v1/trades/${id}/confirmations`, {}, `${trade}-confirm`)
    trades.push(id)
    await sleep(Math.random() * PAUSE_MS)
  }

  const working = Array.from({ length: count }, async (_, index) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const caller = `${name}-${index}`
    const buyer = (await post(agent, '/v1/parties', { kind: 'buyer', external_ref: `${caller}-b`, name: 'B' }, `${caller}-buyer`)).id
    const seller = (await post(agent, '/v1/parties', { kind: 'seller', external_ref: `${caller}-s`, name: 'S' }, `${caller}-seller`)).id
    for (let round = 0; !state.over; round += 1) await play(agent, `${caller}-${round}`, { buyer, seller })
    agent.destroy()
  })
  return {
    trades,
    acknowledged,
    askedAgain: () => askedAgain,
    failures,
    stop: async () => {
      state.over = true
      await Promise.all(working)
    }
  }
}

async function send (agent: Agent, url: string, path: string, key: string, body: unknown, idempotencyKey: string): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const sent = request(url + path, {
      method: 'POST', agent, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
    }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => { text += part })
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, text }) })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}
