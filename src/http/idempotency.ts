import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Refusal } from '../kernel/refusals.ts'
import type { Request } from './app-type.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/** What a request tells an operation beside its content. */
export interface JournalOptions {
  /** The caller's idempotency key with its source in front. */
  readonly key: string
  /** SHA-256 of what was asked: method, route, ids in the path, body. */
  readonly fingerprint: Buffer
  readonly dryRun: boolean
}

/**
 * The idempotency key of a request and the fingerprint of what it asks; a body that is still coming is no part of that.
 * `If-Match` is no part of it: a retry after a lost answer may know a newer version, and asks for the same thing all the same.
 * Refuses `idempotency_key_required` without a header `Idempotency-Key` of 1 to 255 visible ASCII characters.
 */
export function journalOptions (request: Request): JournalOptions {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || !KEY.test(key)) throw new Refusal('idempotency_key_required')
  return { key: `api:${key}`, fingerprint: fingerprintOf(request), dryRun: isDryRun(request) }
}

/** Whether the request only wants to know what would happen. */
export function isDryRun (request: Request): boolean {
  return (request.query as { dry_run?: unknown }).dry_run === true
}

/** SHA-256 of what a request asks: method, route, ids in the path, body; a body that is still coming is no part of that. */
export function fingerprintOf (request: Request): Buffer {
  const body = request.body instanceof Readable ? {} : request.body ?? {}
  const asked = [request.method, request.routeOptions.url ?? '', request.params ?? {}, body]
  return createHash('sha256').update(canonical(asked)).digest()
}

/** JSON with the keys of every object sorted, so that the order in which a client writes them does not matter. */
function canonical (value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}
