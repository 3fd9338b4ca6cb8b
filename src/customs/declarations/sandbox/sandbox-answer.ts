import { sql } from 'kysely'
import type { BatchTransaction } from '../../../db/transaction.ts'
import { idArray, sendFor, unnest, type Columns } from '../../../db/unnest.ts'
import type { RowChange, RowKind } from '../../../journal/row-kind.ts'

/** Something that the imitated customs says of a message: when it says so, and when we hear it, by the test clock. */
export interface SandboxAnswer {
  readonly id: string
  readonly declarationId: string
  readonly guid: string
  /** China's. */
  readonly code: string
  readonly answeredAt: Date
  readonly reportAt: Date
  readonly isTold: boolean
  readonly createdAt: Date
  readonly version: number
}

/** Answers of the imitated customs: written by hand or by whoever hands a message over, and when they are told. Locked after the declaration. */
export const SANDBOX_ANSWERS: RowKind<SandboxAnswer> = {
  name: 'answer of the sandbox customs',
  rank: 96,
  idOf: ({ id }) => id,
  load: loadAnswers,
  save: saveAnswers
}

/** What a `SandboxAnswer` is read from. */
export const sandboxAnswerColumns = sql`
  id, declaration_id as "declarationId", guid, code, answered_at as "answeredAt", report_at as "reportAt", is_told as "isTold", created_at as "createdAt", version`

async function loadAnswers (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<SandboxAnswer[]> {
  const { rows } = await sql<SandboxAnswer>`
    select ${sandboxAnswerColumns} from sandbox_customs_answers where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]) order by id for no key update`.execute(trx)
  return rows
}

async function saveAnswers (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<SandboxAnswer>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const told = changes.flatMap(({ before, after }) => before === null ? [] : [after])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into sandbox_customs_answers (tenant_id, id, declaration_id, guid, code, answered_at, report_at, is_told, next_attempt_at, created_at, version)
        select ${tenantId}, a.* from ${unnest('a', added, ADDED)}`.execute(trx),
    sendFor(told, async (part) => await sql`
      with told as (
        update sandbox_customs_answers a set is_told = t.is_told, next_attempt_at = t.next_attempt_at, version = t.version
        from ${unnest('t', part, TOLD)}
        where a.tenant_id = ${tenantId} and a.id = t.id and a.version = t.version - 1
        returning 1
      )
      select demand(count(*) = ${part.length}, 'an answer of the sandbox customs changed while it was locked') from told`.execute(trx))
  ])
}

const ADDED: Columns<SandboxAnswer> = {
  id: ['uuid', ({ id }) => id],
  declaration_id: ['uuid', ({ declarationId }) => declarationId],
  guid: ['uuid', ({ guid }) => guid],
  code: ['text', ({ code }) => code],
  answered_at: ['timestamptz', ({ answeredAt }) => answeredAt],
  report_at: ['timestamptz', ({ reportAt }) => reportAt],
  is_told: ['boolean', ({ isTold }) => isTold],
  next_attempt_at: ['timestamptz', nextTelling],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version]
}

const TOLD: Columns<SandboxAnswer> = {
  id: ['uuid', ({ id }) => id],
  is_told: ['boolean', ({ isTold }) => isTold],
  next_attempt_at: ['timestamptz', nextTelling],
  version: ['integer', ({ version }) => version]
}

function nextTelling ({ isTold, reportAt }: SandboxAnswer): Date | null {
  return isTold ? null : reportAt
}
