import { Readable } from 'node:stream'
import { Refusal } from '../kernel/refusals.ts'
import type { App, Reply, Request } from './app-type.ts'
import { takesItsTime } from './client-errors.ts'
import { parseJson } from './json.ts'

/** A JSON value a line, one after the other, for as long as they come. */
export const NDJSON_TYPE = 'application/x-ndjson'

/** A line of a body: its number from 1, and its value, or what is wrong with it. */
export type Line =
  | { readonly number: number, readonly value: unknown }
  | { readonly number: number, readonly refusal: Refusal }

const NEWLINE = 10
/** How many times as long as a whole request may take a body of lines may stand still, in either direction. */
const PATIENCE = 2

/** Lets the routes that `mount` adds, and no others, take a body of lines as it comes, of whatever size. */
export function acceptNdjson (app: App, mount: (app: App) => void): void {
  app.register((inner: App, _options, done) => {
    inner.addContentTypeParser(NDJSON_TYPE, (_request, body, isRead) => { isRead(null, body) })
    mount(inner)
    done()
  })
}

/**
 * The body of a request as lines, which may come for as long as they like: the time for a whole request does not count for them. Where nothing moves in either direction the connection is cut off.
 * Null where the body is of another type. A line longer than that is refused as `body_too_large`, and what is no good JSON as `invalid_json`.
 */
export function linesOf (request: Request, reply: Reply, bytesMax: number): AsyncGenerator<Line> | null {
  if (request.mediaType !== NDJSON_TYPE) return null
  const { socket } = request.raw
  takesItsTime(socket, true)
  reply.raw.once('close', () => { takesItsTime(socket, false) })
  const { requestTimeout } = request.server.server
  if (requestTimeout > 0) socket.setTimeout(PATIENCE * requestTimeout)
  return readLines(request.body as AsyncIterable<Buffer>, bytesMax)
}

/** Answers with lines as they come, as fast as the caller takes them, while his request may still be coming. */
export function answerLines (reply: Reply, lines: AsyncIterable<object>): Reply {
  return reply.code(200).header('content-type', `${NDJSON_TYPE}; charset=utf-8`).send(Readable.from(textOf(lines)))
}

/** What a body of lines holds: empty lines are none. The last one needs no line end. Never holds more than one line and what came with its end. */
export async function * readLines (body: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Line> {
  let number = 0
  // The beginning of a line whose end has not come; null once it is too long, until that end.
  let begun: Buffer | null = Buffer.alloc(0)
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = readLine(number + 1, joined(begun, chunk.subarray(start, end), bytesMax))
      if (line !== null) {
        number += 1
        yield line
      }
      begun = Buffer.alloc(0)
      start = end + 1
    }
    begun = joined(begun, chunk.subarray(start), bytesMax)
  }
  const last = readLine(number + 1, begun)
  if (last !== null) yield last
}

function joined (begun: Buffer | null, more: Buffer, bytesMax: number): Buffer | null {
  if (begun === null || begun.length + more.length > bytesMax) return null
  return begun.length === 0 ? more : Buffer.concat([begun, more])
}

function readLine (number: number, bytes: Buffer | null): Line | null {
  if (bytes === null) return { number, refusal: new Refusal('body_too_large', 'This line is too long.') }
  if (bytes.every((byte) => BLANKS.has(byte))) return null
  try {
    return { number, value: parseJson(bytes) }
  } catch (error) {
    if (error instanceof Refusal) return { number, refusal: error }
    throw error
  }
}

const BLANKS = new Set([9, 13, 32])

async function * textOf (lines: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`
}
