import type { Kysely } from 'kysely'
import { actorOf } from '../audit/record.ts'
import type { Database } from '../db/schema.ts'
import { inTransaction } from '../db/transaction.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { SettingsChangeBody, TENANT_EXAMPLE, TenantBody } from './schemas.ts'
import { changeSettings, readTenant, type Tenant } from './tenants.ts'

/** The tenant that a key belongs to, and its settings. */
export function registerTenantRoutes (app: App, { databases }: { readonly databases: { readonly read: Kysely<Database> } }): void {
  app.get('/v1/tenant', {
    schema: {
      operationId: 'getTenant',
      tags: ['Tenant'],
      summary: 'Read the tenant',
      description: 'The tenant that the key belongs to, with all its settings.',
      response: answers(200, 'The tenant.', TenantBody, TENANT_EXAMPLE)
    }
  }, async (request) => show(await readTenant(databases.read, request.principal.tenantId)))

  app.patch('/v1/tenant/settings', {
    schema: {
      operationId: 'changeSettings',
      tags: ['Tenant'],
      summary: 'Change settings',
      description: 'Changes the settings that are named; the others stay. A trade keeps the fee base it was created with, and a timer that runs keeps its end.',
      body: SettingsChangeBody,
      response: { ...answers(200, 'The tenant as it now is.', TenantBody, TENANT_EXAMPLE), ...problems('unknown_currency', 'invalid_amount') }
    }
  }, async ({ principal, body: change }) => show(await inTransaction(databases.read, async (trx) =>
    await changeSettings(trx, principal.tenantId, { change, actor: actorOf(principal) }))))
}

function show ({ name, kind, settings, createdAt }: Tenant): object {
  return { name, kind, settings, created_at: createdAt.toISOString() }
}
