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

export function storeDisputes (disputes: readonly OpenDispute[]): string | null {
  const stored = disputes.map(({ id, dueAt, lines }): StoredDispute => ({ id, due_at: dueAt?.toISOString() ?? null, lines: lines.map(storeDisputedLine) }))
  return stored.length === 0 ? null : JSON.stringify(stored)
}

export function readDisputes (stored: readonly StoredDispute[] | null): OpenDispute[] {
  return (stored ?? []).map(({ id, due_at: dueAt, lines }) => ({ id, dueAt: dueAt === null ? null : new Date(dueAt), lines: lines.map(readDisputedLine) }))
}

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
