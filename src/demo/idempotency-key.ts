import { createHash } from 'node:crypto'

const KEY_LENGTH_MAX = 200

/**
 * The idempotency key of one thing to do, made of the names of what it is done to: the same every time, so that whatever was played
 * is played again without a second effect. Names may hold any characters and be of any length.
 */
export function idempotencyKey (...names: readonly string[]): string {
  const key = ['demo', ...names.map(encodeURIComponent)].join(':')
  return key.length <= KEY_LENGTH_MAX ? key : `demo:${createHash('sha256').update(key).digest('hex')}`
}
