import type { Logger } from 'pino'
import type { FastifySchemaValidationError } from 'fastify/types/schema.js'
import type { Databases } from '../db/pools.ts'
import { answers, problems, type Answers } from '../http/answers.ts'
import type { App, Reply, Request } from '../http/app-type.ts'
import { isDryRun } from '../http/idempotency.ts'
import { acceptNdjson, answerLines, linesOf, NDJSON_TYPE, type Line } from '../http/ndjson.ts'
import { originOf } from '../http/origin.ts'
import { DryRunQuery, IdParams } from '../http/schemas.ts'
import { validationRefusal } from '../http/validation-errors.ts'
import type { Journal } from '../journal/journal.ts'
import { externalId, internalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { grantInBulk, GrantTally, type GrantRow, type RowResult } from './grant-in-bulk.ts'
import { GRANT_BODIES, GRANT_LINES_EXAMPLE, GrantLines, GrantRow as RowSchema, GRANTS_EXAMPLE, GrantsBody, GrantsContainer, ROWS_MAX } from './grant-schemas.ts'
import { openGrants } from './open-grants.ts'
import { parseGrantRow, type CheckRow } from './parse-grants.ts'
import { findCampaign } from './read-campaigns.ts'
import { tryGrants, type TriedRow } from './try-grants.ts'

/** Bytes of a body of `ROWS_MAX` rows, whatever other bodies may have: the longest references there are, and room for more. */
const BODY_BYTES_MAX = 4 * 1024 * 1024
/** Bytes of one line; the longest row there is has fewer. */
const LINE_BYTES_MAX = 4 * 1024

interface GrantServices {
  readonly journal: Journal
  readonly databases: Databases
  readonly log: Logger
}

/** Mounts the grants of a campaign: many rows in one body, or any number of them as lines. */
export function registerCoinGrantRoutes (app: App, services: GrantServices): void {
  acceptNdjson(app, (inner) => {
    inner.post('/v1/coin-campaigns/:id/grants', {
      bodyLimit: BODY_BYTES_MAX,
      config: { journaled: true, describedBody: GRANT_BODIES },
      schema: {
        operationId: 'grantCoins',
        tags: ['Coins'],
        summary: 'Grant coins of a campaign',
        description: `Gives coins to buyers, a row each: up to ${ROWS_MAX} rows in one JSON body, or any number as lines of \`${NDJSON_TYPE}\`, which are answered as lines while the request is still ` +
          'coming. Rows are decided in their order, each by itself: a bad one is refused, and its neighbours are granted.\n\n' +
          'A `ref` is granted once in its campaign, whenever and however often it is sent. Repeat a request with the same key when its answer got lost: each row is answered as before. ' +
          'With a new key what was granted is answered again, and what was refused is decided anew.\n\n' +
          'Read the answer of lines while you send, or both sides wait for each other; without its last line, `"complete":true`, it was broken off. ' +
          `A dry run takes at most ${ROWS_MAX} rows, decides them together, and shows what each \`would_post\`.`,
        params: IdParams('cmp'),
        querystring: DryRunQuery,
        body: { content: { 'application/json': { schema: GrantsContainer } } },
        response: {
          ...orLines(answers(200, 'What became of each row.', GrantsBody, GRANTS_EXAMPLE)),
          ...problems('not_found', 'body_too_large')
        }
      }
    }, async (request, reply) => await answerGrants(services, request, reply))
  })
}

async function answerGrants ({ journal, databases, log }: GrantServices, request: Request, reply: Reply): Promise<Reply> {
  const { tenantId } = request.principal
  const origin = originOf(request)
  const lines = linesOf(request, reply, LINE_BYTES_MAX)
  const bodyRows = lines === null ? rowsIn(request.body) : null
  const target = await findCampaign(databases.read, tenantId, internalId('cmp', (request.params as { id: string }).id))
  const opening = openGrants(origin, target)
  const isTrial = isDryRun(request)
  const { replayed } = isTrial ? await journal.preview(opening) : await journal.submit(opening)
  // It is there, or opening was refused.
  if (target === null) throw new Refusal('not_found')
  const rows = readRows(bodyRows ?? lines ?? [], rowCheck(request))
  const tally = new GrantTally()
  const totals = (): object => ({ campaign: externalId('cmp', target.id), ...tally.totals })
  const results = isTrial
    ? JSON.parse((await journal.preview(tryGrants(origin, target, await collect(rows)))).answer) as readonly TriedRow[]
    : grantInBulk({ journal, log, origin, campaign: target }, rows)
  if (replayed) reply.header('idempotent-replayed', 'true')
  if (lines !== null) return answerLines(reply, withTotals(results, tally, totals, isTrial))
  const shown: RowResult[] = []
  for await (const result of results) {
    // Nobody waits for the answer any more; what was begun is decided, and the rest may be sent again.
    if (reply.raw.destroyed) break
    shown.push(tally.add(result))
  }
  return reply.code(200).send({ ...totals(), results: shown, ...isTrial ? { dry_run: true } : {} })
}

/** Results as they come, and at last that these were all. Rows that break off are answered as far as they came. */
async function * withTotals (results: AsyncIterable<RowResult> | readonly RowResult[], tally: GrantTally, totals: () => object, isTrial: boolean): AsyncGenerator<object> {
  for await (const result of results) yield tally.add(result)
  yield { complete: true, ...totals(), ...isTrial ? { dry_run: true } : {} }
}

/** The rows of a body. Refuses `invalid_request` where there are none: what fits its description has some. */
function rowsIn (body: unknown): readonly unknown[] {
  const { rows } = Object(body) as { readonly rows?: unknown }
  if (!Array.isArray(rows)) throw new Refusal('invalid_request', 'The body has an error: /rows is missing.', { errors: [{ pointer: '/rows', code: 'missing' }] })
  return rows
}

/** Checks a row as a body of its own would be checked. */
function rowCheck (request: Request): CheckRow {
  const validate = request.compileValidationSchema(RowSchema, 'body') as ((value: unknown) => boolean) & { errors?: readonly FastifySchemaValidationError[] | null }
  return (value) => validate(value) ? null : validationRefusal(validate.errors ?? [], 'row')
}

async function * readRows (source: readonly unknown[] | AsyncIterable<Line>, check: CheckRow): AsyncGenerator<GrantRow> {
  if (Array.isArray(source)) {
    for (const [index, value] of source.entries()) yield parseGrantRow(index + 1, value, check)
    return
  }
  for await (const line of source as AsyncIterable<Line>) {
    yield 'refusal' in line ? { row: line.number, ref: null, wanted: line.refusal } : parseGrantRow(line.number, line.value, check)
  }
}

/** All rows, to be tried together. Refuses `body_too_large` for more than a dry run takes. */
async function collect (rows: AsyncIterable<GrantRow>): Promise<GrantRow[]> {
  const all: GrantRow[] = []
  for await (const row of rows) {
    if (all.length === ROWS_MAX) throw new Refusal('body_too_large', `A dry run takes at most ${ROWS_MAX} rows.`)
    all.push(row)
  }
  return all
}

/** The description of an answer that is given as lines to a request of lines. */
function orLines (described: Answers): Answers {
  return Object.fromEntries(Object.entries(described).map(([status, answer]) =>
    [status, { ...answer, content: { ...answer.content, [NDJSON_TYPE]: { schema: GrantLines, example: GRANT_LINES_EXAMPLE } } }]))
}
