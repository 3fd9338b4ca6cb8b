import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../db/schema.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { ACCOUNT_CLASSES } from '../ledger/account-classes.ts'
import { reach, type Point } from '../ledger/as-of.ts'
import { tenantNow } from '../tenants/clock.ts'
import { controlOf, sha256OfJson, TIMEZONE, type RowAmounts } from './control.ts'
import type { Report } from './report.ts'

/** The sums of one class of accounts in one unit, minor units; the balance is in the direction of the class. */
export interface ClassSums {
  readonly class: string
  readonly debits: bigint
  readonly credits: bigint
  readonly balance: bigint
}

/** The sums of all accounts of one unit. Debits equal credits, or the books are damaged. */
export interface UnitSums {
  readonly unit: string
  readonly debits: bigint
  readonly credits: bigint
  /** In the order of the chart of accounts. */
  readonly accounts: readonly ClassSums[]
}

/** Every unit's sums with everything up to `seq` and nothing later. */
export interface TrialBalance {
  readonly asOf: Date
  readonly seq: bigint
  readonly generatedAt: Date
  readonly units: readonly UnitSums[]
}

/** How many transfers one statement adds: well under a second, so that no report holds a snapshot for long. */
const TRANSFERS_PER_SUM = 100_000

/**
 * The trial balance of a tenant: of now from its accounts, in one statement and so of one moment;
 * of the past from its transfers. Refuses `invalid_request` for a `seq` that the books have not reached.
 */
export async function readTrialBalance (
  db: Kysely<Database>, tenantId: number, point: Point, transfersPerSum = TRANSFERS_PER_SUM
): Promise<TrialBalance> {
  if (point.kind === 'now') return await fromAccounts(db, tenantId)
  const reached = await reach(db, tenantId, point)
  return { ...reached, units: byUnit(await sumTransfers(db, tenantId, reached.seq, transfersPerSum)) }
}

interface SumRow {
  readonly unit: string
  readonly class: string
  readonly sign: number
  /** Sums of `bigint` columns may exceed one, and come as text. */
  readonly debits: string
  readonly credits: string
}

async function fromAccounts (db: Kysely<Database>, tenantId: number): Promise<TrialBalance> {
  const { rows } = await sql<{ seq: bigint, now: Date } & (SumRow | { unit: null })>`
    select c.transaction_seq as seq, ${tenantNow} as now, sums.*
    from tenant_counters c
    left join (
      select unit, class, sign, sum(debits)::text as debits, sum(credits)::text as credits
      from accounts where tenant_id = ${tenantId} group by unit, class, sign
    ) as sums on true
    where c.tenant_id = ${tenantId}`.execute(db)
  const first = rows[0]
  if (first === undefined) throw new Error(`tenant ${tenantId} has no counter`)
  return { asOf: first.now, seq: first.seq, generatedAt: first.now, units: byUnit(rows.filter((row) => row.unit !== null)) }
}

/**
 * Adds the transfers up to a `seq` that the books have reached, in parts: they never change, so parts read one after the other
 * are as exact as all read at once. What is recorded meanwhile has a higher `seq`.
 */
async function sumTransfers (db: Kysely<Database>, tenantId: number, seq: bigint, transfersPerSum: number): Promise<SumRow[]> {
  const sums: SumRow[] = []
  let above = sql`true`
  for (;;) {
    const { rows: [end] } = await sql<{ transaction_id: string, position: number }>`
      select transaction_id, position from transfers where tenant_id = ${tenantId} and ${above}
      order by transaction_id, position offset ${transfersPerSum - 1} limit 1`.execute(db)
    const upTo = end === undefined ? sql`true` : sql`(transaction_id, position) <= (${end.transaction_id}::uuid, ${end.position}::smallint)`
    sums.push(...await sumPart(db, tenantId, sql`seq <= ${seq} and ${above} and ${upTo}`))
    if (end === undefined) return sums
    above = sql`(transaction_id, position) > (${end.transaction_id}::uuid, ${end.position}::smallint)`
  }
}

