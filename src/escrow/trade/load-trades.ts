import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId } from '../../db/unnest.ts'
import { readSellerTerms, type StoredTerms } from '../../parties/seller-terms.ts'
import { readExchange, type StoredExchange } from './exchange-rows.ts'
import { NO_COINS } from './line-coins.ts'
import type { MetFact, Milestone } from './release-terms.ts'
import { readCases, type StoredCase } from './store-cases.ts'
import { readCoins, type StoredCoins } from './store-coins.ts'
import { readDeclared, type StoredDeclaredPart } from './store-declared.ts'
import { readDisputes, type StoredDispute } from './store-disputes.ts'
import type { Allocation, Hold, Line, Membership, Split, Trade } from './trade.ts'

/**
 * Locks trades in id order, then reads their lines and allocations: what a lock had to wait for is seen. All three statements are sent
 * at once and run one after the other.
 */
export async function loadTrades (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Trade[]> {
  const [roots, lines, allocations] = await Promise.all([
    lockRoots(trx, tenantId, ids),
    readLines(trx, tenantId, ids),
    readAllocations(trx, tenantId, ids)
  ])
  return assemble(roots, lines, allocations)
}

/** Reads the trades that a condition (and an order) selects from `trades`, whole, without locking them. */
export async function readTrades (db: QueryExecutorProvider, tenantId: number, selection: RawBuilder<unknown>): Promise<Trade[]> {
  const roots = await readRoots(db, tenantId, selection)
  if (roots.length === 0) return []
  const ids = roots.map((root) => root.id)
  return assemble(roots, await readLines(db, tenantId, ids), await readAllocations(db, tenantId, ids))
}

async function lockRoots (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<TradeRoot[]> {
  const { rows } = await sql<TradeRoot>`
    select trade.* from ${eachId(ids)}
    cross join lateral (
      select ${ROOT_COLUMNS} from trades where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
    ) as trade`.execute(trx)
  return rows
}

async function readRoots (db: QueryExecutorProvider, tenantId: number, selection: RawBuilder<unknown>): Promise<TradeRoot[]> {
  const { rows } = await sql<TradeRoot>`select ${ROOT_COLUMNS} from trades where tenant_id = ${tenantId} and ${selection}`.execute(db)
  return rows
}

const ROOT_COLUMNS = sql`
  id, external_ref as "externalRef", buyer_id as "buyerId", currency, fee_base as "feeBase", revision, version, total,
  coins_value as "coinsValue", paid, released, refunded, refund_pending as "refundPending", charged_back as "chargedBack",
  created_at as "createdAt", pay_by as "payBy", closed_unpaid_at as "closedUnpaidAt",
  ship_by as "shipBy", ship_overdue_at as "shipOverdueAt", after_sale_by as "afterSaleBy", after_sale_ended_at as "afterSaleEndedAt", holds, disputes,
  case when group_id is not null then jsonb_build_object('id', group_id, 'fill_by', fill_by, 'seat', group_seat, 'outcome', group_outcome) end as "group",
  refund_cases as "refundCases", coins, declared, declared_lowered_at as "declaredLoweredAt"`

function assemble (roots: readonly TradeRoot[], lines: ReadonlyMap<string, Line[]>, allocations: ReadonlyMap<string, Allocation[]>): Trade[] {
  return roots.map((root) => ({
    ...root,
    coins: readCoins(root.coins, root.currency),
    holds: (root.holds ?? []).map(readHold),
    refundCases: readCases(root.refundCases),
    group: root.group === null ? null : readMembership(root.group),
    disputes: readDisputes(root.disputes),
    declared: readDeclared(root.declared),
    lines: lines.get(root.id) ?? [],
    allocations: allocations.get(root.id) ?? []
  }))
}

type TradeRoot = Omit<Trade, 'coins' | 'holds' | 'disputes' | 'declared' | 'refundCases' | 'group' | 'lines' | 'allocations'> & {
  coins: StoredCoins | null
  holds: StoredHold[] | null
  disputes: StoredDispute[] | null
  declared: StoredDeclaredPart[] | null
  refundCases: StoredCase[] | null
  group: ReadMembership | null
}

/** A membership as the statement makes it of its columns: one value, null for most trades. */
type ReadMembership = Omit<Membership, 'fillBy'> & { fill_by: string }

type LineRow = Omit<Line, 'splits' | 'sellerTerms' | 'exchanges' | 'milestones' | 'met' | 'releasedAmount' | 'refundedAmount' | 'chargedBackAmount' | 'frozenAmount' | 'coins'> & {
  tradeId: string
  splits: StoredSplit[]
  sellerTerms: StoredTerms | null
  exchanges: StoredExchange[] | null
  milestones: Milestone[] | null
  met: StoredMetFact[] | null
  releasedGoods: bigint
  releasedShipping: bigint
  refundedGoods: bigint
  refundedShipping: bigint
  chargedBackGoods: bigint
  chargedBackShipping: bigint
  frozenGoods: bigint
  frozenShipping: bigint
  coinsTaken: bigint
  coinsRedeemed: bigint
  coinsReturned: bigint
  coinsEarned: bigint
  coinsFunded: bigint
}

/** A hold as it is stored. */
export type StoredHold = Pick<Hold, 'id' | 'kind'> & { placed_at: string, blocks_shipment?: true }

/** A met fact as it is stored. */
export type StoredMetFact = Omit<MetFact, 'at'> & { at: string }

/** A split as it is stored: JSON has no `bigint`. */
export type StoredSplit = { partner: string, rate: string } | { partner: string, amount: string }

async function readLines (db: QueryExecutorProvider, tenantId: number, tradeIds: readonly string[]): Promise<Map<string, Line[]>> {
  const { rows } = await sql<LineRow>`
    select line.* from ${eachId(tradeIds)} cross join lateral (
      select trade_id as "tradeId", id, ref, seller_id as "sellerId", description, quantity, unit_price as "unitPrice", shipping,
        fulfilment, commission_rate as "commissionRate", splits, shipped, confirmed, refunded, returned, frozen_units as "frozenUnits",
        released_goods as "releasedGoods", released_shipping as "releasedShipping",
        refunded_goods as "refundedGoods", refunded_shipping as "refundedShipping",
        charged_back_goods as "chargedBackGoods", charged_back_shipping as "chargedBackShipping",
        frozen_goods as "frozenGoods", frozen_shipping as "frozenShipping",
        commission_posted as "commissionPosted", split_posted as "splitPosted", confirm_by as "confirmBy",
        confirm_extended as "confirmExtended", seller_terms as "sellerTerms", exchanges, milestones, met, release_by as "releaseBy",
        coins as "coinsTaken", coins_redeemed as "coinsRedeemed", coins_returned as "coinsReturned", coins_earned as "coinsEarned", coins_funded as "coinsFunded"
      from trade_lines where tenant_id = ${tenantId} and trade_id = wanted.id
      order by position offset 0
    ) as line`.execute(db)
  return byTrade(rows, readLine)
}

function readLine (row: LineRow): Line {
  const {
    tradeId, splits, sellerTerms, exchanges, milestones, met, releasedGoods, releasedShipping, refundedGoods, refundedShipping, chargedBackGoods, chargedBackShipping, frozenGoods, frozenShipping,
    coinsTaken, coinsRedeemed, coinsReturned, coinsEarned, coinsFunded,
    ...line
  } = row
  return {
    ...line,
    splits: splits.map(readSplit),
    sellerTerms: readSellerTerms(sellerTerms),
    milestones: milestones ?? [],
    met: (met ?? []).map((fact) => ({ ...fact, at: new Date(fact.at) })),
    exchanges: (exchanges ?? []).map(readExchange),
    releasedAmount: { goods: releasedGoods, shipping: releasedShipping },
    refundedAmount: { goods: refundedGoods, shipping: refundedShipping },
    chargedBackAmount: { goods: chargedBackGoods, shipping: chargedBackShipping },
    frozenAmount: { goods: frozenGoods, shipping: frozenShipping },
    coins: coinsTaken === 0n && coinsEarned === 0n ? NO_COINS : { taken: coinsTaken, redeemed: coinsRedeemed, returned: coinsReturned, earned: coinsEarned, funded: coinsFunded }
  }
}

function readHold ({ id, kind, placed_at: placedAt, blocks_shipment: blocksShipment }: StoredHold): Hold {
  return { id, kind, placedAt: new Date(placedAt), blocksShipment: blocksShipment === true }
}

function readMembership ({ id, fill_by: fillBy, seat, outcome }: ReadMembership): Membership {
  return { id, fillBy: new Date(fillBy), seat, outcome }
}

function readSplit (split: StoredSplit): Split {
  return 'rate' in split ? { partnerId: split.partner, rate: split.rate } : { partnerId: split.partner, amount: BigInt(split.amount) }
}

async function readAllocations (db: QueryExecutorProvider, tenantId: number, tradeIds: readonly string[]): Promise<Map<string, Allocation[]>> {
  const { rows } = await sql<Allocation & { tradeId: string }>`
    select allocation.* from ${eachId(tradeIds)} cross join lateral (
      select trade_id as "tradeId", payment_id as "paymentId", amount, refunded, charged_back as "chargedBack"
      from payment_allocations where tenant_id = ${tenantId} and trade_id = wanted.id
      order by position offset 0
    ) as allocation`.execute(db)
  return byTrade(rows, ({ tradeId, ...allocation }) => allocation)
}

function byTrade<Row extends { tradeId: string }, Child> (rows: readonly Row[], toChild: (row: Row) => Child): Map<string, Child[]> {
  const children = new Map<string, Child[]>()
  for (const row of rows) {
    const known = children.get(row.tradeId)
    if (known === undefined) children.set(row.tradeId, [toChild(row)])
    else known.push(toChild(row))
  }
  return children
}
