import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import type { Declaration, Message } from './declaration.ts'

interface PlacedMessage {
  readonly declarationId: string
  readonly message: Message
}

/** The messages that declarations got, and those that were handed over or put off. */
interface MessageChanges {
  readonly added: readonly PlacedMessage[]
  readonly changed: readonly PlacedMessage[]
}

/** What of the messages of declarations there is to write. */
export function newMessages (changes: ReadonlyArray<RowChange<Declaration>>): MessageChanges {
  const placed = changes.flatMap(({ before, after }) =>
    after.messages.map((message, index) => ({ declarationId: after.id, message, known: before?.messages[index] ?? null })))
  return {
    added: placed.filter(({ known }) => known === null),
    changed: placed.filter(({ known, message }) => known !== null && known !== message)
  }
}

/** Writes the messages of declarations. Fails when one is missing. */
export async function saveMessages (trx: BatchTransaction, tenantId: number, { added, changed }: MessageChanges): Promise<void> {
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into declaration_messages (tenant_id, declaration_id, number, due_at, sent_at, guid, type, amount, customs, merchant_code, sub_order, order_no, made_at)
        select ${tenantId}, m.* from ${unnest('m', added, { ...PROGRESS, ...MADE })}`.execute(trx),
    changed.length === 0
      ? null
      : sql`
        with changed as (
          update declaration_messages m set due_at = c.due_at, sent_at = c.sent_at
          from ${unnest('c', changed, PROGRESS)}
          where m.tenant_id = ${tenantId} and m.declaration_id = c.declaration_id and m.number = c.number
          returning 1
        )
        select demand(count(*) = ${changed.length}, 'a message of a declaration is missing') from changed`.execute(trx)
  ])
}

const PROGRESS: Columns<PlacedMessage> = {
  declaration_id: ['uuid', ({ declarationId }) => declarationId],
  number: ['integer', ({ message }) => message.number],
  due_at: ['timestamptz', ({ message }) => message.dueAt],
  sent_at: ['timestamptz', ({ message }) => message.sentAt]
}

const MADE: Columns<PlacedMessage> = {
  guid: ['uuid', ({ message }) => message.guid],
  type: ['text', ({ message }) => message.type],
  amount: ['bigint', ({ message }) => message.amount],
  customs: ['text', ({ message }) => message.customs],
  merchant_code: ['text', ({ message }) => message.merchantCode],
  sub_order: ['text', ({ message }) => message.subOrder],
  order_no: ['text', ({ message }) => message.orderNo],
  made_at: ['timestamptz', ({ message }) => message.madeAt]
}
