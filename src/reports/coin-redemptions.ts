import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { internalId } from '../kernel/ids.ts'
import { originColumns, type CoinOrigin, type CoinPeriod } from './coin-flows.ts'

/** Coins of one origin that were redeemed until the beginning of a period, and until its end. */
export interface Redeemed extends CoinOrigin {
  readonly opening: bigint
  readonly closing: bigint
}

/** A redemption of a trade: so many coins, when so many of it had been redeemed before. */
interface Redemption {
  readonly accountId: string
  readonly version: bigint
  readonly seq: bigint
  /** The trade's outside id. */
  readonly subject: string
  readonly coins: bigint
  readonly before: bigint
}

/** A lot that a trade took coins of, in the order in which it took them. */
interface LotOfTrade extends CoinOrigin {
  readonly tradeId: string
  readonly coins: bigint
}

/**
 * Whose coins were redeemed, a page of redemptions at a time. A trade redeems its coins in the order in which it took them out of lots, and
 * gives them back from the other end: so its first so many coins are the redeemed ones, whatever came back meanwhile.
 */
export async function * readRedemptions (db: Kysely<Database>, tenantId: number, { after, seq }: CoinPeriod, limit: number): AsyncGenerator<Redeemed[]> {
  const { rows: accounts } = await sql<{ id: string }>`select id from accounts where tenant_id = ${tenantId} and class = 'coins_redeemed' order by id`.execute(db)
  for (const { id } of accounts) {
    let last = 0n
    for (;;) {
      const redemptions = await readPage(db, tenantId, { accountId: id, last, seq, limit })
      const lots = await lotsOf(db, tenantId, redemptions)
      yield redemptions.flatMap((redemption) => divideOver(redemption, lots.get(redemption.subject) ?? []).map(({ coins, ...origin }) => ({
        ...origin, opening: redemption.seq <= after ? coins : 0n, closing: coins
      })))
      const end = redemptions.at(-1)
      if (end === undefined || redemptions.length < limit) break
      last = end.version
    }
  }
}

/** Divides the coins of one redemption over the lots that its trade took them of. Throws where that took fewer. */
export function divideOver<Lot extends { readonly coins: bigint }> ({ subject, coins, before }: Pick<Redemption, 'subject' | 'coins' | 'before'>, lots: readonly Lot[]): Lot[] {
  let [skip, left] = [before, coins]
  const parts: Lot[] = []
  for (const lot of lots) {
    const skipped = skip < lot.coins ? skip : lot.coins
    skip -= skipped
    const room = lot.coins - skipped
    const part = room < left ? room : left
    left -= part
    if (part > 0n) parts.push({ ...lot, coins: part })
  }
  if (left > 0n) throw new Error(`${subject} redeemed more coins than it took; run "holdfast verify"`)
  return parts
}

async function readPage (db: Kysely<Database>, tenantId: number, { accountId, last, seq, limit }: { readonly accountId: string, readonly last: bigint, readonly seq: bigint, readonly limit: number }): Promise<Redemption[]> {
  const { rows } = await sql<Redemption>`
    select t.credit_version as version, t.seq, x.subject, t.amount as coins, coalesce((
      select sum(earlier.amount)::bigint from transfers earlier
      where earlier.tenant_id = ${tenantId} and earlier.debit_account_id = t.debit_account_id and earlier.debit_version < t.debit_version and earlier.credit_account_id = ${accountId}
    ), 0) as before
    from transfers t
    join transactions x on x.tenant_id = ${tenantId} and x.id = t.transaction_id
    where t.tenant_id = ${tenantId} and t.credit_account_id = ${accountId} and t.credit_version > ${last} and t.seq <= ${seq}
    order by t.credit_version limit ${limit}`.execute(db)
  return rows
}

async function lotsOf (db: Kysely<Database>, tenantId: number, redemptions: readonly Redemption[]): Promise<Map<string, LotOfTrade[]>> {
  const subjects = new Map([...new Set(redemptions.map(({ subject }) => subject))].map((subject) => [internalId('trd', subject), subject]))
  const { rows } = await sql<LotOfTrade>`
    select t.id as "tradeId", (lot.kept ->> 'coins')::bigint as coins, ${originColumns}
    from trades t
    cross join jsonb_array_elements(t.coins -> 'lots') with ordinality as lot (kept, place)
    join coin_lots origin on origin.tenant_id = ${tenantId} and origin.id = (lot.kept ->> 'origin')::uuid
    where t.tenant_id = ${tenantId} and t.id = any(${[...subjects.keys()]}::uuid[])
    order by t.id, lot.place`.execute(db)
  const lots = new Map<string, LotOfTrade[]>()
  for (const lot of rows) {
    const subject = subjects.get(lot.tradeId) ?? ''
    lots.set(subject, [...lots.get(subject) ?? [], lot])
  }
  return lots
}
