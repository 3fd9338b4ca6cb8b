import { readAudit, showEntry, type RecordedEntry } from '../audit/read.ts'
import { inspectDatabase } from '../db/health.ts'
import { inTransaction } from '../db/transaction.ts'
import { Refusal } from '../kernel/refusals.ts'
import { createTenant } from '../tenants/tenants.ts'
import type { Command, OpenStorage, Values } from './command.ts'
import { PAGE_ROWS, readAll, tenantOf, withDatabases, withStorage } from './databases.ts'
import { say, sayJson } from './output.ts'

/** The commands that prepare the database, make tenants and tell what administrators did. */
export const TENANT_COMMANDS: Readonly<Record<string, Command>> = {
  migrate: { arguments: 0, options: [], run: migrate },
  'tenant create': { arguments: 1, options: ['live'], run: create },
  audit: { arguments: 0, options: ['tenant'], run: audit }
}

async function migrate ({ json }: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  return await withStorage(open, async (storage) => {
    const migrated = await storage.migrate()
    return json ? sayJson({ migrated }) : say(migrated.length === 0 ? 'Nothing to do: the database is of this version.' : `Applied ${migrated.join(', ')}.`)
  })
}

async function create ({ live, json }: Values, [name = '']: readonly string[], open: OpenStorage): Promise<number> {
  return await withDatabases(open, async (databases) => {
    const { isPrivileged, login } = await inspectDatabase(databases)
    if (live && isPrivileged) {
      throw new Refusal('invalid_request', `A live tenant needs a database login that cannot change the books, and "${login}" is a superuser or owns them: give DATABASE_URL one that only has the role holdfast_app, and DATABASE_MIGRATION_URL the owner.`)
    }
    const kind = live ? 'live' : 'sandbox'
    await inTransaction(databases.read, async (trx) => await createTenant(trx, { name, kind, actor: 'cli' }))
    return json ? sayJson({ tenant: name, kind }) : say(`Made the ${kind} tenant ${name}. Next: holdfast key create --tenant ${name} --role admin --name "first key"`)
  })
}

async function audit (values: Values, _words: readonly string[], open: OpenStorage): Promise<number> {
  return await withDatabases(open, async ({ read }) => {
    const { id } = await tenantOf(read, values)
    const entries = await readAll<RecordedEntry>(async (last) => await readAudit(read, id, {}, { limit: PAGE_ROWS, before: last?.seq ?? null }))
    if (values.json) return sayJson({ data: entries.map(showEntry) })
    for (const { seq, recorded_at: time, actor, action, subject, details } of entries.map(showEntry)) say(`${seq}  ${time}  ${actor}  ${action}  ${subject}  ${JSON.stringify(details)}`)
    return 0
  })
}
