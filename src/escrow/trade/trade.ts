import type { Fulfilment, TenantSettings } from '../../tenants/settings.ts'

export type FeeBase = TenantSettings['fee_base']

/** A partner's share of a line: a rate of its base, or a fixed amount (minor units) for the whole line. */
export type Split =
  | { readonly partnerId: string, readonly rate: string }
  | { readonly partnerId: string, readonly amount: bigint }

/** What a line was agreed to be. Amounts are minor units, `shipping` is for the whole line. */
export interface LineTerms {
  readonly ref: string
  readonly sellerId: string
  readonly description: string
  readonly quantity: number
  readonly unitPrice: bigint
  readonly shipping: bigint
  readonly fulfilment: Fulfilment
  readonly commissionRate: string
  readonly splits: readonly Split[]
}

/** A line: its terms, and how far it has come. */
export interface Line extends LineTerms {
  readonly id: string
  /** Units. `confirmed` ones were shipped; `refunded` ones were not. */
  readonly shipped: number
  readonly confirmed: number
  readonly refunded: number
  /** The shipping charge of the confirmed units, and of the confirmed and refunded ones. */
  readonly releasedShipping: bigint
  readonly settledShipping: bigint
  readonly commissionPosted: bigint
  /** In the order of `splits`. */
  readonly splitPosted: readonly bigint[]
  /** When silence confirms what is shipped; null while nothing waits for confirmation. */
  readonly confirmBy: Date | null
  /** Whether the buyer has had his one extension of that time. */
  readonly confirmExtended: boolean
}

/** What a payment put into a trade, and how much of that went back. Minor units of the trade's currency. */
export interface Allocation {
  readonly paymentId: string
  readonly amount: bigint
  readonly refunded: bigint
  readonly chargedBack: bigint
}

export const HOLD_KINDS = ['compliance', 'identity'] as const

/** What blocks the release of a trade's money until it is lifted. */
export interface Hold {
  readonly id: string
  readonly kind: typeof HOLD_KINDS[number]
  readonly placedAt: Date
}

/** A trade with its lines and the payments that fill it, in the order they came. Amounts are minor units of its currency. */
export interface Trade {
  readonly id: string
  readonly externalRef: string
  readonly buyerId: string
  readonly currency: string
  readonly feeBase: FeeBase
  readonly revision: number
  readonly version: number
  readonly total: bigint
  readonly coinsValue: bigint
  readonly paid: bigint
  readonly released: bigint
  readonly refunded: bigint
  /** The part of `refunded` that has not left yet. */
  readonly refundPending: bigint
  readonly chargedBack: bigint
  readonly createdAt: Date
  readonly payBy: Date
  readonly closedUnpaidAt: Date | null
  /** Until when all that is paid should be shipped; null while nothing paid waits for that. */
  readonly shipBy: Date | null
  /** When that was found to have passed. */
  readonly shipOverdueAt: Date | null
  readonly holds: readonly Hold[]
  readonly lines: readonly Line[]
  readonly allocations: readonly Allocation[]
}

/** The cash in the trade's escrow: the invariant paid = held + released + refunded + charged back, read from this side. */
export function heldOf (trade: Trade): bigint {
  return trade.paid - trade.released - trade.refunded - trade.chargedBack
}

/** The units of a line that can still be shipped or cancelled. */
export function unshippedOf (line: Line): number {
  return line.quantity - line.shipped - line.refunded
}

/** The units of a line that are shipped and wait for confirmation. */
export function unconfirmedOf (line: Line): number {
  return line.shipped - line.confirmed
}

/** A line with its terms and nothing done yet. */
export function newLine (id: string, terms: LineTerms): Line {
  return {
    ...terms,
    id,
    shipped: 0,
    confirmed: 0,
    refunded: 0,
    releasedShipping: 0n,
    settledShipping: 0n,
    commissionPosted: 0n,
    splitPosted: terms.splits.map(() => 0n),
    confirmBy: null,
    confirmExtended: false
  }
}

/** The trade with those lines in the places of the ones they replace. */
export function withLines (trade: Trade, changed: readonly Line[]): Trade {
  const byId = new Map(changed.map((line) => [line.id, line]))
  return { ...trade, lines: trade.lines.map((line) => byId.get(line.id) ?? line) }
}
