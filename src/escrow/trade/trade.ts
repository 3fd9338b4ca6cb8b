import type { CoinTerms } from '../../coins/programme.ts'
import type { TakenLot } from '../../coins/wallet.ts'
import { NO_TERMS, type SellerTerms } from '../../parties/seller-terms.ts'
import type { Fulfilment, TenantSettings } from '../../tenants/settings.ts'
import type { DeclaredPart } from './declared-part.ts'
import type { Exchange } from './exchange.ts'
import { minus, NOTHING, plus, type LineAmount } from './line-amount.ts'
import { NO_COINS, type LineCoins } from './line-coins.ts'
import type { OpenDispute } from './open-dispute.ts'
import type { RefundCase } from './refund-case.ts'
import type { MetFact, Milestone } from './release-terms.ts'

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
  /** What its money is released by; none where confirmation alone releases it, unit by unit. */
  readonly milestones: readonly Milestone[]
}

/** A line: its terms, and how far it has come. */
export interface Line extends LineTerms {
  readonly id: string
  /** How its seller got his money when the trade was created: a change of his terms concerns later trades. */
  readonly sellerTerms: SellerTerms
  /** What of its release was exchanged for its seller's currency. */
  readonly exchanges: readonly Exchange[]
  /** Units. What was confirmed and given back later is `refunded`, no longer `confirmed`. */
  readonly shipped: number
  readonly confirmed: number
  readonly refunded: number
  /** The units among `refunded` that had been shipped. */
  readonly returned: number
  /** The shipped units in dispute: nobody confirms them. */
  readonly frozenUnits: number
  /** Where the line's money is; what is in none of these is held and open. Released: less what was taken back. */
  readonly releasedAmount: LineAmount
  readonly refundedAmount: LineAmount
  readonly chargedBackAmount: LineAmount
  /** Held, and in dispute: not to be released. */
  readonly frozenAmount: LineAmount
  /** The coins that pay a part of its goods, and those it earned. */
  readonly coins: LineCoins
  /** Of what is released: our commission, and each partner's share in the order of `splits`. */
  readonly commissionPosted: bigint
  readonly splitPosted: readonly bigint[]
  /** When silence confirms what is shipped; null while nothing waits for confirmation. */
  readonly confirmBy: Date | null
  /** Whether the buyer has had his one extension of that time. */
  readonly confirmExtended: boolean
  /** Which facts of its milestones are met, in the order in which they came. */
  readonly met: readonly MetFact[]
  /** Since when its milestones should have released something that was blocked then; null while nothing is. */
  readonly releaseBy: Date | null
}

/** What a payment put into a trade, and how much of that went back. Minor units of the trade's currency. */
export interface Allocation {
  readonly paymentId: string
  readonly amount: bigint
  readonly refunded: bigint
  readonly chargedBack: bigint
}

/** The kinds of holds that staff places and lifts. */
export const STAFF_HOLD_KINDS = ['compliance', 'identity'] as const
/** All kinds: `chargeback` is placed when a provider takes a payment back, and lifted by the outcome of that alone. */
export const HOLD_KINDS = [...STAFF_HOLD_KINDS, 'chargeback'] as const
export type StaffHoldKind = typeof STAFF_HOLD_KINDS[number]

/** What blocks the release of a trade's money until it is lifted, and, where it says so, its shipment as well. */
export interface Hold {
  readonly id: string
  readonly kind: typeof HOLD_KINDS[number]
  readonly placedAt: Date
  /** Decided when it is placed: a change of settings moves no hold that stands. */
  readonly blocksShipment: boolean
}

/** What makes a trade a member of a group. */
export interface Membership {
  /** The group's inside id. */
  readonly id: string
  /** The group's end. */
  readonly fillBy: Date
  /** Which seat it has, from 1; null before it is paid in full. It keeps it, whatever becomes of it later. */
  readonly seat: number | null
  /** What the group's decision made of it, once it followed; null until then. Who missed his group is closed. */
  readonly outcome: 'filled' | 'missed' | null
}

