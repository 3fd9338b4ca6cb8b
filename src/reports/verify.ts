import { sql, type Kysely } from 'kysely'
import { COIN_CHECKS } from '../coins/checks.ts'
import type { Database } from '../db/schema.ts'
import { IDENTITY_CHECKS } from '../customs/checks/identity-checks.ts'
import { LOOKUP_CHECKS } from '../customs/checks/lookup-checks.ts'
import { DECLARATION_CHECKS } from '../customs/declarations/declaration-checks.ts'
import { ESCROW_CHECKS } from '../escrow/checks/checks.ts'
import { TRADE_COIN_CHECKS } from '../escrow/checks/coin-checks.ts'
import { DISPUTE_CHECKS } from '../escrow/checks/dispute-checks.ts'
import { ACCOUNT_CHECKS } from '../ledger/account-checks.ts'
import type { Check, Finding } from '../ledger/checks.ts'
import { ORDER_CHECKS } from '../ledger/order-checks.ts'
import { TRANSFER_CHECKS } from '../ledger/transfer-checks.ts'
import { MANUAL_JOURNAL_CHECKS } from '../manual-journals/checks.ts'
import { SANDBOX_CHECKS } from '../sandbox/checks.ts'
import { RECEIVABLE_CHECKS } from '../receivables/checks.ts'
import { AUDIT_CHECKS } from './audit-checks.ts'
import { CLAIM_CHECKS } from './claim-checks.ts'

/** The checks that any books must pass, whatever they are kept for. */
export const BOOK_CHECKS: readonly Check[] = [...TRANSFER_CHECKS, ...ORDER_CHECKS, ...ACCOUNT_CHECKS, ...CLAIM_CHECKS, ...AUDIT_CHECKS]

/** Every check there is, in the order in which a finding of one explains those of the next. */
export const ALL_CHECKS: readonly Check[] = [
  ...BOOK_CHECKS, ...MANUAL_JOURNAL_CHECKS, ...RECEIVABLE_CHECKS, ...COIN_CHECKS, ...ESCROW_CHECKS, ...DISPUTE_CHECKS, ...TRADE_COIN_CHECKS, ...IDENTITY_CHECKS, ...LOOKUP_CHECKS, ...DECLARATION_CHECKS,
  ...SANDBOX_CHECKS
]

/** What one check found, and how long it looked. */
export interface CheckResult {
  readonly name: string
  readonly about: string
  readonly findings: readonly Finding[]
  readonly durationMs: number
}

/** What a whole verification found. */
export interface Verification {
  /** Whether nothing is wrong. */
  readonly clean: boolean
  readonly checks: readonly CheckResult[]
}

/** The books of years take their time; what hangs longer than this is broken. */
const CHECK_TIMEOUT = '2h'

/**
 * Re-adds the books of all tenants from their transfers and checks everything that must hold in them, one check after the other
 * on a connection of its own; tells `onChecked` after each. Reads only. Every check is one statement, so its numbers are of one moment
 * and the service may go on meanwhile; on large books use a replica, because a long statement slows down writers.
 */
export async function runVerify (
  db: Kysely<Database>, checks: readonly Check[] = ALL_CHECKS, onChecked: (result: CheckResult) => Promise<void> | void = () => {}
): Promise<Verification> {
  return await db.connection().execute(async (connection) => {
    await sql`select set_config('statement_timeout', ${CHECK_TIMEOUT}, false)`.execute(connection)
    // Checks read whole tables. Before the first statistics the planner takes them for small, and would walk through one for each row of another.
    await sql`set enable_nestloop = off`.execute(connection)
    // Where a nested loop cannot be avoided, PostgreSQL before 18 prices that as if it took for ever, and would compile each such check for seconds.
    await sql`set jit = off`.execute(connection)
    try {
      const results: CheckResult[] = []
      for (const check of checks) {
        const result = await runCheck(connection, check)
        results.push(result)
        await onChecked(result)
      }
      return { clean: results.every(({ findings }) => findings.length === 0), checks: results }
    } finally {
      await sql`reset statement_timeout`.execute(connection)
      await sql`reset enable_nestloop`.execute(connection)
      await sql`reset jit`.execute(connection)
    }
  })
}

async function runCheck (db: Kysely<Database>, check: Check): Promise<CheckResult> {
  const startedAt = performance.now()
  const findings = await check.find(db)
  return { name: check.name, about: check.about, findings, durationMs: Math.round(performance.now() - startedAt) }
}
