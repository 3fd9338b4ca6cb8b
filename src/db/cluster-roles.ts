import pg from 'pg'
import { APP_ROLE } from './pools.ts'

/** The role that owns the tables of a database in one of our clusters, and migrates it. */
export const OWNER_ROLE = 'holdfast_owner'

// Chosen once, at random: roles and databases of a cluster are made by one process at a time.
const SETUP_LOCK = 5_530_117_906_241_377n

/** Runs a step that makes roles or databases alone among all processes that use the cluster. */
export async function withSetupLock<Result> (client: pg.Client, step: () => Promise<Result>): Promise<Result> {
  await client.query('select pg_advisory_lock($1)', [SETUP_LOCK])
  try {
    return await step()
  } finally {
    await client.query('select pg_advisory_unlock($1)', [SETUP_LOCK])
  }
}

/** Makes the two roles of our clusters where they are missing. They log in: only who reaches the private socket can. */
export async function ensureRoles (client: pg.Client): Promise<void> {
  for (const role of [OWNER_ROLE, APP_ROLE]) {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
    if (rowCount === 0) await client.query(`create role ${role} login`)
  }
  await client.query(`grant ${APP_ROLE} to ${OWNER_ROLE}`)
}

/** Makes a database owned by the owner's role where it is missing. */
export async function ensureDatabase (client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)} owner ${OWNER_ROLE} template template0`)
}