/** What a trade has to do with coins. */
export interface TradeCoins {
  readonly terms: CoinTerms
  readonly lots: readonly TakenLot[]
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
  /** The programme of its currency when it was created, and the lots that it took coins of; null where there was none. */
  readonly coins: TradeCoins | null
  readonly paid: bigint
  readonly released: bigint
  readonly refunded: bigint
  /** The part of `refunded` that has not left yet. */
  readonly refundPending: bigint
  readonly chargedBack: bigint
  readonly createdAt: Date
  readonly payBy: Date
  /** When it closed before it was paid in full, or missed its group: everything that was paid goes back. */
  readonly closedUnpaidAt: Date | null
  /** Null for a trade that is nobody's member. Which group it is never changes. */
  readonly group: Membership | null
  /** Until when all that is paid should be shipped; null while nothing paid waits for that. */
  readonly shipBy: Date | null
  /** When that was found to have passed. */
  readonly shipOverdueAt: Date | null
  /** Until when a completed trade can still be refunded or disputed, and when that was found to have passed; null before it is completed. */
  readonly afterSaleBy: Date | null
  readonly afterSaleEndedAt: Date | null
  readonly holds: readonly Hold[]
  /** The open ones, oldest first: one a line at most. */
  readonly refundCases: readonly RefundCase[]
  /** Those that nobody has decided, oldest first; a line is in one at most. */
  readonly disputes: readonly OpenDispute[]
  /** What customs is told of its payments, in the order of the declarations: never more than the trade has of each. */
  readonly declared: readonly DeclaredPart[]
  /** Since when a declaration tells customs more than its part is by now; null while none does. */
  readonly declaredLoweredAt: Date | null
  readonly lines: readonly Line[]
  readonly allocations: readonly Allocation[]
}

/** The cash in the trade's escrow: the invariant paid = held + released + refunded + charged back, read from this side. */
export function heldOf (trade: Trade): bigint {
  return trade.paid - trade.released - trade.refunded - trade.chargedBack
}

/** Whether a chargeback is open: until its outcome is known neither money nor goods of the trade move, and its timers sleep. */
export function isFrozen (trade: Trade): boolean {
  return trade.holds.some(({ kind }) => kind === 'chargeback')
}

/** Whether a hold keeps the trade from being shipped. */
export function isShipmentBlocked (trade: Trade): boolean {
  return trade.holds.some(({ blocksShipment }) => blocksShipment)
}

/** The units of a line that can still be shipped or cancelled. */
export function unshippedOf (line: Line): number {
  return line.quantity - line.shipped - (line.refunded - line.returned)
}

/** The units of a line that are shipped and wait for confirmation. */
export function unconfirmedOf (line: Line): number {
  return line.shipped - line.confirmed - line.returned - line.frozenUnits
}

/** The units of a line that are neither confirmed, nor given back, nor in dispute: those that its open money is for. */
export function openUnitsOf (line: Line): number {
  return unshippedOf(line) + unconfirmedOf(line)
}

/** What a whole line costs, minor units. */
export function priceOf (terms: LineTerms): LineAmount {
  return { goods: terms.unitPrice * BigInt(terms.quantity), shipping: terms.shipping }
}

/** What escrow holds of a line that is paid, minor units. */
export function heldOfLine (line: Line): LineAmount {
  return minus(minus(minus(priceOf(line), line.releasedAmount), line.refundedAmount), line.chargedBackAmount)
}

/** What escrow holds of a line and is not in dispute, minor units. */
export function openOf (line: Line): LineAmount {
  return minus(heldOfLine(line), line.frozenAmount)
}

/** The open refund case of a line; there is one at most. */
export function openCaseOf ({ refundCases }: Trade, line: Line): RefundCase | undefined {
  return refundCases.find(({ lineId }) => lineId === line.id)
}

/** What of a line can still be given back, minor units: what is open of it, and what was released. */
export function refundableOf (line: Line): LineAmount {
  return plus(openOf(line), line.releasedAmount)
}

/** A line with its terms and nothing done yet. */
export function newLine (id: string, terms: LineTerms, sellerTerms: SellerTerms = NO_TERMS): Line {
  return {
    ...terms,
    id,
    sellerTerms,
    exchanges: [],
    shipped: 0,
    confirmed: 0,
    refunded: 0,
    returned: 0,
    frozenUnits: 0,
    releasedAmount: NOTHING,
    refundedAmount: NOTHING,
    chargedBackAmount: NOTHING,
    frozenAmount: NOTHING,
    coins: NO_COINS,
    commissionPosted: 0n,
    splitPosted: terms.splits.map(() => 0n),
    confirmBy: null,
    confirmExtended: false,
    met: [],
    releaseBy: null
  }
}

/** The trade with those lines in the places of the ones they replace. */
export function withLines (trade: Trade, changed: readonly Line[]): Trade {
  const byId = new Map(changed.map((line) => [line.id, line]))
  return { ...trade, lines: trade.lines.map((line) => byId.get(line.id) ?? line) }
}
