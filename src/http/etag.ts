import { Refusal } from '../kernel/refusals.ts'
import type { Request } from './app-type.ts'

const ENTITY_TAG = /^"(\d{1,15})"$/

/** The `ETag` of a version: `"7"`. */
export function etagOf (version: number | bigint): string {
  return `"${version}"`
}

/**
 * The version a request insists on with `If-Match`, or null where it insists on none (no header, or `*`).
 * Refuses `invalid_request` for anything but one strong entity tag of ours.
 */
export function expectedVersion (request: Request): number | null {
  const header = request.headers['if-match']
  if (header === undefined || header.trim() === '*') return null
  const version = ENTITY_TAG.exec(header.trim())?.[1]
  if (version === undefined) {
    throw new Refusal('invalid_request', 'The header If-Match must be one ETag as an earlier answer showed it, such as "7" with its quotes.')
  }
  return Number(version)
}
