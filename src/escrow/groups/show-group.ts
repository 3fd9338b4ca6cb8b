import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Group, GroupState } from './group.ts'

/** A group as callers see it: outside ids, its price as a decimal string of its currency. */
export interface GroupJson {
  readonly id: string
  readonly state: GroupState
  readonly seller: string
  readonly description: string
  readonly currency: string
  readonly unit_price: string
  readonly size: number
  readonly quantity_max: number | null
  readonly seats_taken: number
  readonly seats_left: number
  readonly fill_by: string
  readonly decided_at: string | null
  readonly followed_at: string | null
  readonly created_at: string
  readonly version: number
}

/** The outside form of a group. */
export function showGroup (group: Group): GroupJson {
  return {
    id: externalId('grp', group.id),
    state: group.state,
    seller: externalId('pty', group.sellerId),
    description: group.description,
    currency: group.currency,
    unit_price: formatAmount(group.unitPrice, unitOf(group.currency)),
    size: group.size,
    quantity_max: group.quantityMax,
    seats_taken: group.seats,
    seats_left: group.size - group.seats,
    fill_by: group.fillBy.toISOString(),
    decided_at: group.decidedAt?.toISOString() ?? null,
    followed_at: group.followedAt?.toISOString() ?? null,
    created_at: group.createdAt.toISOString(),
    version: group.version
  }
}
