import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import { endOf, reach, type Point } from '../ledger/as-of.ts'
import type { Period } from '../ledger/period.ts'
import { TIMEZONE, type RowAmounts } from './control.ts'
import { REPORT_PAGE_MAX } from './page.ts'
import type { Report } from './report.ts'

/** The declarations that were made in a period, as they stood at a moment. */
export interface DeclarationPeriod {
  readonly period: Period
  readonly asOf: Date
  readonly seq: bigint
  readonly generatedAt: Date
  readonly count: number
}

interface DeclarationRow {
  readonly id: string
  readonly requestId: string
  readonly tradeId: string
  readonly tradeRef: string
  readonly paymentId: string
  readonly provider: string
  readonly providerRef: string
  readonly jurisdiction: string
  readonly currency: string
  readonly paid: bigint
  readonly platformCode: string
  readonly payTransactionId: string
  readonly createdAt: Date
  readonly message: number
  readonly type: 'new' | 'change' | 'delete'
  readonly amount: bigint
  readonly customs: string
  readonly merchantCode: string
  readonly orderNo: string
  readonly sentAt: Date | null
  readonly state: string
  readonly code: string | null
  readonly answeredAt: Date | null
}

/** Finds the declarations that were made in a period and before a moment. What is asked for as of a moment that is over stays as it is: messages and answers are only added. */
export async function readDeclarationPeriod (db: Kysely<Database>, tenantId: number, period: Period, point: Point): Promise<DeclarationPeriod> {
  const { seq, asOf, generatedAt } = await reach(db, tenantId, point)
  const { rows: [row] } = await sql<{ count: number }>`select count(*)::int as count from declarations d where ${within(tenantId, period, asOf)}`.execute(db)
  return { period, asOf, seq, generatedAt, count: row?.count ?? 0 }
}

/** At most `limit` declarations of a period, in the order in which they were made, from after one on (its inside id; null: from the first). */
export async function listPeriodDeclarations (
  db: Kysely<Database>, tenantId: number, { period, asOf }: DeclarationPeriod, { limit, after }: { readonly limit: number, readonly after: string | null }
): Promise<DeclarationRow[]> {
  const { rows } = await sql<DeclarationRow>`
    select d.id, d.request_id as "requestId", d.trade_id as "tradeId", t.external_ref as "tradeRef", d.payment_id as "paymentId", p.provider, p.provider_ref as "providerRef", d.jurisdiction, d.currency,
      a.amount as paid, d.platform_code as "platformCode", d.pay_transaction_id as "payTransactionId", d.created_at as "createdAt",
      m.number as message, m.type, case when m.type = 'delete' then 0 else m.amount end as amount, m.customs, m.merchant_code as "merchantCode", m.order_no as "orderNo",
      case when m.sent_at <= ${asOf} then m.sent_at end as "sentAt",
      coalesce(said.state, case when m.sent_at <= ${asOf} then 'submitted' else 'draft' end) as state, said.code, said.answered_at as "answeredAt"
    from declarations d
    join trades t on t.tenant_id = d.tenant_id and t.id = d.trade_id
    join payments p on p.tenant_id = d.tenant_id and p.id = d.payment_id
    join payment_allocations a on a.tenant_id = d.tenant_id and a.trade_id = d.trade_id and a.payment_id = d.payment_id
    cross join lateral (
      select * from declaration_messages where tenant_id = d.tenant_id and declaration_id = d.id and made_at <= ${asOf} order by number desc limit 1
    ) as m
    left join lateral (
      select state, code, answered_at from declaration_answers
      where tenant_id = d.tenant_id and declaration_id = d.id and message = m.number and received_at <= ${asOf} order by number desc limit 1
    ) as said on true
    where ${within(tenantId, period, asOf)} and (${after}::uuid is null or d.id > ${after})
    order by d.id limit ${limit}`.execute(db)
  return rows
}

function within (tenantId: number, { from, to }: Period, asOf: Date) {
  return sql`d.tenant_id = ${tenantId} and d.created_at < ${endOf(asOf)} and (${from}::timestamptz is null or d.created_at >= ${from}) and (${to}::timestamptz is null or d.created_at < ${to})`
}

