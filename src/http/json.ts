import { Refusal } from '../kernel/refusals.ts'
import type { App } from './app-type.ts'
import { findFlaw } from './json-flaws.ts'

/**
 * Reads JSON bodies, and nothing else. Refuses `invalid_json` for text that is not UTF-8 or not JSON, for objects that name a key twice
 * (two readers would see two different payments), and for strings that the database or another reader would choke on.
 * An empty body reads as none.
 */
export function registerJsonParser (app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseJson(body))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** The value of a JSON text in UTF-8. Refuses `invalid_json`, saying where; never repeats what stood there. */
export function parseJson (body: Buffer): unknown {
  const text = decode(body)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal('invalid_json', 'The body is not JSON: look for a missing quote, bracket or comma.')
  }
  const flaw = findFlaw(text)
  if (flaw !== null) {
    throw new Refusal('invalid_json', flaw.detail, { errors: [{ pointer: flaw.pointer, code: flaw.code, detail: flaw.detail }] })
  }
  return value
}

function decode (body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Refusal('invalid_json', 'The body is not UTF-8.')
  }
}
