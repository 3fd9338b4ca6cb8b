import { connect, type Socket } from 'node:net'

/** An answer with a status below 400. */
export interface Reply {
  readonly replayed: boolean
  readonly body: string
}

/**
 * Sends requests with a key over connections that stay open: as many as calls are in flight, and no more than there ever were. It knows as much
 * of HTTP/1.1 as the service answers with, because the client takes its time from the same cores as the service and the database do.
 */
export class HttpCaller {
  readonly #address: URL
  readonly #headers: string
  readonly #all: Connection[] = []
  readonly #idle: Connection[] = []

  constructor (url: string, secret: string) {
    this.#address = new URL(url)
    this.#headers = ` HTTP/1.1\r\nHost: ${this.#address.host}\r\nAuthorization: Bearer ${secret}\r\n`
  }

  /** Sends one GET and answers when it is answered. Throws for any status that is no success. */
  async get (path: string): Promise<Reply> {
    return await this.#send(`GET ${path}${this.#headers}\r\n`)
  }

  /** Sends one POST and answers when it is answered. Throws for any status that is no success. */
  async post (path: string, idempotencyKey: string, body: object): Promise<Reply> {
    const content = JSON.stringify(body)
    return await this.#send(`POST ${path}${this.#headers}Idempotency-Key: ${idempotencyKey}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`)
  }

  /** Closes the connections. */
  close (): void {
    for (const connection of this.#all) connection.close()
  }

  async #send (request: string): Promise<Reply> {
    const connection = this.#idle.pop() ?? this.#open()
    const { head, body } = await connection.exchange(request)
    this.#idle.push(connection)
    const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    if (!(status >= 200 && status < 300)) throw new Error(`${request.slice(0, request.indexOf(' HTTP'))} answered ${status}: ${body}`)
    return { replayed: /^idempotent-replayed: true\r?$/im.test(head), body }
  }

  #open (): Connection {
    const connection = new Connection(connect({ host: this.#address.hostname, port: Number(this.#address.port), noDelay: true }))
    this.#all.push(connection)
    return connection
  }
}

interface Answer {
  readonly head: string
  readonly body: string
}

/** One connection with one request on its way at a time. */
class Connection {
  readonly #socket: Socket
  #received: Buffer | null = null
  #waiting: { resolve: (answer: Answer) => void, reject: (error: Error) => void } | null = null

  constructor (socket: Socket) {
    this.#socket = socket
    socket.on('data', (part) => { this.#receive(part) })
    socket.on('error', (error) => { this.#waiting?.reject(error) })
    socket.on('close', () => { this.#waiting?.reject(new Error('the service closed the connection')) })
  }

  async exchange (request: string): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close (): void {
    this.#socket.destroy()
  }

  #receive (part: Buffer): void {
    const received = this.#received === null ? part : Buffer.concat([this.#received, part])
    this.#received = received
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = received.toString('latin1', 0, headEnd)
    const length = /^content-length: (\d+)\r?$/im.exec(head)?.[1]
    const bodyStart = headEnd + '\r\n\r\n'.length
    if (length === undefined) {
      this.#waiting?.reject(new Error(`an answer did not tell its length:\n${head}`))
      return
    }
    const bodyEnd = bodyStart + Number(length)
    if (received.length < bodyEnd) return
    this.#received = null
    this.#waiting?.resolve({ head, body: received.toString('utf8', bodyStart, bodyEnd) })
  }
}
