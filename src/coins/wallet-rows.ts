import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { sendFor, textArray, idArray, unnest, type Columns } from '../db/unnest.ts'
import type { Books, Need, Rows } from '../journal/operation.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { CoinLot, Wallet } from './wallet.ts'
import { nextDeadline } from './wallet-time.ts'

/** Wallets with their lots: locked, read and written as one. Locked after the trades that lead to them. */
export const WALLETS: RowKind<Wallet> = {
  name: 'coin wallet',
  rank: 35,
  idOf: ({ buyerId, currency }) => walletId(buyerId, currency),
  load: loadWallets,
  save: saveWallets
}

/** What names the wallet of a buyer (inside id) in the programme of a currency. */
export function walletId (buyerId: string, currency: string): string {
  return `${buyerId}/${currency}`
}

/** That an operation works on a wallet: whose is told by the rows. */
export function needWallet (nameOf: (rows: Rows) => { readonly buyerId: string, readonly currency: string } | null): Need {
  return {
    kind: WALLETS,
    ids (rows) {
      const name = nameOf(rows)
      return name === null ? [] : [walletId(name.buyerId, name.currency)]
    }
  }
}

/** The wallet of a buyer, empty where he never had a coin. The operation has named it, or is decided again with it. */
export function walletOf (books: Books, buyerId: string, currency: string): Wallet {
  return books.find(WALLETS, walletId(buyerId, currency)) ?? { buyerId, currency, lots: [], createdAt: books.now, version: 0 }
}

/** Saves a changed wallet as its next version. */
export function saveWallet (books: Books, wallet: Wallet): void {
  books.save(WALLETS, { ...wallet, version: wallet.version + 1 })
}

interface LotRow extends CoinLot {
  readonly buyerId: string
  readonly currency: string
}

/** What a `CoinLot` is read from. */
export const lotColumns = sql`
  id, origin_id as "originId", source, source_id as "sourceId", trade_id as "tradeId", funder_id as "funderId", issued, pending, available, matures_at as "maturesAt",
  expires_at as "expiresAt", warned_days as "warnedDays", created_at as "createdAt"`

