import { Type as T } from 'typebox'
import { isRetryable, REFUSALS, Refusal, type RefusalCode } from '../kernel/refusals.ts'
import { answers, problems } from './answers.ts'
import type { App } from './app-type.ts'
import { component } from './components.ts'

const ProblemKind = component('ProblemKind', T.Object({
  code: T.String(),
  status: T.Integer(),
  title: T.String(),
  remedy: T.String({ description: 'What the caller can do about it.' }),
  retryable: T.Boolean({ description: 'Whether the very same request may succeed later.' })
}))

/** Documents each refusal at the address that is its problem's `type`. */
export function registerProblemPages (app: App): void {
  app.get('/problems', {
    schema: {
      operationId: 'listProblems',
      tags: ['Problems'],
      summary: 'List every problem',
      description: 'The catalogue of all refusals. Codes are added, never renamed. Needs no key.',
      response: answers(200, 'All of them.', T.Object({ data: T.Array(ProblemKind) }), { data: [show('not_found')] })
    }
  }, (_request, reply) => reply.send({ data: codes().map(show) }))

  app.get('/problems/:code', {
    schema: {
      operationId: 'getProblem',
      tags: ['Problems'],
      summary: 'Explain a problem',
      description: 'What a code means and what to do about it: the `type` of a problem leads here. Needs no key.',
      params: T.Object({ code: T.String({ examples: ['not_found'] }) }),
      response: { ...answers(200, 'What it means.', ProblemKind, show('not_found')), ...problems('not_found') }
    }
  }, (request, reply) => {
    const code = codes().find((known) => known === request.params.code)
    if (code === undefined) throw new Refusal('not_found')
    return reply.send(show(code))
  })
}

function codes (): RefusalCode[] {
  return Object.keys(REFUSALS) as RefusalCode[]
}

function show (code: RefusalCode): object {
  const { status, title, remedy } = REFUSALS[code]
  return { code, status, title, remedy, retryable: isRetryable(code) }
}
