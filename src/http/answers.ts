import { Type as T, type TSchema } from 'typebox'
import { isRetryable, REFUSALS, Refusal, type RefusalCode } from '../kernel/refusals.ts'
import { component } from './components.ts'

/** What a route may answer with one status, as the API description shows it. */
export interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: TSchema, readonly example?: unknown, readonly examples?: unknown }>>
  readonly headers?: Readonly<Record<string, object>>
  /** The catalogue's codes that come with this status. */
  readonly 'x-codes'?: readonly RefusalCode[]
}

export type Answers = Readonly<Record<string, Answer>>

export const PROBLEM_TYPE = 'application/problem+json'

const Problem = component('Problem', T.Object({
  type: T.String({ description: 'The address that documents this code.', examples: ['/problems/not_found'] }),
  title: T.String(),
  status: T.Integer(),
  detail: T.String({ description: 'What went wrong this time, and what to do about it.' }),
  instance: T.String({ description: 'The path that was asked for.' }),
  code: T.String({ description: 'The refusal\'s name. Codes are added, never renamed.' }),
  request_id: T.String({ description: 'Say this when you report a problem.' }),
  retryable: T.Boolean({ description: 'Whether the very same request may succeed later.' }),
  errors: T.Optional(T.Array(T.Object({
    pointer: T.String({ description: 'A JSON pointer (RFC 6901) to the place in the body, or in the query or path parameters.' }),
    code: T.String(),
    detail: T.Optional(T.String())
  }))),
  current_state: T.Optional(T.String({ description: 'The state of the trade, refund or manual journal, where that is why.' })),
  allowed_actions: T.Optional(T.Array(T.String(), { description: 'What the trade allows now.' }))
}, { description: 'A refusal, as RFC 9457 describes it.' }))

/** A refusal as RFC 9457 describes it. */
export function problemOf (refusal: Refusal, { instance, requestId }: { readonly instance: string, readonly requestId: string }): object {
  const { status, title } = REFUSALS[refusal.code]
  return {
    type: `/problems/${refusal.code}`,
    title,
    status,
    detail: refusal.message,
    instance,
    code: refusal.code,
    request_id: requestId,
    retryable: isRetryable(refusal.code),
    ...refusal.facts
  }
}

/** A success: its status, what it means, and an example of it. */
export function answers (status: number, description: string, schema: TSchema, example: unknown): Answers {
  return { [status]: { description, content: { 'application/json': { schema, example } } } }
}

/** The refusals a route decides itself; those of authentication, parsing and idempotency are added to every route they concern. */
export function problems (...codes: readonly RefusalCode[]): Answers {
  const byStatus = new Map<number, RefusalCode[]>()
  for (const code of new Set(codes)) {
    const { status } = REFUSALS[code]
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return Object.fromEntries([...byStatus].map(([status, sameStatus]) => [status, {
    description: sameStatus.map((code) => `\`${code}\`: ${REFUSALS[code].title}.`).join(' '),
    content: { [PROBLEM_TYPE]: { schema: Problem, examples: Object.fromEntries(sameStatus.map((code) => [code, { value: exampleOf(code) }])) } },
    'x-codes': sameStatus
  }]))
}

function exampleOf (code: RefusalCode): object {
  return problemOf(new Refusal(code), { instance: '/v1/…', requestId: '019aa46a-a262-7972-bd13-1875e8e9a1f2' })
}

/** Both sets of answers; where both have a status, its codes are put together. */
export function mergeAnswers (own: Answers, added: Answers): Answers {
  const codes = [own, added].flatMap((set) => Object.values(set)).flatMap((answer) => answer['x-codes'] ?? [])
  return { ...own, ...added, ...problems(...codes) }
}
