import { sql } from 'kysely'
import pg from 'pg'
import { APP_ROLE, type Databases } from './pools.ts'

/** What the service stands on. */
export interface DatabaseFacts {
  /** Such as 180004. */
  readonly serverVersion: number
  readonly login: string
  /** Whether that login is a superuser or owns the books: then a mistake in the service could change them. Live tenants must refuse it. */
  readonly isPrivileged: boolean
  /** Whether the server keeps what it committed when the machine loses power. */
  readonly isDurable: boolean
}

const OLDEST_VERSION = 150_000

/** Looks at the database before the service starts on it. Refuses, with the remedy, one that cannot be served from. */
export async function inspectDatabase ({ read }: Databases): Promise<DatabaseFacts> {
  const { rows: [facts] } = await sql<DatabaseFacts>`
    select current_setting('server_version_num')::int as "serverVersion", session_user as login,
      exists (select from pg_roles where rolname = session_user and rolsuper) or exists (
        select from pg_class where oid = to_regclass('transfers') and pg_has_role(session_user, relowner, 'member')) as "isPrivileged",
      current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on' as "isDurable"
  `.execute(read).catch((error: unknown) => { throw explain(error) })
  if (facts === undefined) throw new Error('the database answered nothing')
  if (facts.serverVersion < OLDEST_VERSION) {
    throw new Error(`Holdfast needs PostgreSQL ${OLDEST_VERSION / 10_000} or newer; this server is ${Math.floor(facts.serverVersion / 10_000)}`)
  }
  return facts
}

function explain (error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  if (error.code === '42501') {
    return new Error(`the login of DATABASE_URL may not act as ${APP_ROLE}; let an administrator of the server run: GRANT ${APP_ROLE} TO that login;`, { cause: error })
  }
  if (error.message.includes(`role "${APP_ROLE}" does not exist`)) {
    return new Error('the database is not prepared: run holdfast migrate with the login that is to own the tables (DATABASE_MIGRATION_URL)', { cause: error })
  }
  return error
}
