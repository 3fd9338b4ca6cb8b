import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { AccountClass } from '../../ledger/account-classes.ts'
import { readParty } from '../../parties/read-parties.ts'
import { maturitiesOf } from './maturing.ts'
import type { ReserveSlice } from './reserve-slices.ts'

/** How many of the next maturities are told. */
const MATURITIES_SHOWN_MAX = 20

/** What a seller or partner has with us, and owes us. */
export interface BalancesJson {
  readonly party: string
  readonly balances: readonly BalanceJson[]
}

interface BalanceJson {
  readonly currency: string
  readonly available: string
  readonly reserve: string
  readonly owed: string
  readonly maturities: ReadonlyArray<{ readonly slice: string, readonly matures_at: string, readonly amount: string }>
}

interface BalanceRow {
  readonly unit: string
  readonly class: AccountClass
  readonly debits: bigint
  readonly credits: bigint
}

type WaitingSlice = Pick<ReserveSlice, 'id' | 'unit' | 'upto' | 'maturesAt'>

/**
 * What a party (by its inside id, null when the text was none) has available, in reserve and owes, by currency; and when how much of the
 * reserve goes on, if nothing is recovered from it before. Refuses `not_found`.
 */
export async function readBalances (db: Kysely<Database>, tenantId: number, partyId: string | null): Promise<BalancesJson> {
  const party = await readParty(db, tenantId, partyId)
  const { rows } = await sql<BalanceRow>`
    select unit, class, debits, credits from accounts
    where tenant_id = ${tenantId} and class in ('seller_available', 'partner_available', 'seller_reserve', 'party_receivable') and owner = ${party.id}
    order by unit`.execute(db)
  const { rows: slices } = await sql<WaitingSlice>`
    select waiting.* from unnest(${rows.flatMap((row) => row.class === 'seller_reserve' ? [row.unit] : [])}::text[]) as wanted (unit)
    cross join lateral (
      select id, unit, upto, matures_at as "maturesAt" from reserve_slices
      where tenant_id = ${tenantId} and party_id = ${partyId} and unit = wanted.unit and matured_at is null
      order by matures_at, id limit ${MATURITIES_SHOWN_MAX}
    ) as waiting`.execute(db)
  const units = [...new Set(rows.map(({ unit }) => unit))]
  return {
    party: party.id,
    balances: units.map((unit) => show(unit, rows.filter((row) => row.unit === unit), slices.filter((slice) => slice.unit === unit)))
  }
}

function show (unit: string, rows: readonly BalanceRow[], slices: readonly WaitingSlice[]): BalanceJson {
  const money = (minor: bigint): string => formatAmount(minor, unitOf(unit))
  const credit = (...classes: readonly AccountClass[]): bigint => rows.reduce((sum, row) => classes.includes(row.class) ? sum + row.credits - row.debits : sum, 0n)
  const spent = rows.find((row) => row.class === 'seller_reserve')?.debits ?? 0n
  return {
    currency: unit,
    available: money(credit('seller_available', 'partner_available')),
    reserve: money(credit('seller_reserve')),
    owed: money(-credit('party_receivable')),
    maturities: maturitiesOf(slices, spent).map(({ slice, amount }) => ({
      slice: externalId('rsv', slice.id), matures_at: slice.maturesAt.toISOString(), amount: money(amount)
    }))
  }
}
