import { sql, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { idArray, textArray } from '../db/unnest.ts'
import { readWalletId, walletId, type WalletName, type WalletPart } from './wallet-names.ts'
import { byExpiry, WARNING_DAYS, type CoinLot, type Wallet } from './wallet.ts'

/** How many lots of a wallet are read to be spent, unless they do not do. Most wallets have fewer. */
const SOONEST_MAX = 50
/** How many lots of a wallet time works on at once: each brings about some six rows. */
const DUE_MAX = 50

/** What a `CoinLot` is read from. */
export const lotColumns = sql`
  id, origin_id as "originId", source, source_id as "sourceId", trade_id as "tradeId", funder_id as "funderId", issued, earned_on as "earnedOn", pending, available, matures_at as "maturesAt",
  expires_at as "expiresAt", warned_days as "warnedDays", created_at as "createdAt"`

const [FIRST_WARNING, LAST_WARNING] = WARNING_DAYS

/** When time has work with a lot next, as `nextDeadline` tells it. */
export const lotDeadline = sql`least(
  case when pending > 0 then matures_at end,
  case when available > 0 then expires_at - make_interval(hours => 24 * case warned_days when ${sql.lit(FIRST_WARNING)} then ${sql.lit(LAST_WARNING)} when ${sql.lit(LAST_WARNING)} then 0 else ${sql.lit(FIRST_WARNING)} end) end)`

/**
 * Locks wallets in their order, then reads the lots of theirs that are asked for, of those that are not used up: what a lock had to wait for is seen. Where several
 * ask for parts of one wallet, it has all of these.
 */
export async function loadWallets (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Wallet[]> {
  const names = ids.map(readWalletId)
  const [roots, soonest, ...others] = await Promise.all([
    lockRoots(trx, tenantId, names),
    readLots(trx, tenantId, names.filter(({ part }) => part === 'soonest'), sql`order by expires_at, id limit ${sql.lit(SOONEST_MAX)}`),
    readLots(trx, tenantId, names.filter(({ part }) => part === 'due'), sql`and ${lotDeadline} is not null order by ${lotDeadline}, id limit ${sql.lit(DUE_MAX)}`),
    readLots(trx, tenantId, names.filter(({ part }) => part === 'all'), sql`order by expires_at, id offset 0`),
    readLots(trx, tenantId, names.filter(({ part }) => part?.startsWith('trade:') === true), OF_TRADE)
  ])
  const wanted = new Set(ids)
  return roots.map((root) => {
    const [name, asks] = [walletId(root.buyerId, root.currency), (part: WalletPart) => wanted.has(walletId(root.buyerId, root.currency, part))]
    const first = soonest.get(name) ?? []
    const lots = [...new Map([first, ...others.map((part) => part.get(name) ?? [])].flat().map((lot) => [lot.id, lot])).values()].sort(byExpiry)
    const isWhole = asks('all') || (asks('soonest') && first.length < SOONEST_MAX)
    return isWhole ? { ...root, lots } : { ...root, lots, readUpTo: first.at(-1) ?? null }
  })
}

type Root = Omit<Wallet, 'lots' | 'readUpTo'>

async function lockRoots (trx: BatchTransaction, tenantId: number, names: readonly WalletName[]): Promise<Root[]> {
  const each = new Map(names.map((name) => [walletId(name.buyerId, name.currency), name]))
  const { rows } = await sql<Root>`
    select wallet.* from ${wantedOf([...each.values()])}
    cross join lateral (
      select buyer_id as "buyerId", currency, created_at as "createdAt", version
      from coin_wallets where tenant_id = ${tenantId} and buyer_id = wanted.buyer_id and currency = wanted.currency limit 1 for no key update
    ) as wallet`.execute(trx)
  return rows
}

interface LotRow extends CoinLot {
  readonly buyerId: string
  readonly currency: string
}

/** Lots of wallets that are not used up: those of each that `which` picks. No wallet, no statement. */
async function readLots (trx: BatchTransaction, tenantId: number, names: readonly WalletName[], which: RawBuilder<unknown>): Promise<Map<string, CoinLot[]>> {
  const byWallet = new Map<string, CoinLot[]>()
  if (names.length === 0) return byWallet
  const { rows } = await sql<LotRow>`
    select lot.* from ${wantedOf(names)}
    cross join lateral (
      select buyer_id as "buyerId", currency, ${lotColumns}
      from coin_lots where tenant_id = ${tenantId} and buyer_id = wanted.buyer_id and currency = wanted.currency and is_open ${which}
    ) as lot`.execute(trx)
  for (const { buyerId, currency, ...lot } of rows) {
    const name = walletId(buyerId, currency)
    const known = byWallet.get(name)
    if (known === undefined) byWallet.set(name, [lot])
    else known.push(lot)
  }
  return byWallet
}

/** Lots that a trade earned, or of which it took coins. */
const OF_TRADE = sql`
  and (trade_id = wanted.trade_id or id = any(array(
    select (taken ->> 'id')::uuid from trades t cross join jsonb_array_elements(t.coins -> 'lots') as taken where t.tenant_id = coin_lots.tenant_id and t.id = wanted.trade_id)))
  order by expires_at, id offset 0`

/** Wallets by name; `trade_id` is that of the part, where it is one of a trade. */
function wantedOf (names: readonly WalletName[]): RawBuilder<unknown> {
  const trades = names.map(({ part }) => part?.startsWith('trade:') === true ? part.slice('trade:'.length) : 'NULL')
  return sql`unnest(
    ${idArray(names.map(({ buyerId }) => buyerId))}::uuid[], ${textArray(names.map(({ currency }) => currency))}::text[], ${idArray(trades)}::uuid[]) as wanted (buyer_id, currency, trade_id)`
}
