import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { CaseStep } from '../trade/refund-case.ts'
import { showCase, type CaseJson } from '../trade/show-case.ts'
import type { CaseRow } from './case-rows.ts'

/** A case with its history, as callers see it. */
export interface CaseRecordJson extends CaseJson {
  readonly trade: string
  readonly seller: string
  readonly currency: string
  readonly refunded: string
  readonly closed_at: string | null
  readonly steps: ReadonlyArray<{ readonly action: CaseStep['action'], readonly by: CaseStep['by'], readonly key: string | null, readonly at: string }>
}

/** The outside form of a case with its history. */
export function showCaseRecord (row: CaseRow): CaseRecordJson {
  const unit = unitOf(row.unit)
  return {
    ...showCase(row, unit),
    trade: externalId('trd', row.tradeId),
    seller: externalId('pty', row.sellerId),
    currency: row.unit,
    refunded: formatAmount(row.refunded, unit),
    closed_at: row.closedAt?.toISOString() ?? null,
    steps: row.steps.map(({ action, by, key, at }) => ({ action, by, key: key === null ? null : externalId('key', key), at: at.toISOString() }))
  }
}
