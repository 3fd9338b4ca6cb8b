import { sql } from 'kysely'
import type { LotSource } from '../coins/wallet.ts'

/** Where coins came from: what a report can tell apart. */
export interface CoinOrigin {
  readonly currency: string
  /** The inside id of the seller who paid for them; null for the platform. */
  readonly funderId: string | null
  readonly source: Exclude<LotSource, 'returned'>
  /** The outside id of the campaign that granted them; null for earned ones. */
  readonly campaign: string | null
  /** The month (UTC) in which they were issued, such as `2026-01`. */
  readonly month: string
}

/** What became of coins of one origin until a moment, in coins; and the cash, minor units, of the releases that earned them. */
export interface CoinFlows {
  readonly issued: bigint
  readonly redeemed: bigint
  /** Given back after they had been redeemed. */
  readonly returned: bigint
  readonly clawedBack: bigint
  readonly expired: bigint
  readonly earnedOn: bigint
}

/** The flows of one origin until the beginning of a period, and until its end. */
export interface OriginFlows extends CoinOrigin {
  readonly opening: CoinFlows
  readonly closing: CoinFlows
}

/** The part of the journal that a report looks at: after `after`, up to and with `seq`. */
export interface CoinPeriod {
  readonly after: bigint
  readonly seq: bigint
}

/** The coins that can still be spent after those flows: pending, available and held ones. */
export function outstandingOf ({ issued, redeemed, returned, clawedBack, expired }: CoinFlows): bigint {
  return issued - redeemed + returned - clawedBack - expired
}

/** The sums of flows. */
export function sumOfFlows (all: readonly CoinFlows[]): CoinFlows {
  return all.reduce(plus, NO_FLOWS)
}

/** Flows that came after others. */
export function minus (all: CoinFlows, before: CoinFlows): CoinFlows {
  return combine(all, before, (one, other) => one - other)
}

/** Flows with those that came after them. */
export function plus (one: CoinFlows, other: CoinFlows): CoinFlows {
  return combine(one, other, (a, b) => a + b)
}

function combine (one: CoinFlows, other: CoinFlows, each: (one: bigint, other: bigint) => bigint): CoinFlows {
  return {
    issued: each(one.issued, other.issued),
    redeemed: each(one.redeemed, other.redeemed),
    returned: each(one.returned, other.returned),
    clawedBack: each(one.clawedBack, other.clawedBack),
    expired: each(one.expired, other.expired),
    earnedOn: each(one.earnedOn, other.earnedOn)
  }
}

/** That nothing happened. */
export const NO_FLOWS: CoinFlows = { issued: 0n, redeemed: 0n, returned: 0n, clawedBack: 0n, expired: 0n, earnedOn: 0n }

/** The origin of coins whose first lot is `origin`. */
export const originColumns = sql`
  origin.currency, origin.funder_id as "funderId", origin.source, case origin.source when 'granted' then origin.source_id end as campaign,
  to_char(origin.created_at at time zone 'UTC', 'YYYY-MM') as month`
