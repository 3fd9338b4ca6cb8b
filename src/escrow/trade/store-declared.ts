import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import type { DeclaredPart } from './declared-part.ts'
import type { Trade } from './trade.ts'

/** A declared part as it is stored: JSON has no `bigint`. */
export interface StoredDeclaredPart {
  readonly id: string
  readonly payment: string
  readonly amount: string
  readonly whole: boolean
}

/** What of a trade's row tells what is declared of it. */
export const DECLARED: Columns<{ readonly after: Trade }> = {
  declared: ['jsonb', ({ after }) => storeDeclared(after.declared)],
  declared_lowered_at: ['timestamptz', ({ after }) => after.declaredLoweredAt]
}

/** Whether something else is declared of a changed trade than was when it was loaded. */
export function hasNewDeclared ({ before, after }: { readonly before: Trade, readonly after: Trade }): boolean {
  return after.declared !== before.declared || after.declaredLoweredAt !== before.declaredLoweredAt
}

/** Writes what is declared of trades that are as new as their declarations. A batch without any sends nothing. Fails when a trade is missing. */
export async function saveDeclaredOfNew (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const declaring = changes.filter(({ before, after }) => before === null && after.declared.length > 0)
  await sendFor(declaring, async (part) => await sql`
    with changed as (
      update trades t set declared = c.declared, declared_lowered_at = c.declared_lowered_at
      from ${unnest('c', part, { id: ['uuid', ({ after }) => after.id], ...DECLARED })}
      where t.tenant_id = ${tenantId} and t.id = c.id
      returning 1
    )
    select demand(count(*) = ${part.length}, 'a declared trade is missing') from changed`.execute(trx))
}

/** The declared parts of a trade's row. */
export function readDeclared (stored: readonly StoredDeclaredPart[] | null): DeclaredPart[] {
  return (stored ?? []).map(({ id, payment, amount, whole }) => ({ id, paymentId: payment, amount: BigInt(amount), isWhole: whole }))
}

function storeDeclared (declared: readonly DeclaredPart[]): string | null {
  const stored = declared.map(({ id, paymentId, amount, isWhole }): StoredDeclaredPart => ({ id, payment: paymentId, amount: amount.toString(), whole: isWhole }))
  return stored.length === 0 ? null : JSON.stringify(stored)
}