async function sumPart (db: Kysely<Database>, tenantId: number, condition: RawBuilder<unknown>): Promise<SumRow[]> {
  const { rows } = await sql<SumRow>`
    with part as materialized (
      select debit_account_id, credit_account_id, amount from transfers where tenant_id = ${tenantId} and ${condition}
    ), sides as (
      select debit_account_id as account_id, sum(amount) as debits, 0 as credits from part group by debit_account_id
      union all
      select credit_account_id, 0, sum(amount) from part group by credit_account_id
    )
    select a.unit, a.class, a.sign, sum(sides.debits)::text as debits, sum(sides.credits)::text as credits
    from sides
    join accounts a on a.tenant_id = ${tenantId} and a.id = sides.account_id
    group by a.unit, a.class, a.sign`.execute(db)
  return rows
}

const CHART = Object.keys(ACCOUNT_CLASSES)

function byUnit (rows: readonly SumRow[]): UnitSums[] {
  const units = new Map<string, Map<string, ClassSums>>()
  for (const row of rows) {
    const classes = units.get(row.unit) ?? new Map<string, ClassSums>()
    const known = classes.get(row.class) ?? { class: row.class, debits: 0n, credits: 0n, balance: 0n }
    const debits = known.debits + BigInt(row.debits)
    const credits = known.credits + BigInt(row.credits)
    classes.set(row.class, { class: row.class, debits, credits, balance: BigInt(row.sign) * (credits - debits) })
    units.set(row.unit, classes)
  }
  return [...units].sort(([a], [b]) => a < b ? -1 : 1).map(([unit, classes]) => {
    const accounts = [...classes.values()].sort((a, b) => CHART.indexOf(a.class) - CHART.indexOf(b.class))
    return {
      unit,
      debits: accounts.reduce((sum, { debits }) => sum + debits, 0n),
      credits: accounts.reduce((sum, { credits }) => sum + credits, 0n),
      accounts
    }
  })
}

/** A trial balance as the API answers it. Its rows are the classes of each unit. */
export function showTrialBalance (trialBalance: TrialBalance) {
  const units = trialBalance.units.map(({ unit, debits, credits, accounts }) => ({
    unit,
    ...showSums({ debits, credits }, unit),
    accounts: accounts.map((sums) => ({
      class: sums.class, ...showSums(sums, unit), balance: formatAmount(sums.balance, unitOf(unit))
    }))
  }))
  return { ...showHead(trialBalance), units, ...controlOf(linesOf(trialBalance), amountsOf), sha256: sha256OfJson(units) }
}

function showHead ({ asOf, seq, generatedAt }: TrialBalance) {
  return { as_of: asOf.toISOString(), timezone: TIMEZONE, seq: Number(seq), generated_at: generatedAt.toISOString() }
}

function showSums ({ debits, credits }: { readonly debits: bigint, readonly credits: bigint }, unit: string) {
  return { debits: formatAmount(debits, unitOf(unit)), credits: formatAmount(credits, unitOf(unit)) }
}

interface TrialBalanceLine extends RowAmounts {
  readonly class: string
  readonly balance: string
}

function linesOf ({ units }: TrialBalance): TrialBalanceLine[] {
  return units.flatMap(({ unit, accounts }) => accounts.map((sums) => ({
    unit, class: sums.class, ...showSums(sums, unit), balance: formatAmount(sums.balance, unitOf(unit))
  })))
}

function amountsOf (line: TrialBalanceLine): readonly RowAmounts[] {
  return [line]
}

/** A trial balance as a table, a class of a unit a row. */
export function tabulateTrialBalance (trialBalance: TrialBalance): Report<TrialBalanceLine> {
  return {
    title: 'Trial balance',
    facts: showHead(trialBalance),
    itemsName: 'lines',
    columns: [
      { title: 'unit', cell: (line) => line.unit },
      { title: 'class', cell: (line) => line.class },
      { title: 'debits', align: 'right', cell: (line) => line.debits },
      { title: 'credits', align: 'right', cell: (line) => line.credits },
      { title: 'balance', align: 'right', cell: (line) => line.balance }
    ],
    amounts: amountsOf,
    pages: [linesOf(trialBalance)]
  }
}
