import type { Static } from 'typebox'
import { actorOf } from '../../audit/record.ts'
import type { Databases } from '../../db/pools.ts'
import { targetOf } from '../../escrow/steps/trade-routes.ts'
import { refuseAt } from '../../escrow/trade/named-lines.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App, Request } from '../../http/app-type.ts'
import { cursorId } from '../../http/cursor.ts'
import { originOf } from '../../http/origin.ts'
import { answerFromJournal } from '../../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../../http/schemas.ts'
import type { Journal } from '../../journal/journal.ts'
import { internalId } from '../../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../../kernel/page.ts'
import { readTenant } from '../../tenants/tenants.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { readTradeCustoms } from '../trades/read-customs.ts'
import * as examples from './declaration-examples.ts'
import * as schemas from './declaration-schemas.ts'
import { declarePayment, splitDeclaration } from './declare.ts'
import type { Addressee } from './open-declaration.ts'
import { pushDeclaration, type WantedPush } from './push.ts'
import { readQuota } from './quota.ts'
import { goalOf, listDeclarations, readDeclaration, targetOfDeclaration } from './read-declarations.ts'
import { readVoucher } from './read-voucher.ts'
import { requirePort } from './require-port.ts'
import type { CustomsPorts } from './transports/port.ts'
import { requireTellable } from './transports/write-document.ts'
import { visibleTo } from './visible-declarations.ts'

/** What declarations work with. */
export interface DeclarationServices {
  readonly databases: Databases
  readonly journal: Journal
  readonly keyring: Keyring | null
  readonly ports: CustomsPorts
}

const DECLARE_CODES = [
  'illegal_in_state', 'chargeback_open', 'version_mismatch', 'unknown_payment', 'customs_parties_required', 'no_customs_transport', 'not_declarable', 'identity_erased', 'keyring_missing', 'declaration_known',
  'duplicate_at_customs', 'too_many_declarations', 'invalid_amount', 'amount_exceeds_payment'
] as const

