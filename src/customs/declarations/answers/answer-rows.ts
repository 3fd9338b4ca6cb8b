import { sql } from 'kysely'
import type { BatchTransaction } from '../../../db/transaction.ts'
import { unnest, type Columns } from '../../../db/unnest.ts'
import type { RowChange, RowKind } from '../../../journal/row-kind.ts'
import type { AnsweredState } from '../states.ts'

/** Something that customs said of a message, as it was heard. */
export interface CustomsAnswer {
  readonly declarationId: string
  /** From 1, over all messages of the declaration. */
  readonly number: number
  /** The number of the message. */
  readonly message: number
  readonly code: string
  readonly state: AnsweredState
  /** By customs' time, and by ours. */
  readonly answeredAt: Date
  readonly receivedAt: Date
}

/** Answers of customs: written once, together with the declaration that counts them, and loaded by no operation. */
export const ANSWERS: RowKind<CustomsAnswer> = {
  name: 'answer of customs',
  rank: 81,
  idOf: ({ declarationId, number }) => `${declarationId} ${number}`,
  load: async () => await Promise.resolve([]),
  save: insertAnswers
}

/** What a `CustomsAnswer` is read from. */
export const answerColumns = sql`
  declaration_id as "declarationId", number, message, code, state, answered_at as "answeredAt", received_at as "receivedAt"`

async function insertAnswers (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<CustomsAnswer>>): Promise<void> {
  await sql`
    insert into declaration_answers (tenant_id, declaration_id, number, message, code, state, answered_at, received_at)
    select ${tenantId}, a.* from ${unnest('a', changes.map(({ after }) => after), COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<CustomsAnswer> = {
  declaration_id: ['uuid', ({ declarationId }) => declarationId],
  number: ['integer', ({ number }) => number],
  message: ['integer', ({ message }) => message],
  code: ['text', ({ code }) => code],
  state: ['text', ({ state }) => state],
  answered_at: ['timestamptz', ({ answeredAt }) => answeredAt],
  received_at: ['timestamptz', ({ receivedAt }) => receivedAt]
}
