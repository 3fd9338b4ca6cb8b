import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { cursorId } from '../http/cursor.ts'
import { IdParams, PageQuery } from '../http/schemas.ts'
import { externalId, internalId } from '../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT, toPage } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import { parseTime } from '../kernel/time.ts'
import { readTenant } from '../tenants/tenants.ts'
import { createKey, listKeys, revokeKey, type ApiKey } from './keys.ts'
import { API_KEY_EXAMPLE, ApiKeyBody, ApiKeyPage, ApiKeyRequest, NewApiKeyBody } from './schemas.ts'

/** Making, listing and revoking the keys of one's own tenant. */
export function registerKeyRoutes (app: App, { databases: { read: db } }: { readonly databases: { readonly read: Kysely<Database> } }): void {
  app.post('/v1/api-keys', {
    schema: {
      operationId: 'createApiKey',
      tags: ['Keys'],
      summary: 'Make a key',
      description: 'Makes a key of this tenant. The answer shows it this once. To rotate a key, make another, move to it, and revoke the first.',
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
    const { apiKey, secret } = await createKey(db, { tenantId, tenantKind, name, role, expiresAt })
    return reply.code(201).header('cache-control', 'no-store').send({ ...show(apiKey), key: secret })
  })

  app.get('/v1/api-keys', {
    schema: {
      operationId: 'listApiKeys',
      tags: ['Keys'],
      summary: 'List keys',
      description: 'All keys of this tenant, newest first, also those that were revoked or have expired. The keys themselves are not kept and cannot be shown.',
      querystring: PageQuery({}),
      response: answers(200, 'A page of keys.', ApiKeyPage, { data: [API_KEY_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const rows = await listKeys(db, request.principal.tenantId, { limit, before: cursorId('key', cursor) })
    return toPage(rows, limit, (key) => externalId('key', key.id), show)
  })

  app.delete('/v1/api-keys/:id', {
    schema: {
      operationId: 'revokeApiKey',
      tags: ['Keys'],
      summary: 'Revoke a key',
      description: 'Revokes a key for good; every process refuses it within seconds. A key that was revoked before stays as it is.',
      params: IdParams('key'),
      response: {
        ...answers(200, 'The key, revoked.', ApiKeyBody, { ...API_KEY_EXAMPLE, revoked_at: '2026-02-01T08:00:00.000Z' }),
        ...problems('not_found')
      }
    }
  }, async (request) => {
    const id = internalId('key', request.params.id)
    if (id === null) throw new Refusal('not_found')
    return show(await revokeKey(db, request.principal.tenantId, id))
  })
}

function show (key: ApiKey): object {
  return {
    id: externalId('key', key.id),
    name: key.name,
    role: key.role,
    hint: key.hint,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null
  }
}