/** Mounts the declarations: making them, in whole or in parts, pushing them again, and reading them, their vouchers and the quota they use. */
export function registerDeclarationRoutes (app: App, services: DeclarationServices): void {
  const { databases, journal, keyring, ports } = services
  const db = databases.read
  const identities = { db, keyring }

  /** Refuses, before anything is decided, what no declaration could tell that customs. */
  const requireRoad = async (request: Request, tradeId: string | null, { jurisdiction }: Addressee): Promise<void> => {
    const { tenantId } = request.principal
    const { kind } = await readTenant(db, tenantId)
    requirePort(ports, kind, jurisdiction)
    const parties = await readTradeCustoms(db, tenantId, tradeId)
    if (parties !== null) await requireTellable(identities, tenantId, jurisdiction, parties)
  }

  app.post('/v1/declarations', {
    config: { journaled: true },
    schema: {
      operationId: 'declarePayment',
      tags: ['Declarations'],
      summary: 'Declare a payment to customs',
      description: 'A payment of a trade, or with `sub_order` one part of it. Its message is handed over at once, and customs answers later: read the declaration. What all declarations of a payment declare is never more than ' +
        'was paid and not given back; what goes back later lowers them. From the first one on the customs parties of the trade are frozen. The same `request_id` with the same facts answers the same declaration.',
      querystring: DryRunQuery,
      body: schemas.DeclarationRequest,
      response: { ...answers(201, 'The declaration.', schemas.DeclarationBody, examples.DECLARATION_EXAMPLE), ...problems('unknown_trade', ...DECLARE_CODES) }
    }
  }, async (request, reply) => {
    const { body, principal: { tenantId, keyId } } = request
    const origin = originOf(request)
    const goal = await goalOf(db, tenantId, { ...targetOf(request, body.trade), payment: body.payment ?? null })
    if (goal.tradeRef === null) throw refuseAt('unknown_trade', '/trade')
    const addressee = addresseeOf(body)
    await requireRoad(request, goal.tradeId, addressee)
    const parts = [{ requestId: body.request_id, amount: body.amount ?? null, subOrder: body.sub_order ?? null, pointer: '' }]
    return await answerFromJournal(journal, request, reply, declarePayment(origin, goal, { addressee, parts, keyId }), 201)
  })

  app.post('/v1/trades/:id/declaration-splits', {
    config: { journaled: true },
    schema: {
      operationId: 'splitDeclaration',
      tags: ['Declarations'],
      summary: 'Declare sub-orders of a payment',
      description: 'An order that is cleared in several parcels: each sub-order is declared by itself, all or none. Together, and with what was declared before, they are never more than was paid and not given back.',
      params: IdParams('trd'),
      querystring: DryRunQuery,
      body: schemas.SplitRequest,
      response: { ...answers(201, 'The declarations.', schemas.DeclarationsBody, { data: [examples.SUB_ORDER_EXAMPLE] }), ...problems('not_found', ...DECLARE_CODES) }
    }
  }, async (request, reply) => {
    const { body, params, principal: { tenantId, keyId } } = request
    const origin = originOf(request)
    const goal = await goalOf(db, tenantId, { ...targetOf(request, params.id), payment: body.payment ?? null })
    const addressee = addresseeOf(body)
    await requireRoad(request, goal.tradeId, addressee)
    const parts = body.parts.map((part, index) => ({ requestId: part.request_id, amount: part.amount, subOrder: part.sub_order, pointer: `/parts/${index}` }))
    return await answerFromJournal(journal, request, reply, splitDeclaration(origin, goal, { addressee, parts, keyId }), 201)
  })

  app.post('/v1/declarations/:id/pushes', {
    config: { journaled: true },
    schema: {
      operationId: 'pushDeclaration',
      tags: ['Declarations'],
      summary: 'Push a declaration again',
      description: 'As it is, or with another customs, merchant code, amount or sub-order; whatever else is sent must be as it was. No sooner than five minutes after the message before: see `push_after`.',
      params: IdParams('dcl'),
      querystring: DryRunQuery,
      body: schemas.PushRequest,
      response: {
        ...answers(201, 'The declaration, with a new message.', schemas.DeclarationBody, examples.PUSHED_EXAMPLE),
        ...problems('not_found', 'immutable_field', 'too_soon', 'too_many_pushes', 'chargeback_open', 'invalid_amount', 'amount_exceeds_payment', 'duplicate_at_customs', 'no_customs_transport')
      }
    }
  }, async (request, reply) => {
    const { body, params, principal: { tenantId } } = request
    const origin = originOf(request)
    const target = await targetOfDeclaration(db, tenantId, internalId('dcl', params.id))
    const { kind } = await readTenant(db, tenantId)
    requirePort(ports, kind, target.jurisdiction)
    return await answerFromJournal(journal, request, reply, pushDeclaration(origin, target, body as WantedPush), 201)
  })

  app.get('/v1/declarations', {
    schema: {
      operationId: 'listDeclarations',
      tags: ['Declarations'],
      summary: 'List declarations',
      description: 'Newest first: all, or those with some request ids, of a trade, or in a state. A broker sees those of trades that he may ask about.',
      querystring: schemas.DeclarationQuery,
      response: answers(200, 'A page of declarations.', schemas.DeclarationPage, { data: [examples.DECLARATION_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { request_ids: requestIds, trade, state, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = { requestIds: requestIds?.split(',') ?? null, tradeId: trade === undefined ? undefined : internalId('trd', trade), state, visible: visibleTo(request.principal) }
    return await listDeclarations(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('dcl', cursor) })
  })

  app.get('/v1/declarations/:id', {
    schema: {
      operationId: 'getDeclaration',
      tags: ['Declarations'],
      summary: 'Read a declaration with its history',
      description: 'The declaration as it stands, every message that customs was sent, and everything that it answered.',
      params: IdParams('dcl'),
      response: { ...answers(200, 'The declaration.', schemas.DeclarationWithHistoryBody, examples.ACCEPTED_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readDeclaration(db, request.principal.tenantId, internalId('dcl', request.params.id), visibleTo(request.principal)))

  app.get('/v1/declarations/:id/voucher.xml', {
    schema: {
      operationId: 'getVoucher',
      tags: ['Declarations'],
      summary: 'Read the voucher of a declaration',
      description: 'Its newest message as China\'s customs gets it (CEB411): it names who paid, with his document and phone. It is written when it is asked for and kept nowhere, and the audit trail tells who asked.',
      params: IdParams('dcl'),
      response: {
        200: { description: 'The message.', content: { 'application/xml': { schema: schemas.VoucherBody, example: examples.VOUCHER_EXAMPLE } } },
        ...problems('not_found', 'no_voucher', 'no_customs_transport', 'not_declarable', 'identity_erased', 'keyring_missing')
      }
    }
  }, async (request, reply) => {
    const { params, principal } = request
    const voucher = await readVoucher({ ...identities, ports }, principal.tenantId, internalId('dcl', params.id), actorOf(principal))
    return reply.header('content-type', 'application/xml; charset=utf-8').header('cache-control', 'no-store').send(voucher)
  })

  app.get('/v1/identities/:id/quota', {
    schema: {
      operationId: 'getCustomsQuota',
      tags: ['Declarations'],
      summary: 'Read how much of a yearly quota is used',
      description: 'Of what a person may bring into China in a year, as far as this tenant\'s declarations tell, over all identities with the same document: other platforms are not seen.',
      params: IdParams('idn'),
      querystring: schemas.QuotaQuery,
      response: { ...answers(200, 'The quota.', schemas.QuotaBody, examples.QUOTA_EXAMPLE), ...problems('not_found') }
    }
  }, async ({ params, query, principal: { tenantId } }) => await readQuota(db, tenantId, internalId('idn', params.id), query.year ?? null))
}

type SentAddressee = Omit<Static<typeof schemas.SplitRequest>, 'parts' | 'payment'>

/** A merchant without a platform sells on his own. */
function addresseeOf ({ jurisdiction = 'CN', customs, merchant_code: merchantCode, merchant_name: merchantName, platform_code: platformCode, platform_name: platformName }: SentAddressee): Addressee {
  if ((platformCode === undefined) !== (platformName === undefined)) {
    throw refuseAt('invalid_request', platformCode === undefined ? '/platform_code' : '/platform_name', 'A platform has a code and a name: send both, or neither.')
  }
  return { jurisdiction, customs, merchantCode, merchantName, platformCode: platformCode ?? merchantCode, platformName: platformName ?? merchantName }
}