/** The head of the report as the API answers it. */
export function showDeclarationsHead ({ period, asOf, seq, generatedAt, count }: DeclarationPeriod) {
  return {
    from: period.from?.toISOString() ?? null,
    to: period.to?.toISOString() ?? null,
    as_of: asOf.toISOString(),
    timezone: TIMEZONE,
    seq: Number(seq),
    generated_at: generatedAt.toISOString(),
    totals: { declarations: count }
  }
}

/** A declaration in the report: nothing of who paid. */
export function showReportedDeclaration (row: DeclarationRow) {
  const money = (minor: bigint): string => formatAmount(minor, unitOf(row.currency))
  return {
    id: externalId('dcl', row.id),
    request_id: row.requestId,
    trade: externalId('trd', row.tradeId),
    trade_external_ref: row.tradeRef,
    payment: externalId('pay', row.paymentId),
    provider: row.provider,
    provider_ref: row.providerRef,
    jurisdiction: row.jurisdiction,
    customs: row.customs,
    merchant_code: row.merchantCode,
    platform_code: row.platformCode,
    order_no: row.orderNo,
    pay_transaction_id: row.payTransactionId,
    state: row.state,
    raw_code: row.code,
    answered_at: row.answeredAt?.toISOString() ?? null,
    unit: row.currency,
    paid: money(row.paid),
    declared: money(row.amount),
    message: row.message,
    message_type: row.type,
    sent_at: row.sentAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString()
  }
}

type ReportedDeclaration = ReturnType<typeof showReportedDeclaration>

/** What a declaration adds to a control total: what customs is told, as a debit. */
export function declarationAmounts ({ unit, declared }: Pick<ReportedDeclaration, 'unit' | 'declared'>): readonly RowAmounts[] {
  return [{ unit, debits: declared, credits: formatAmount(0n, unitOf(unit)) }]
}

/** The whole report as a table, a declaration a row. */
export function tabulateDeclarations (db: Kysely<Database>, tenantId: number, declarations: DeclarationPeriod): Report<ReportedDeclaration> {
  return {
    title: 'Customs declarations',
    facts: showDeclarationsHead(declarations),
    itemsName: 'declarations',
    columns: [
      { title: 'created at', cell: (item) => item.created_at },
      { title: 'request id', cell: (item) => item.request_id },
      { title: 'trade', cell: (item) => item.trade, onlyInFiles: true },
      { title: 'trade external ref', cell: (item) => item.trade_external_ref },
      { title: 'payment', cell: (item) => item.payment, onlyInFiles: true },
      { title: 'provider', cell: (item) => item.provider },
      { title: 'provider ref', cell: (item) => item.provider_ref },
      { title: 'jurisdiction', cell: (item) => item.jurisdiction },
      { title: 'customs', cell: (item) => item.customs },
      { title: 'merchant code', cell: (item) => item.merchant_code, onlyInFiles: true },
      { title: 'platform code', cell: (item) => item.platform_code, onlyInFiles: true },
      { title: 'order no', cell: (item) => item.order_no },
      { title: 'pay transaction id', cell: (item) => item.pay_transaction_id, onlyInFiles: true },
      { title: 'state', cell: (item) => item.state },
      { title: 'raw code', cell: (item) => item.raw_code ?? '' },
      { title: 'answered at', cell: (item) => item.answered_at ?? '', onlyInFiles: true },
      { title: 'paid', align: 'right', cell: (item) => item.paid },
      { title: 'declared', align: 'right', cell: (item) => item.declared },
      { title: 'unit', cell: (item) => item.unit },
      { title: 'message', align: 'right', cell: (item) => String(item.message), onlyInFiles: true },
      { title: 'message type', cell: (item) => item.message_type, onlyInFiles: true },
      { title: 'sent at', cell: (item) => item.sent_at ?? '', onlyInFiles: true },
      { title: 'id', cell: (item) => item.id }
    ],
    amounts: declarationAmounts,
    pages: pagesOf(db, tenantId, declarations)
  }
}

async function * pagesOf (db: Kysely<Database>, tenantId: number, declarations: DeclarationPeriod): AsyncGenerator<ReportedDeclaration[]> {
  let after: string | null = null
  for (;;) {
    const rows: DeclarationRow[] = await listPeriodDeclarations(db, tenantId, declarations, { limit: REPORT_PAGE_MAX, after })
    yield rows.map(showReportedDeclaration)
    const last = rows.at(-1)
    if (last === undefined || rows.length < REPORT_PAGE_MAX) return
    after = last.id
  }
}
