import type { Kysely } from 'kysely'
import { actorOf } from '../audit/record.ts'
import type { Database } from '../db/schema.ts'
import { inTransaction } from '../db/transaction.ts'
import { answers, problems } from '../http/answers.ts'
import type { App, Reply } from '../http/app-type.ts'
import { cursorId } from '../http/cursor.ts'
import { IdParams } from '../http/schemas.ts'
import { externalId, internalId } from '../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import { parseTime } from '../kernel/time.ts'
import { readTenant } from '../tenants/tenants.ts'
import { createKey, revokeKey, rotateKey, type IssuedKey } from './keys.ts'
import { listKeys, showKey } from './read-keys.ts'
import { API_KEY_EXAMPLE, ApiKeyBody, ApiKeyPage, ApiKeyQuery, ApiKeyRequest, NewApiKeyBody, RotationRequest, ROTATED_KEY_EXAMPLE } from './schemas.ts'

/** Making, listing, rotating and revoking the keys of one's own tenant. */
export function registerKeyRoutes (app: App, { databases: { read: db } }: { readonly databases: { readonly read: Kysely<Database> } }): void {
  app.post('/v1/api-keys', {
    schema: {
      operationId: 'createApiKey',
      tags: ['Keys'],
      summary: 'Make a key',
      description: 'Makes a key of this tenant. The answer shows it this once.',
      body: ApiKeyRequest,
      response: {
        ...answers(201, 'The key, with its secret text.', NewApiKeyBody, { ...API_KEY_EXAMPLE, key: 'hf_sandbox_…' }),
        ...problems('invalid_time')
      }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const { name, role, expires_at: expiry } = request.body
    const { kind: tenantKind } = await readTenant(db, tenantId)
    const expiresAt = expiry === undefined ? null : parseTime(expiry, '/expires_at')
    const issued = await inTransaction(db, async (trx) => await createKey(trx, { tenantId, tenantKind, name, role, expiresAt, actor: actorOf(request.principal) }))
    return sendIssued(reply, issued)
  })

  app.get('/v1/api-keys', {
    schema: {
      operationId: 'listApiKeys',
      tags: ['Keys'],
      summary: 'List keys',
      description: 'All keys of this tenant, newest first, also those that were revoked or have expired; `state=expiring` shows those that soon will. Their secrets are not kept and cannot be shown.',
      querystring: ApiKeyQuery,
      response: answers(200, 'A page of keys.', ApiKeyPage, { data: [API_KEY_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor, state } = request.query
    const rows = await listKeys(db, request.principal.tenantId, { state, limit: limit + 1, before: cursorId('key', cursor) })
    return toPage(rows, limit, (key) => externalId('key', key.id), showKey)
  })

  app.post('/v1/api-keys/:id/rotation', {
    schema: {
      operationId: 'rotateApiKey',
      tags: ['Keys'],
      summary: 'Rotate a key',
      description: 'Gives a key a new secret, which the answer shows this once. The former secret goes on for `overlap_seconds`, so that every place that uses it can be ' +
        'moved to the new one; `last_used_at` of each tells when that is done. Both speak for the same key: they share its role, expiry, limits and revocation.',
      params: IdParams('key'),
      body: RotationRequest,
      response: {
        ...answers(201, 'The key, with its new secret text.', NewApiKeyBody, { ...ROTATED_KEY_EXAMPLE, key: 'hf_sandbox_…' }),
        ...problems('not_found', 'key_ended', 'key_rotating')
      }
    }
  }, async (request, reply) => {
    const { tenantId } = request.principal
    const id = insideId(request.params.id)
    const { overlap_seconds: overlapSeconds } = request.body
    const { kind: tenantKind } = await readTenant(db, tenantId)
    const issued = await inTransaction(db, async (trx) => await rotateKey(trx, { tenantId, tenantKind, id, overlapSeconds, actor: actorOf(request.principal) }))
    return sendIssued(reply, issued)
  })

  app.delete('/v1/api-keys/:id', {
    schema: {
      operationId: 'revokeApiKey',
      tags: ['Keys'],
      summary: 'Revoke a key',
      description: 'Revokes a key with all its secrets for good; every process refuses it within seconds. A key that was revoked before stays as it is.',
      params: IdParams('key'),
      response: {
        ...answers(200, 'The key, revoked.', ApiKeyBody, { ...API_KEY_EXAMPLE, state: 'revoked', revoked_at: '2026-02-01T08:00:00.000Z' }),
        ...problems('not_found')
      }
    }
  }, async (request) => {
    const { tenantId } = request.principal
    const id = insideId(request.params.id)
    return showKey(await inTransaction(db, async (trx) => await revokeKey(trx, { tenantId, id, actor: actorOf(request.principal) })))
  })
}

function insideId (text: string): string {
  const id = internalId('key', text)
  if (id === null) throw new Refusal('not_found')
  return id
}

function sendIssued (reply: Reply, { apiKey, secret }: IssuedKey): Reply {
  return reply.code(201).header('cache-control', 'no-store').send({ ...showKey(apiKey), key: secret })
}
