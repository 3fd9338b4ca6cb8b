import { internalId } from '../kernel/ids.ts'
import type { Refusal } from '../kernel/refusals.ts'
import type { GrantRow } from './grant-in-bulk.ts'

/** A grant as it is sent. */
export interface GrantText {
  readonly ref: string
  readonly buyer: string
  readonly coins: number
  readonly reason?: string
}

/** Says what is wrong with a row, or that it is one. */
export type CheckRow = (value: unknown) => Refusal | null

const REF = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u

/** A row of a request: what it asks for, or the refusal that says why it asks for nothing. */
export function parseGrantRow (row: number, value: unknown, check: CheckRow): GrantRow {
  const refusal = check(value)
  if (refusal !== null) return { row, ref: refOf(value), wanted: refusal }
  // It was checked to be one.
  const { ref, buyer, coins, reason = null } = value as GrantText
  return { row, ref, wanted: { ref, buyerId: internalId('pty', buyer), coins: BigInt(coins), reason } }
}

/** The reference of a row that is wrong otherwise, so that its sender finds it. */
function refOf (value: unknown): string | null {
  const { ref } = Object(value) as { readonly ref?: unknown }
  return typeof ref === 'string' && REF.test(ref) ? ref : null
}
