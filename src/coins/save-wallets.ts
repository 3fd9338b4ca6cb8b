import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../db/unnest.ts'
import type { RowChange } from '../journal/row-kind.ts'
import { lotDeadline } from './load-wallets.ts'
import type { CoinLot, Wallet } from './wallet.ts'
import { nextDeadline } from './wallet-time.ts'

interface ChangedLot {
  readonly wallet: Wallet
  readonly lot: CoinLot
  readonly isNew: boolean
}

interface ChangedWallet {
  readonly before: Wallet
  readonly after: Wallet
  /** Whether all its lots are known, only new ones came to those that are not, or others of them changed. */
  readonly lots: 'known' | 'added' | 'changed'
  readonly deadline: Date | null
}

/** Writes wallets with their new and changed lots. Lots come first: where not all of a wallet's are known, the next deadline is looked up among them. */
export async function saveWallets (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Wallet>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const lots = changes.flatMap(({ before, after }) => changedLots(before, after))
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [reckon(before, after)])
  const [added, moved] = [lots.filter(({ isNew }) => isNew), lots.filter(({ isNew }) => !isNew)]
  await Promise.all([
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
      select demand(count(*) = ${part.length}, 'a lot of a wallet is missing') from moved`.execute(trx)),
    sendFor(opened, async (part) => await sql`
      with opened as (
        insert into coin_wallets (tenant_id, buyer_id, currency, created_at, version, next_deadline_at, next_attempt_at)
        select ${tenantId}, w.*, w.next_deadline_at from ${unnest('w', part, OPENED)}
        order by w.buyer_id, w.currency
        on conflict do nothing returning 1
      )
      select demand(count(*) = ${part.length}, 'another process was first to open a wallet', '40001') from opened`.execute(trx)),
    sendFor(changed, async (part) => await sql`
      with due as (
        select c.*, case c.lots
          when 'known' then c.deadline
          when 'added' then least(w.next_deadline_at, c.deadline)
          else (select min(${lotDeadline}) from coin_lots where tenant_id = ${tenantId} and buyer_id = c.buyer_id and currency = c.currency and is_open) end as next_at
        from ${unnest('c', part, CHANGED)}
        join coin_wallets w on w.tenant_id = ${tenantId} and w.buyer_id = c.buyer_id and w.currency = c.currency
      ), changed as (
        update coin_wallets w set version = due.version, next_deadline_at = due.next_at, next_attempt_at = due.next_at
        from due
        where w.tenant_id = ${tenantId} and w.buyer_id = due.buyer_id and w.currency = due.currency and w.version = due.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a wallet changed while it was locked') from changed`.execute(trx))
  ])
}

function changedLots (before: Wallet | null, after: Wallet): ChangedLot[] {
  const known = new Map(before?.lots.map((lot) => [lot.id, lot]))
  return after.lots.flatMap((lot): ChangedLot[] => known.get(lot.id) === lot ? [] : [{ wallet: after, lot, isNew: !known.has(lot.id) }])
}

function reckon (before: Wallet, after: Wallet): ChangedWallet {
  if (after.readUpTo === undefined) return { before, after, lots: 'known', deadline: nextDeadline(after) }
  const lots = changedLots(before, after)
  const added = lots.every(({ isNew }) => isNew)
  return { before, after, lots: added ? 'added' : 'changed', deadline: added ? nextDeadline({ lots: lots.map(({ lot }) => lot) }) : null }
}

const OPENED: Columns<Wallet> = {
  buyer_id: ['uuid', ({ buyerId }) => buyerId],
  currency: ['text', ({ currency }) => currency],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version],
  next_deadline_at: ['timestamptz', nextDeadline]
}

const CHANGED: Columns<ChangedWallet> = {
  buyer_id: ['uuid', ({ after }) => after.buyerId],
  currency: ['text', ({ after }) => after.currency],
  loaded_version: ['integer', ({ before }) => before.version],
  version: ['integer', ({ after }) => after.version],
  lots: ['text', ({ lots }) => lots],
  deadline: ['timestamptz', ({ deadline }) => deadline]
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
  grant_ref: ['text', ({ lot }) => lot.grantRef ?? null],
  trade_id: ['uuid', ({ lot }) => lot.tradeId],
  funder_id: ['uuid', ({ lot }) => lot.funderId],
  issued: ['bigint', ({ lot }) => lot.issued],
  earned_on: ['bigint', ({ lot }) => lot.earnedOn],
  created_at: ['timestamptz', ({ lot }) => lot.createdAt]
}
