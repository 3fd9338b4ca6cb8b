import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId, newId } from '../../kernel/ids.ts'
import { REFUSALS, Refusal, type RefusalCode, type RefusalFacts } from '../../kernel/refusals.ts'
import type { MatchDesk } from './match-desk.ts'
import { parseQuestion, type QuestionText } from './parse-question.ts'
import type { Asker, Outcome, Question } from './question.ts'
import { showMatch, type MatchJson } from './show-match.ts'

/** What became of one question of a batch: a match, or why there is none. */
export interface BatchResult {
  readonly match: MatchJson | null
  readonly problem: ({ readonly code: RefusalCode, readonly status: number } & Pick<RefusalFacts, 'errors'>) | null
}

/** A batch as callers see it. */
export interface BatchJson {
  readonly id: string
  readonly created_at: string
  readonly results: readonly BatchResult[]
}

/** Answers a batch of questions, each as it would be answered by itself, and keeps ids, verdicts and codes of what came of them in the same commit. */
export async function answerBatch (desk: MatchDesk, { tenantId, asker }: { readonly tenantId: number, readonly asker: Asker }, texts: readonly QuestionText[]): Promise<BatchJson> {
  const parsed = texts.map((text, index) => tryParse(text, asker, `/matches/${index}`))
  const id = newId()
  const createdAt = new Date()
  const resultsOf = (outcomes: readonly Outcome[]): BatchResult[] => {
    let next = 0
    return parsed.map((each) => each instanceof Refusal ? problemOf(each.code, each.facts) : resultOf(each, outcomes[next++]))
  }
  const outcomes = await desk.ask(tenantId, {
    questions: parsed.flatMap((each) => each instanceof Refusal ? [] : [each]),
    keep: async (trx, outcomes) => {
      await sql`
        insert into match_batches (tenant_id, id, key_id, results, created_at)
        values (${tenantId}, ${id}, ${asker.keyId}, ${JSON.stringify(resultsOf(outcomes).map(withoutDetail))}::jsonb, ${createdAt})`.execute(trx)
    }
  })
  return { id: externalId('mbt', id), created_at: createdAt.toISOString(), results: resultsOf(outcomes) }
}

/** A batch that this key sent, by its inside id (null when the text was none). Refuses `not_found`. */
export async function readBatch (db: Kysely<Database>, tenantId: number, keyId: string, id: string | null): Promise<BatchJson> {
  const { rows: [row] } = await sql<{ id: string, results: readonly BatchResult[], createdAt: Date }>`
    select id, results, created_at as "createdAt" from match_batches where tenant_id = ${tenantId} and id = ${id} and key_id = ${keyId}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return { id: externalId('mbt', row.id), created_at: row.createdAt.toISOString(), results: row.results }
}

function tryParse (text: QuestionText, asker: Asker, at: string): Question | Refusal {
  try {
    return parseQuestion(text, asker, at)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function resultOf (question: Question, outcome: Outcome | undefined): BatchResult {
  switch (outcome?.kind) {
    case 'answered': return { match: showMatch(question, outcome), problem: null }
    case 'refused': return problemOf(outcome.code)
    case 'paused': return problemOf('broker_paused')
    case undefined: throw new Error('a question has no outcome')
  }
}

function problemOf (code: RefusalCode, { errors }: RefusalFacts = {}): BatchResult {
  return { match: null, problem: { code, status: REFUSALS[code].status, ...errors === undefined ? {} : { errors } } }
}

/** Which field differs is told once, to who may know it, and not kept. */
function withoutDetail ({ match, problem }: BatchResult): BatchResult {
  if (match === null) return { match, problem }
  const { fields, ...kept } = match
  return { match: kept, problem }
}
