import pg from 'pg'
import { APP_ROLE } from './pools.ts'

const DUPLICATE = new Set(['42710', '23505'])
const FORBIDDEN = '42501'

/**
 * Makes sure that the role the service runs as exists, may use the schema, and may be taken by the current user.
 * Refuses, with the SQL an administrator must run, where the current user has not the right to do that.
 */
export async function prepareAppRole (client: pg.Client): Promise<void> {
  const { rows: [state] } = await client.query<{ exists: boolean, user: string, schema: string | null, may_create: boolean }>(`
    select exists (select from pg_roles where rolname = '${APP_ROLE}') as exists, current_user as user, current_schema() as schema,
      has_schema_privilege(current_schema(), 'create') as may_create`)
  if (state === undefined) throw new Error('the server did not answer who is connected')
  const user = pg.escapeIdentifier(state.user)
  if (state.schema === null || !state.may_create) {
    const schema = pg.escapeIdentifier(state.schema ?? 'public')
    throw new Error(`${user} may not create tables here; let an administrator of the database run: GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${user};`)
  }
  if (!state.exists) await createAppRole(client, user)
  await grantUse(client, pg.escapeIdentifier(state.schema))
  await grantMembership(client, user)
}

/** Roles belong to the whole server: another database of it may be creating the same one at this moment. */
async function createAppRole (client: pg.Client, user: string): Promise<void> {
  try {
    await client.query(`create role ${APP_ROLE} nologin`)
  } catch (error) {
    const code = codeOf(error)
    if (code === FORBIDDEN) {
      throw new Error(`${user} may not create the role the service runs as; let an administrator of the server run: CREATE ROLE ${APP_ROLE} NOLOGIN; GRANT ${APP_ROLE} TO ${user};`, { cause: error })
    }
    if (code === undefined || !DUPLICATE.has(code)) throw error
  }
}

async function grantUse (client: pg.Client, schema: string): Promise<void> {
  const { rows: [has] } = await client.query<{ usage: boolean }>(`select has_schema_privilege('${APP_ROLE}', current_schema(), 'usage') as usage`)
  if (has?.usage === true) return
  await client.query(`grant usage on schema ${schema} to ${APP_ROLE}`)
}

/** Only needed where the user that migrates also serves; a login of its own for serving gets the role from an administrator. */
async function grantMembership (client: pg.Client, user: string): Promise<void> {
  // Since PostgreSQL 16 being a member and being allowed to take the role are two rights.
  const { rows: [has] } = await client.query<{ membership: boolean }>(`
    select pg_has_role(current_user, '${APP_ROLE}',
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as membership`)
  if (has?.membership === true) return
  try {
    await client.query(`grant ${APP_ROLE} to ${user}`)
  } catch (error) {
    if (codeOf(error) !== FORBIDDEN) throw error
  }
}

function codeOf (error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}
