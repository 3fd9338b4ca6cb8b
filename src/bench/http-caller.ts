import { Agent, request } from 'node:http'

/** An answer with a status below 400. */
export interface Reply {
  readonly replayed: boolean
  readonly body: { readonly id: string, readonly state: string }
}

/** Sends requests with a key over connections that stay open, at most `connections` at a time. */
export class HttpCaller {
  readonly #url: string
  readonly #secret: string
  readonly #agent: Agent

  constructor (url: string, secret: string, connections: number) {
    this.#url = url
    this.#secret = secret
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
  }

  /** Sends one POST and answers when it is answered. Throws for any status that is no success. */
  async post (path: string, idempotencyKey: string, body: object): Promise<Reply> {
    const content = Buffer.from(JSON.stringify(body))
    return await new Promise((resolve, reject) => {
      const sent = request(this.#url + path, {
        method: 'POST',
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${this.#secret}`,
          'idempotency-key': idempotencyKey,
          'content-type': 'application/json',
          'content-length': content.length
        }
      }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => { parts.push(part) })
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          const status = response.statusCode ?? 0
          if (status < 200 || status >= 300) reject(new Error(`POST ${path} answered ${status}: ${text}`))
          else resolve({ replayed: response.headers['idempotent-replayed'] === 'true', body: JSON.parse(text) as Reply['body'] })
        })
      })
      sent.on('error', reject)
      sent.end(content)
    })
  }

  /** Closes the connections. */
  close (): void {
    this.#agent.destroy()
  }
}
