import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId, type IdPrefix } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { COIN_CODE, findUnit, unitOf } from '../kernel/units.ts'

/** Something in the books that cannot be: which rule it breaks, whose books, and what exactly is wrong, with its id and amounts. */
export interface Finding {
  readonly check: string
  readonly tenant: number
  readonly what: string
}

/** One thing that must hold in the books of every tenant, and how to find where it does not. */
export interface Check {
  /** A short name in kebab case, such as `account-sums`. */
  readonly name: string
  /** What must hold, as a sentence. */
  readonly about: string
  /** Every place where it does not hold, at most {@link FINDINGS_SHOWN_MAX} by name and one line that counts the rest. Reads only. */
  find (db: Kysely<Database>): Promise<Finding[]>
}

/** How many findings of one check are told one by one. */
export const FINDINGS_SHOWN_MAX = 20

interface SqlCheck<Row extends object> {
  readonly name: string
  readonly about: string
  /** Selects one row for each place that is wrong, among its columns `tenant_id`. One statement, so that all its numbers are of one moment. */
  readonly query: RawBuilder<Row>
  /** Says what is wrong with that row. */
  readonly tell: (row: Row) => string
}

/** A check that is one SQL query. The database does the adding; whatever is wrong, only a few rows and their count come back. */
export function sqlCheck<Row extends { readonly tenant_id: number }> ({ name, about, query, tell }: SqlCheck<Row>): Check {
  return {
    name,
    about,
    async find (db) {
      const { rows } = await sql<Row & { findings_total: bigint }>`
        select wrong.*, count(*) over () as findings_total
        from (${query}) as wrong
        order by wrong.tenant_id
        limit ${FINDINGS_SHOWN_MAX}`.execute(db)
      const findings = rows.map((row) => ({ check: name, tenant: row.tenant_id, what: tell(row) }))
      const last = rows.at(-1)
      if (last !== undefined && last.findings_total > rows.length) {
        const more = last.findings_total - BigInt(rows.length)
        findings.push({ check: name, tenant: last.tenant_id, what: `and ${more} more like it, in this tenant or later ones` })
      }
      return findings
    }
  }
}

/** The outside form of an id in a finding; an id that no newId made is told as it stands, for a check must not fail on what it looks for. */
export function tellId (prefix: IdPrefix, uuid: string): string {
  try {
    return externalId(prefix, uuid)
  } catch {
    return `${prefix} ${uuid}`
  }
}

/** An amount in a finding, such as `10.00 CNY`. Minor units, as `bigint` or as the text of a sum; an unknown unit shows them raw. */
export function tellAmount (minor: bigint | string, unitCode: string): string {
  const unit = COIN_CODE.test(unitCode) ? unitOf(unitCode) : findUnit(unitCode)
  return unit === null ? `${minor} of unit ${unitCode}` : `${formatAmount(BigInt(minor), unit)} ${unit.code}`
}

/** What names an account in a finding. */
export interface NamedAccount {
  readonly account_id: string
  readonly class: string
  readonly owner: string
  readonly unit: string
}

/** An account in a finding, such as `account acc_… of class escrow (trd_…, CNY)`. */
export function tellAccount ({ account_id: id, class: accountClass, owner, unit }: NamedAccount): string {
  return `account ${tellId('acc', id)} of class ${accountClass} (${owner === '' ? unit : `${owner}, ${unit}`})`
}