/** Locks wallets in their order, then reads the lots that are not used up: what a lock had to wait for is seen. */
async function loadWallets (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Wallet[]> {
  const names = ids.map((id) => id.split('/'))
  const wanted = sql`unnest(${idArray(names.map(([buyerId = '']) => buyerId))}::uuid[], ${textArray(names.map(([, currency = '']) => currency))}::text[]) as wanted (buyer_id, currency)`
  const [wallets, lots] = await Promise.all([
    sql<Omit<Wallet, 'lots'>>`
      select wallet.* from ${wanted}
      cross join lateral (
        select buyer_id as "buyerId", currency, created_at as "createdAt", version
        from coin_wallets where tenant_id = ${tenantId} and buyer_id = wanted.buyer_id and currency = wanted.currency limit 1 for no key update
      ) as wallet`.execute(trx),
    sql<LotRow>`
      select lot.* from ${wanted}
      cross join lateral (
        select buyer_id as "buyerId", currency, ${lotColumns}
        from coin_lots where tenant_id = ${tenantId} and buyer_id = wanted.buyer_id and currency = wanted.currency and pending + available > 0
        order by expires_at, id offset 0
      ) as lot`.execute(trx)
  ])
  const byWallet = new Map<string, CoinLot[]>(wallets.rows.map(({ buyerId, currency }) => [walletId(buyerId, currency), []]))
  for (const { buyerId, currency, ...lot } of lots.rows) byWallet.get(walletId(buyerId, currency))?.push(lot)
  return wallets.rows.map((wallet) => ({ ...wallet, lots: byWallet.get(walletId(wallet.buyerId, wallet.currency)) ?? [] }))
}

async function saveWallets (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Wallet>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  const lots = changes.flatMap(({ before, after }) => {
    const known = new Map(before?.lots.map((lot) => [lot.id, lot]))
    return after.lots.flatMap((lot): ChangedLot[] => known.get(lot.id) === lot ? [] : [{ wallet: after, lot, isNew: !known.has(lot.id) }])
  })
  const [added, moved] = [lots.filter(({ isNew }) => isNew), lots.filter(({ isNew }) => !isNew)]
  await Promise.all([
    sendFor(opened, async (part) => await sql`
      with opened as (
        insert into coin_wallets (tenant_id, buyer_id, currency, created_at, version, next_deadline_at, next_attempt_at)
        select ${tenantId}, w.*, w.next_deadline_at from ${unnest('w', part, OPENED)}
        order by w.buyer_id, w.currency
        on conflict do nothing returning 1
      )
      select demand(count(*) = ${part.length}, 'another process was first to open a wallet', '40001') from opened`.execute(trx)),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update coin_wallets w set version = c.version, next_deadline_at = c.next_deadline_at, next_attempt_at = c.next_deadline_at
        from ${unnest('c', part, CHANGED)}
        where w.tenant_id = ${tenantId} and w.buyer_id = c.buyer_id and w.currency = c.currency and w.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a wallet changed while it was locked') from changed`.execute(trx)),
    added.length === 0
      ? null
      : sql`
        insert into coin_lots (tenant_id, ${sql.raw(Object.keys(ADDED_LOT).join(', '))})
        select ${tenantId}, l.* from ${unnest('l', added, ADDED_LOT)}`.execute(trx),
    sendFor(moved, async (part) => await sql`
      with moved as (
        update coin_lots l set pending = c.pending, available = c.available, matures_at = c.matures_at, expires_at = c.expires_at, warned_days = c.warned_days
        from ${unnest('c', part, MOVED_LOT)}
        where l.tenant_id = ${tenantId} and l.id = c.id
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a lot of a wallet is missing') from moved`.execute(trx))
  ])
}

interface ChangedLot {
  readonly wallet: Wallet
  readonly lot: CoinLot
  readonly isNew: boolean
}

const OPENED: Columns<Wallet> = {
  buyer_id: ['uuid', ({ buyerId }) => buyerId],
  currency: ['text', ({ currency }) => currency],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version],
  next_deadline_at: ['timestamptz', nextDeadline]
}

const CHANGED: Columns<{ readonly before: Wallet, readonly after: Wallet }> = {
  buyer_id: ['uuid', ({ after }) => after.buyerId],
  currency: ['text', ({ after }) => after.currency],
  loaded_version: ['integer', ({ before }) => before.version],
  version: ['integer', ({ after }) => after.version],
  next_deadline_at: ['timestamptz', ({ after }) => nextDeadline(after)]
}

const MOVED_LOT: Columns<ChangedLot> = {
  id: ['uuid', ({ lot }) => lot.id],
  pending: ['bigint', ({ lot }) => lot.pending],
  available: ['bigint', ({ lot }) => lot.available],
  matures_at: ['timestamptz', ({ lot }) => lot.maturesAt],
  expires_at: ['timestamptz', ({ lot }) => lot.expiresAt],
  warned_days: ['smallint', ({ lot }) => lot.warnedDays]
}

const ADDED_LOT: Columns<ChangedLot> = {
  ...MOVED_LOT,
  buyer_id: ['uuid', ({ wallet }) => wallet.buyerId],
  currency: ['text', ({ wallet }) => wallet.currency],
  origin_id: ['uuid', ({ lot }) => lot.originId],
  source: ['text', ({ lot }) => lot.source],
  source_id: ['text', ({ lot }) => lot.sourceId],
  trade_id: ['uuid', ({ lot }) => lot.tradeId],
  funder_id: ['uuid', ({ lot }) => lot.funderId],
  issued: ['bigint', ({ lot }) => lot.issued],
  created_at: ['timestamptz', ({ lot }) => lot.createdAt]
}
