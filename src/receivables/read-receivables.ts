import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { toPage, type Page } from '../kernel/page.ts'
import { DAY_MS } from '../kernel/time.ts'
import { tenantNow } from '../tenants/clock.ts'
import { unitOf } from '../kernel/units.ts'

/** What a party owes in one currency, and since when it has owed anything in it without a break. */
export interface ReceivableJson {
  readonly party: string
  readonly currency: string
  readonly owed: string
  readonly owing_since: string
  readonly age_days: number
}

interface ReceivableRow {
  readonly id: string
  readonly owner: string
  readonly unit: string
  readonly owed: bigint
  readonly since: Date
  readonly now: Date
}

/** Which debts are wanted: of one party by its inside id, in one currency. */
export interface ReceivableFilter {
  readonly partyId: string | undefined
  readonly unit: string | undefined
}

/**
 * A page of what parties owe us, one row for each party and currency, in the order in which they first owed; `after` is the inside id of
 * the last account of the page before, and of the first one when that is null. A debt that was paid and came up again counts from then.
 */
export async function listReceivables (
  db: Kysely<Database>, tenantId: number, { partyId, unit }: ReceivableFilter, { limit, after }: { readonly limit: number, readonly after: string | null }
): Promise<Page<ReceivableJson>> {
  const conditions = [sql`a.tenant_id = ${tenantId} and a.class = 'party_receivable' and a.debits > a.credits`]
  if (partyId !== undefined) conditions.push(sql`a.owner = ${externalId('pty', partyId)}`)
  if (unit !== undefined) conditions.push(sql`a.unit = ${unit}`)
  if (after !== null) conditions.push(sql`a.id > ${after}`)
  const { rows } = await sql<ReceivableRow>`
    select a.id, a.owner, a.unit, a.debits - a.credits as owed, first.recorded_at as since, ${tenantNow} as now
    from accounts a
    join tenant_counters c on c.tenant_id = a.tenant_id
    cross join lateral (
      -- The last entry that found nothing owed: a receivable begins with a debit.
      select recorded_at from transfers
      where tenant_id = ${tenantId} and debit_account_id = a.id and debit_balance = amount
      order by debit_version desc limit 1
    ) as first
    where ${sql.join(conditions, sql` and `)}
    order by a.id limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ id }) => externalId('acc', id), show)
}

function show ({ owner, unit, owed, since, now }: ReceivableRow): ReceivableJson {
  return {
    party: owner,
    currency: unit,
    owed: formatAmount(owed, unitOf(unit)),
    owing_since: since.toISOString(),
    age_days: Math.floor((now.getTime() - since.getTime()) / DAY_MS)
  }
}
