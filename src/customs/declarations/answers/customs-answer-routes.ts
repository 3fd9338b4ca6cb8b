import type { Kysely } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { answers, problems } from '../../../http/answers.ts'
import type { App } from '../../../http/app-type.ts'
import { originOf } from '../../../http/origin.ts'
import { answerFromJournal } from '../../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../../http/schemas.ts'
import type { Journal } from '../../../journal/journal.ts'
import { internalId } from '../../../kernel/ids.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { parseTime } from '../../../kernel/time.ts'
import { readTenant } from '../../../tenants/tenants.ts'
import { RECEIVED_EXAMPLE } from '../declaration-examples.ts'
import { ReceivedBody } from '../declaration-schemas.ts'
import { targetOfDeclaration } from '../read-declarations.ts'
import { requirePort } from '../require-port.ts'
import type { CustomsPorts } from '../transports/port.ts'
import { hostile, XML_LENGTH_MAX } from '../xml/guard-xml.ts'
import { readCeb412 } from './ceb412.ts'
import { receiveAnswer, type Receipt } from './receive.ts'
import { AnswerRequest, type SentKoreanAnswer } from './customs-answer-schemas.ts'

/** A character is at most so many bytes of UTF-8. */
const CHARACTER_BYTES_MAX = 3

interface AnswerServices {
  readonly databases: { readonly read: Kysely<Database> }
  readonly journal: Journal
  readonly ports: CustomsPorts
}

/** Mounts the door for what customs answers: the one route that takes XML. */
export function registerCustomsAnswerRoutes (app: App, { databases: { read: db }, journal, ports }: AnswerServices): void {
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(['application/xml', 'text/xml'], { parseAs: 'buffer', bodyLimit: XML_LENGTH_MAX * CHARACTER_BYTES_MAX }, (_request, body: Buffer, parsed) => {
      try {
        parsed(null, new TextDecoder('utf-8', { fatal: true }).decode(body))
      } catch {
        parsed(hostile('It is not UTF-8.'))
      }
    })

    scope.post<{ Params: { id: string }, Body: unknown }>('/v1/declarations/:id/receipts', {
      config: { journaled: true },
      schema: {
        operationId: 'receiveCustomsAnswer',
        tags: ['Declarations'],
        summary: 'Take down what customs answered',
        description: 'China\'s answer is the message CEB412, as it came. Hostile XML is refused before anything parses it: document types, entities, comments, depth, size, attributes that come twice. Of what the message says in words ' +
          'nothing is kept. An answer that is older than what is known, or is to a former message, is `stale`. The same answer told again changes nothing. Korea\'s answer is a JSON object.',
        params: IdParams('dcl'),
        querystring: DryRunQuery,
        body: AnswerRequest,
        response: {
          ...answers(201, 'How far the declaration has come.', ReceivedBody, RECEIVED_EXAMPLE),
          ...problems('not_found', 'invalid_xml', 'invalid_receipt', 'stale', 'no_customs_transport')
        }
      }
    }, async (request, reply) => {
      const { body, params, principal: { tenantId } } = request
      const origin = originOf(request)
      const target = await targetOfDeclaration(db, tenantId, internalId('dcl', params.id))
      const { kind } = await readTenant(db, tenantId)
      const { sender } = requirePort(ports, kind, target.jurisdiction)
      const receipt = target.jurisdiction === 'CN' ? chineseReceipt(body, sender.payCode) : koreanReceipt(body)
      return await answerFromJournal(journal, request, reply, receiveAnswer(origin, target.declarationId, receipt), 201)
    })
    done()
  })
}

/** Refuses `invalid_xml` and `invalid_receipt`, also for an answer to another payment company. */
function chineseReceipt (body: unknown, payCode: string): Receipt {
  if (typeof body !== 'string') throw hostile('China\'s customs answers in XML: send `Content-Type: application/xml`.')
  const receipt = readCeb412(body)
  if (receipt.payCode !== payCode) throw new Refusal('invalid_receipt', 'Its payCode is not that of our messages.')
  return receipt
}

/** Refuses `invalid_receipt` for anything but an answer of Korea's customs, and `invalid_time`. */
function koreanReceipt (body: unknown): Receipt {
  if (typeof body !== 'object' || body === null || !('payment_no' in body)) throw new Refusal('invalid_receipt', 'What Korea\'s customs answers is sent as a JSON object.')
  // Validated by the schema of its media type.
  const { guid, payment_no: payTransactionId, code, at } = body as SentKoreanAnswer
  return { guid, payTransactionId, code, at: parseTime(at, '/at') }
}
