import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { Claim } from '../../journal/operation.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import type { Declaration, Message } from './declaration.ts'
import { newMessages, saveMessages } from './message-rows.ts'
import type { Jurisdiction } from './states.ts'

/** Declarations with their messages; they are locked after their trade. */
export const DECLARATIONS: RowKind<Declaration> = {
  name: 'declaration',
  rank: 80,
  idOf: ({ id }) => id,
  load: loadDeclarations,
  save: saveDeclarations
}

/** The claim that makes a request id one declaration for ever. */
export function requestClaim (requestId: string): Claim {
  return { kind: 'declaration', key: requestId }
}

/** The claim that keeps an order number from being declared by two: customs takes the second for the first. */
export function orderClaim (jurisdiction: Jurisdiction, platformCode: string, orderNo: string): Claim {
  return { kind: 'customs_order', key: `${jurisdiction}:${platformCode}:${orderNo}` }
}

/** The declarations that a condition (and an order) selects from `declarations`, whole, without locking them. */
export async function readDeclarationRows (db: QueryExecutorProvider, tenantId: number, selection: RawBuilder<unknown>): Promise<Declaration[]> {
  const { rows } = await sql<Root>`select ${ROOT} from declarations where tenant_id = ${tenantId} and ${selection}`.execute(db)
  return rows.length === 0 ? [] : assemble(rows, await readMessages(db, tenantId, rows.map(({ id }) => id)))
}

async function loadDeclarations (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Declaration[]> {
  const [{ rows }, messages] = await Promise.all([
    sql<Root>`select ${ROOT} from declarations where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]) order by id for no key update`.execute(trx),
    readMessages(trx, tenantId, ids)
  ])
  return assemble(rows, messages)
}

type Root = Omit<Declaration, 'word' | 'messages'> & { readonly rawCode: string | null, readonly answeredAt: Date | null }

const ROOT = sql`
  id, request_id as "requestId", trade_id as "tradeId", payment_id as "paymentId", jurisdiction, currency, merchant_name as "merchantName",
  platform_code as "platformCode", platform_name as "platformName", pay_transaction_id as "payTransactionId", paid_at as "paidAt", payer_id as "payerId",
  orderer_id as "ordererId", consignee_id as "consigneeId", key_id as "keyId", created_at as "createdAt", state, raw_code as "rawCode", answered_at as "answeredAt",
  is_held as "isHeld", answers, next_attempt_at as "sendAt", version`

type MessageRow = Message & { readonly declarationId: string }

async function readMessages (db: QueryExecutorProvider, tenantId: number, ids: readonly string[]): Promise<MessageRow[]> {
  const { rows } = await sql<MessageRow>`
    select declaration_id as "declarationId", number, guid, type, amount, customs, merchant_code as "merchantCode", sub_order as "subOrder", order_no as "orderNo",
      made_at as "madeAt", due_at as "dueAt", sent_at as "sentAt"
    from declaration_messages where tenant_id = ${tenantId} and declaration_id = any(${idArray(ids)}::uuid[])
    order by declaration_id, number`.execute(db)
  return rows
}

function assemble (roots: readonly Root[], messages: readonly MessageRow[]): Declaration[] {
  return roots.map(({ rawCode, answeredAt, ...root }) => ({
    ...root,
    word: rawCode === null || answeredAt === null ? null : { code: rawCode, at: answeredAt },
    messages: messages.filter(({ declarationId }) => declarationId === root.id).map(({ declarationId, ...message }) => message)
  }))
}

async function saveDeclarations (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Declaration>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into declarations (tenant_id, id, request_id, trade_id, payment_id, jurisdiction, currency, merchant_name, platform_code, platform_name, pay_transaction_id, paid_at,
          payer_id, orderer_id, consignee_id, key_id, created_at, state, raw_code, answered_at, is_held, answers, messages, next_attempt_at, version)
        select ${tenantId}, d.* from ${unnest('d', added, { ...ADDED, ...PROGRESS })}`.execute(trx),
    changed.length === 0
      ? null
      : sql`
        with changed as (
          update declarations d set state = c.state, raw_code = c.raw_code, answered_at = c.answered_at, is_held = c.is_held, answers = c.answers, messages = c.messages,
            next_attempt_at = c.next_attempt_at, failed = 0, version = c.version
          from ${unnest('c', changed, CHANGED)}
          where d.tenant_id = ${tenantId} and d.id = c.id and d.version = c.loaded_version
          returning 1
        )
        select demand(count(*) = ${changed.length}, 'a declaration changed while it was locked') from changed`.execute(trx),
    saveMessages(trx, tenantId, newMessages(changes))
  ])
}

const ADDED = {
  id: ['uuid', ({ id }) => id],
  request_id: ['text', ({ requestId }) => requestId],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  payment_id: ['uuid', ({ paymentId }) => paymentId],
  jurisdiction: ['text', ({ jurisdiction }) => jurisdiction],
  currency: ['text', ({ currency }) => currency],
  merchant_name: ['text', ({ merchantName }) => merchantName],
  platform_code: ['text', ({ platformCode }) => platformCode],
  platform_name: ['text', ({ platformName }) => platformName],
  pay_transaction_id: ['text', ({ payTransactionId }) => payTransactionId],
  paid_at: ['timestamptz', ({ paidAt }) => paidAt],
  payer_id: ['uuid', ({ payerId }) => payerId],
  orderer_id: ['uuid', ({ ordererId }) => ordererId],
  consignee_id: ['uuid', ({ consigneeId }) => consigneeId],
  key_id: ['uuid', ({ keyId }) => keyId],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
} as const satisfies Columns<Declaration>

const PROGRESS = {
  state: ['text', ({ state }) => state],
  raw_code: ['text', ({ word }) => word?.code ?? null],
  answered_at: ['timestamptz', ({ word }) => word?.at ?? null],
  is_held: ['boolean', ({ isHeld }) => isHeld],
  answers: ['integer', ({ answers }) => answers],
  messages: ['integer', ({ messages }) => messages.length],
  next_attempt_at: ['timestamptz', ({ sendAt }) => sendAt],
  version: ['integer', ({ version }) => version]
} as const satisfies Columns<Declaration>

const CHANGED: Columns<{ readonly before: Declaration, readonly after: Declaration }> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  ...ofAfter(PROGRESS)
}

/** The same columns of what a declaration became. */
function ofAfter (columns: Columns<Declaration>): Columns<{ readonly after: Declaration }> {
  return Object.fromEntries(Object.entries(columns).map(([name, [type, valueOf]]) => [name, [type, ({ after }: { readonly after: Declaration }) => valueOf(after, 0)]])) as Columns<{ readonly after: Declaration }>
}
