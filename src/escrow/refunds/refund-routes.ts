import type { Databases } from '../../db/pools.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { cursorId } from '../../http/cursor.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import type { RefusalCode } from '../../kernel/refusals.ts'
import { parseTime } from '../../kernel/time.ts'
import { REPORTS, type Report } from './attempt-report.ts'
import { listRefunds, readRefund } from './read-refunds.ts'
import type { FailureReason } from './refund.ts'
import { BANK_REPORT_EXAMPLES, REFUND_EXAMPLE, REPORT_EXAMPLES } from './refund-examples.ts'
import * as schemas from './refund-schemas.ts'
import { reportRefund, type NewReport } from './report-refund.ts'

/** What each report tells, and what it can be refused with beside what all can. */
const ABOUT: Readonly<Record<Report, { readonly id: string, readonly tells: string, readonly text: string, readonly codes: readonly RefusalCode[] }>> = {
  sending: {
    id: 'Sending',
    tells: 'was handed to',
    text: 'Telling this is not needed. It shows what is on its way, and is refused where sending would pay twice: when the refund has left, or while another attempt of the same ' +
      'channel is under way.',
    codes: ['refund_settled', 'refund_under_way', 'too_many_attempts']
  },
  success: {
    id: 'Success',
    tells: 'left through',
    text: 'A fact, whatever was told before. If another attempt had paid already, what left now is not owed: it goes to `unidentified_debits`, the answer says ' +
      '`paid_twice`, and the event `refund.paid_twice` calls finance.',
    codes: []
  },
  failure: {
    id: 'Failure',
    tells: 'failed at',
    text: 'Nothing left: the money stays owed, to be sent again or elsewhere. Of an attempt that succeeded a failure changes nothing; money that came back is a bounce.',
    codes: ['too_many_attempts']
  },
  bounce: {
    id: 'Bounce',
    tells: 'came back from',
    text: 'Money that had left came back, and is owed again; where the refund had left twice, it makes that good. Where nobody told the attempt\'s success, this tells of both.',
    codes: []
  }
}

/** Mounts the refunds: what providers and banks tell of them, and reading them. */
export function registerRefundRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  for (const report of REPORTS) {
    const { id, tells, text, codes } = ABOUT[report]
    const refusals = problems('not_found', 'invalid_time', 'refund_reference_taken', ...codes)

    app.post(`/v1/refunds/:id/${report}`, {
      config: { journaled: true },
      schema: {
        operationId: `reportRefund${id}`,
        tags: ['Refunds'],
        summary: `Tell that a refund ${tells} its provider`,
        description: text,
        params: IdParams('rfd'),
        querystring: DryRunQuery,
        body: schemas.PROVIDER_REPORTS[report],
        response: { ...answers(201, 'The refund.', schemas.RefundStepBody, REPORT_EXAMPLES[report]), ...refusals }
      }
    }, async (request, reply) => {
      const { provider, provider_ref: reference, ...facts } = request.body
      const told = { report, channel: 'provider', account: provider, reference, ...factsOf(facts) } as const
      return await answerFromJournal(journal, request, reply, reportRefund(originOf(request), internalId('rfd', request.params.id), told), 201)
    })

    app.post(`/v1/refunds/:id/bank/${report}`, {
      config: { journaled: true },
      schema: {
        operationId: `reportBankRefund${id}`,
        tags: ['Refunds'],
        summary: `Tell that a refund ${tells} the bank`,
        description: `${text} Finance sends a refund through a bank account where the provider cannot pay it.`,
        params: IdParams('rfd'),
        querystring: DryRunQuery,
        body: schemas.BANK_REPORTS[report],
        response: { ...answers(201, 'The refund.', schemas.RefundStepBody, BANK_REPORT_EXAMPLES[report]), ...refusals }
      }
    }, async (request, reply) => {
      const { bank_account: account, bank_ref: reference, ...facts } = request.body
      const told = { report, channel: 'bank', account, reference, ...factsOf(facts) } as const
      return await answerFromJournal(journal, request, reply, reportRefund(originOf(request), internalId('rfd', request.params.id), told), 201)
    })
  }

  app.get('/v1/refunds', {
    schema: {
      operationId: 'listRefunds',
      tags: ['Refunds'],
      summary: 'List refunds',
      description: 'Newest first; by status, by the trade or by the payment whose money goes back.',
      querystring: schemas.RefundQuery,
      response: answers(200, 'A page of refunds.', schemas.RefundPage, { data: [REFUND_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { status, trade, payment, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = {
      status,
      tradeId: trade === undefined ? null : internalId('trd', trade),
      paymentId: payment === undefined ? null : internalId('pay', payment)
    }
    return await listRefunds(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('rfd', cursor) })
  })

  app.get('/v1/refunds/:id', {
    schema: {
      operationId: 'getRefund',
      tags: ['Refunds'],
      summary: 'Read a refund',
      params: IdParams('rfd'),
      response: { ...answers(200, 'The refund.', schemas.RefundBody, REFUND_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readRefund(databases.read, request.principal.tenantId, internalId('rfd', request.params.id)))
}

function factsOf ({ reason, occurred_at: occurredAt }: { readonly reason?: FailureReason, readonly occurred_at?: string }): Pick<NewReport, 'reason' | 'occurredAt'> {
  return { reason: reason ?? null, occurredAt: occurredAt === undefined ? null : parseTime(occurredAt, '/occurred_at') }
}
