import type { DisputedLine, OpenDispute } from './open-dispute.ts'

/** An open dispute as it is stored: JSON has no `bigint`. */
export interface StoredDispute {
  readonly id: string
  readonly due_at: string | null
  readonly lines: readonly StoredDisputedLine[]
}

export interface StoredDisputedLine {
  readonly line: string
  readonly units: number
  readonly goods: string
  readonly shipping: string
  readonly released_units: number
  readonly released_goods: string
  readonly released_shipping: string
  readonly wait_ms: number | null
}

/** The open disputes of a trade as its row has them; null where there are none. */
export function storeDisputes (disputes: readonly OpenDispute[]): string | null {
  const stored = disputes.map(({ id, dueAt, lines }): StoredDispute => ({ id, due_at: dueAt?.toISOString() ?? null, lines: lines.map(storeDisputedLine) }))
  return stored.length === 0 ? null : JSON.stringify(stored)
}

/** The open disputes of a trade's row. */
export function readDisputes (stored: readonly StoredDispute[] | null): OpenDispute[] {
  return (stored ?? []).map(({ id, due_at: dueAt, lines }) => ({ id, dueAt: dueAt === null ? null : new Date(dueAt), lines: lines.map(readDisputedLine) }))
}

/** One line of a dispute as rows have it. */
export function storeDisputedLine ({ lineId, units, frozen, releasedUnits, released, waitMs }: DisputedLine): StoredDisputedLine {
  return {
    line: lineId,
    units,
    goods: frozen.goods.toString(),
    shipping: frozen.shipping.toString(),
    released_units: releasedUnits,
    released_goods: released.goods.toString(),
    released_shipping: released.shipping.toString(),
    wait_ms: waitMs
  }
}

/** One line of a dispute from a row. */
export function readDisputedLine (stored: StoredDisputedLine): DisputedLine {
  return {
    lineId: stored.line,
    units: stored.units,
    frozen: { goods: BigInt(stored.goods), shipping: BigInt(stored.shipping) },
    releasedUnits: stored.released_units,
    released: { goods: BigInt(stored.released_goods), shipping: BigInt(stored.released_shipping) },
    waitMs: stored.wait_ms
  }
}
