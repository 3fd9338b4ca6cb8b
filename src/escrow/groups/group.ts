export const GROUP_STATES = ['open', 'filled', 'failed'] as const
export type GroupState = (typeof GROUP_STATES)[number]

/** How many members a group may need. */
export const GROUP_SIZE_MAX = 100_000

/** What the members of a group buy: this, from this seller, at this price (minor units of the currency). It never changes. */
export interface Offer {
  readonly sellerId: string
  readonly description: string
  readonly currency: string
  readonly unitPrice: bigint
  /** How many members it takes. */
  readonly size: number
  /** How many units one member may buy; null where that is not limited. */
  readonly quantityMax: number | null
}

/** A group of buyers who get an offer together or not at all. A member is a trade that names the group. */
export interface Group extends Offer {
  readonly id: string
  readonly state: GroupState
  /** How many members are paid and have a seat, or had one when the group failed. */
  readonly seats: number
  /** Until when the last seat must be taken. */
  readonly fillBy: Date
  /** When it was filled or failed. */
  readonly decidedAt: Date | null
  /** When every member had followed that decision. */
  readonly followedAt: Date | null
  readonly createdAt: Date
  readonly version: number
}
