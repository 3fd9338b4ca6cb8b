import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../db/schema.ts'
import { originColumns, type CoinFlows, type CoinOrigin, type CoinPeriod, type OriginFlows } from './coin-flows.ts'

/** The last move that was read, or null where there is none: before the first, and after the last. */
export type MovePlace = { readonly lotId: string, readonly place: string, readonly version: bigint } | null

/** What became of coins by a part of all moves, and where that ended. */
export interface MovePart {
  readonly flows: readonly OriginFlows[]
  readonly end: MovePlace
}

/**
 * Adds up the moves after a place, so many at most. What a move was follows from the account on the other side of its entry: coins come from
 * issuance and go back there when they are clawed back; they come back from `coins_redeemed`; they end in `coins_expired`. What moves between
 * pending and available, or to and from what a trade holds, stays outstanding.
 */
export async function readMoves (db: Kysely<Database>, tenantId: number, { after, seq }: CoinPeriod, page: { readonly after: MovePlace, readonly limit: number }): Promise<MovePart> {
  const beyond = page.after === null ? sql`true` : sql`(lot_id, place, entry_version) > (${page.after.lotId}::uuid, ${page.after.place}, ${page.after.version})`
  const { rows: [end] } = await sql<NonNullable<MovePlace>>`
    select lot_id as "lotId", place, entry_version as version from coin_moves where tenant_id = ${tenantId} and ${beyond}
    order by lot_id, place, entry_version offset ${page.limit - 1} limit 1`.execute(db)
  const upTo = end === undefined ? sql`true` : sql`(lot_id, place, entry_version) <= (${end.lotId}::uuid, ${end.place}, ${end.version})`
  const { rows } = await sql<CoinOrigin & Readonly<Record<keyof CoinFlows, readonly [opening: string, closing: string]>>>`
    with part as materialized (
      select lot_id, place, entry_version, coins from coin_moves where tenant_id = ${tenantId} and ${beyond} and ${upTo}
    ), flows as (
      select ${originColumns}, entry.seq, other.class as other, part.coins, origin.earned_on
      from part
      join coin_lots lot on lot.tenant_id = ${tenantId} and lot.id = part.lot_id
      join coin_lots origin on origin.tenant_id = ${tenantId} and origin.id = lot.origin_id
      join coin_programmes p on p.tenant_id = ${tenantId} and p.currency = lot.currency
      join accounts a on a.tenant_id = ${tenantId} and a.class = 'coins_' || part.place and a.owner = external_id('pty', lot.buyer_id) and a.unit = p.unit
      cross join lateral (
        select seq, debit_account_id as other_id from transfers
        where part.coins > 0 and tenant_id = ${tenantId} and credit_account_id = a.id and credit_version = part.entry_version
        union all
        select seq, credit_account_id from transfers
        where part.coins < 0 and tenant_id = ${tenantId} and debit_account_id = a.id and debit_version = part.entry_version
      ) as entry
      join accounts other on other.tenant_id = ${tenantId} and other.id = entry.other_id
      where entry.seq <= ${seq} and other.class in ('coin_issuance', 'coins_redeemed', 'coins_expired')
    )
    select currency, "funderId", source, campaign, month,
      ${sums(sql`coins`, sql`other = 'coin_issuance' and coins > 0`, after)} as issued,
      ${sums(sql`earned_on`, sql`other = 'coin_issuance' and coins > 0`, after)} as "earnedOn",
      ${sums(sql`-coins`, sql`other = 'coin_issuance' and coins < 0`, after)} as "clawedBack",
      ${sums(sql`coins`, sql`other = 'coins_redeemed'`, after)} as returned,
      ${sums(sql`-coins`, sql`other = 'coins_expired'`, after)} as expired,
      array['0', '0'] as redeemed
    from flows group by currency, "funderId", source, campaign, month`.execute(db)
  return { flows: rows.map(({ currency, funderId, source, campaign, month, ...all }) => ({ currency, funderId, source, campaign, month, opening: flowsAt(all, 0), closing: flowsAt(all, 1) })), end: end ?? null }
}

/** The sum of an amount where something holds, until the beginning of the period and until its end. */
function sums (amount: RawBuilder<unknown>, where: RawBuilder<unknown>, after: bigint): RawBuilder<unknown> {
  return sql`array[coalesce(sum(${amount}) filter (where ${where} and seq <= ${after}), 0)::text, coalesce(sum(${amount}) filter (where ${where}), 0)::text]`
}

function flowsAt (all: Readonly<Record<keyof CoinFlows, readonly [string, string]>>, end: 0 | 1): CoinFlows {
  const at = (name: keyof CoinFlows): bigint => BigInt(all[name][end])
  return { issued: at('issued'), redeemed: at('redeemed'), returned: at('returned'), clawedBack: at('clawedBack'), expired: at('expired'), earnedOn: at('earnedOn') }
}
