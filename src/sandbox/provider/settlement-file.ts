import { stringify } from 'csv-stringify/sync'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { DAY_MS } from '../../kernel/time.ts'
import { unitOf } from '../../kernel/units.ts'
import { tenantNow } from '../../tenants/clock.ts'
import type { Fact, FactKind } from './fact.ts'
import { factColumns } from './fact-rows.ts'

/** The columns of the file, in their order. */
export const SETTLEMENT_COLUMNS = ['line', 'type', 'provider_ref', 'currency', 'gross', 'fee', 'net', 'occurred_at', 'fact'] as const

/** What each kind of fact is called in the file, and which way its money goes, from the marketplace's side: of a lost chargeback none, but perhaps a fee. */
const LINES: Readonly<Record<FactKind, { readonly type: string, readonly sign: 1n | 0n | -1n } | null>> = {
  payment: { type: 'payment', sign: 1n },
  refund_success: { type: 'refund', sign: -1n },
  refund_failure: null,
  refund_bounce: { type: 'refund_bounced', sign: 1n },
  chargeback_opened: { type: 'chargeback', sign: -1n },
  chargeback_won: { type: 'chargeback_won', sign: 1n },
  chargeback_lost: { type: 'chargeback_lost', sign: 0n }
}

const PAGE = 1_000

interface Totals {
  lines: number
  gross: bigint
  fee: bigint
}

/**
 * What happened at the provider on one day of the test clock (UTC, given as its first moment), as it settles it with the marketplace: whether it told us
 * of it or not, and whether we took it down right. Piece by piece; after the lines one `total` for each currency. What moves no money and what is still to come
 * is not in it.
 */
export async function * settlementFile (db: Kysely<Database>, tenantId: number, day: Date): AsyncGenerator<string> {
  const totals = new Map<string, Totals>()
  let line = 0
  yield stringify([[...SETTLEMENT_COLUMNS]])
  for await (const facts of factsOfDay(db, tenantId, day)) {
    const rows = facts.flatMap((fact) => {
      const kind = LINES[fact.kind]
      if (kind === null) return []
      const { unit: currency } = fact
      const [gross, fee] = [kind.sign * fact.amount, fact.fee - fact.feeReturned]
      if (gross === 0n && fee === 0n) return []
      const sums = totals.get(currency) ?? { lines: 0, gross: 0n, fee: 0n }
      totals.set(currency, { lines: sums.lines + 1, gross: sums.gross + gross, fee: sums.fee + fee })
      line += 1
      return [[String(line), kind.type, fact.reference, currency, ...amounts(currency, gross, fee), fact.occurredAt.toISOString(), externalId('sbx', fact.id)]]
    })
    if (rows.length > 0) yield stringify(rows)
  }
  const sorted = [...totals].sort(([one], [other]) => one < other ? -1 : 1)
  if (sorted.length > 0) {
    yield stringify(sorted.map(([currency, { lines, gross, fee }]) => ['total', String(lines), '', currency, ...amounts(currency, gross, fee), '', '']))
  }
}

function amounts (currency: string, gross: bigint, fee: bigint): string[] {
  const unit = unitOf(currency)
  return [gross, fee, gross - fee].map((amount) => formatAmount(amount, unit))
}

async function * factsOfDay (db: Kysely<Database>, tenantId: number, day: Date): AsyncGenerator<readonly Fact[]> {
  const end = new Date(day.getTime() + DAY_MS).toISOString()
  let after = { at: day.toISOString(), id: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const { rows } = await sql<Fact>`
      select ${factColumns} from sandbox_facts f, tenant_counters c
      where c.tenant_id = ${tenantId} and f.tenant_id = ${tenantId} and (occurred_at, id) > (${after.at}::timestamptz, ${after.id}::uuid)
        and occurred_at < ${end}::timestamptz and occurred_at <= ${tenantNow}
      order by occurred_at, id limit ${PAGE}`.execute(db)
    yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = { at: last.occurredAt.toISOString(), id: last.id }
  }
}
