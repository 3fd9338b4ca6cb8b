import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { unnest, type Columns } from '../db/unnest.ts'
import type { Draft } from '../journal/draft.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { AccountName } from '../ledger/accounts.ts'
import type { CoinLot, Wallet } from './wallet.ts'

/** Where a lot's coins are. */
export type LotPlace = 'pending' | 'available'

/** Coins that moved into a lot (above zero) or out of it, by one entry of their buyer's account. */
export interface CoinMove {
  readonly lotId: string
  readonly place: LotPlace
  /** The version of that account after the entry: it names the transfer. */
  readonly entryVersion: bigint
  readonly coins: bigint
}

/** Moves of coins: written once, together with the lots they change, and loaded by no operation. */
export const COIN_MOVES: RowKind<CoinMove> = {
  name: 'coin move',
  rank: 36,
  idOf: ({ lotId, place, entryVersion }) => `${lotId} ${place} ${entryVersion}`,
  load: async () => await Promise.resolve([]),
  save: insertMoves
}

/** What moved of lots, coins: above zero for what came. */
export interface MovedLot extends Pick<CoinLot, 'id'> {
  readonly coins: bigint
}

/** Records which lots the last drafted posting of a buyer's account of that place moved. Requires that they add up to it. */
export function recordMoves (draft: Draft, account: AccountName, place: LotPlace, lots: readonly MovedLot[]): void {
  const entryVersion = draft.version(account)
  for (const { id, coins } of lots) if (coins !== 0n) draft.books.save(COIN_MOVES, { lotId: id, place, entryVersion, coins })
}

/** What a change of a wallet moves into and out of that place of its lots. */
export function movedLots (before: Wallet, after: Wallet, place: LotPlace): MovedLot[] {
  const known = new Map(before.lots.map((lot) => [lot.id, lot]))
  return after.lots.map((lot) => ({ id: lot.id, coins: lot[place] - (known.get(lot.id)?.[place] ?? 0n) }))
}

async function insertMoves (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<CoinMove>>): Promise<void> {
  await sql`
    insert into coin_moves (tenant_id, lot_id, place, entry_version, coins)
    select ${tenantId}, m.* from ${unnest('m', changes.map(({ after }) => after), COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<CoinMove> = {
  lot_id: ['uuid', ({ lotId }) => lotId],
  place: ['text', ({ place }) => place],
  entry_version: ['bigint', ({ entryVersion }) => entryVersion],
  coins: ['bigint', ({ coins }) => coins]
}
