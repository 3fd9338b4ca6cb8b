import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { idArray, textArray } from '../../db/unnest.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { answerColumns, type CustomsAnswer } from './answers/answer-rows.ts'
import type { Declaration } from './declaration.ts'
import { readDeclarationRows } from './declaration-rows.ts'
import type { DeclarationGoal } from './declare.ts'
import type { DeclarationTarget } from './push.ts'
import { showDeclaration, showWithHistory, type DeclarationJson, type DeclarationWithHistoryJson } from './show-declaration.ts'
import type { DeclarationState } from './states.ts'

/** Which declarations are wanted; ids are inside ids. */
export interface DeclarationFilter {
  readonly requestIds: readonly string[] | null
  readonly tradeId: string | null | undefined
  readonly state: DeclarationState | undefined
  /** Which of them whoever asks may see, as a condition on `declarations`. */
  readonly visible: RawBuilder<unknown>
}

/** One declaration by its inside id (null when the text was none), with its history. Refuses `not_found`, also for one that is not visible. */
export async function readDeclaration (db: Kysely<Database>, tenantId: number, id: string | null, visible: RawBuilder<unknown>): Promise<DeclarationWithHistoryJson> {
  const [declaration] = await readDeclarationRows(db, tenantId, sql`id = ${id} and ${visible}`)
  if (declaration === undefined) throw new Refusal('not_found')
  const { rows: answers } = await sql<CustomsAnswer>`
    select ${answerColumns} from declaration_answers where tenant_id = ${tenantId} and declaration_id = ${id} order by number`.execute(db)
  const amounts = await readAmounts(db, tenantId, [declaration])
  return showWithHistory(declaration, amounts.get(declaration.id) ?? 0n, answers)
}

/** A page of a tenant's declarations, newest first; `before` is the inside id of the last one of the page before. */
export async function listDeclarations (
  db: Kysely<Database>, tenantId: number, { requestIds, tradeId, state, visible }: DeclarationFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<DeclarationJson>> {
  const conditions = [visible]
  if (requestIds !== null) conditions.push(sql`request_id = any(${textArray(requestIds)}::text[])`)
  if (tradeId !== undefined) conditions.push(sql`trade_id = ${tradeId}`)
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const declarations = await readDeclarationRows(db, tenantId, sql`${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`)
  const amounts = await readAmounts(db, tenantId, declarations)
  return toPage(declarations, limit, ({ id }) => externalId('dcl', id), (declaration) => showDeclaration(declaration, amounts.get(declaration.id) ?? 0n))
}

/** Of which trade something is to be declared: its reference never changes, so that it may be read before anything is locked. */
export async function goalOf (db: Kysely<Database>, tenantId: number, goal: Omit<DeclarationGoal, 'tradeRef'>): Promise<DeclarationGoal> {
  const { rows: [row] } = await sql<{ ref: string }>`select external_ref as ref from trades where tenant_id = ${tenantId} and id = ${goal.tradeId}`.execute(db)
  return { ...goal, tradeRef: row?.ref ?? null }
}

/** The declaration of that inside id (null when the text was none) with what of it never changes. Refuses `not_found`. */
export async function targetOfDeclaration (db: Kysely<Database>, tenantId: number, declarationId: string | null): Promise<DeclarationTarget> {
  const { rows: [row] } = await sql<Omit<DeclarationTarget, 'declarationId'>>`
    select trade_id as "tradeId", jurisdiction, platform_code as "platformCode" from declarations where tenant_id = ${tenantId} and id = ${declarationId}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return { ...row, declarationId }
}

/** What each of these declares of its payment now, minor units, as its trade has it. */
async function readAmounts (db: Kysely<Database>, tenantId: number, declarations: readonly Declaration[]): Promise<Map<string, bigint>> {
  if (declarations.length === 0) return new Map()
  const trades = [...new Set(declarations.map(({ tradeId }) => tradeId))]
  const { rows } = await sql<{ id: string, amount: bigint }>`
    select (part.declared ->> 'id') as id, (part.declared ->> 'amount')::bigint as amount
    from trades t cross join jsonb_array_elements(t.declared) as part (declared)
    where t.tenant_id = ${tenantId} and t.id = any(${idArray(trades)}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, amount }) => [id, amount]))
}
