import type { Config } from '../config.ts'
import { startEmbedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { missingMigrations } from './missing-migrations.ts'
import { openDatabases, type Databases } from './pools.ts'
import type { ServerLog } from './server-keeper.ts'

/** Where a process keeps its data. */
export interface Storage {
  /** Where other processes of the service find it, and where those that may change its schema do. */
  readonly url: string
  readonly ownerUrl: string
  readonly databases: Databases
  /** Applies what is missing, as the role that owns the tables, and answers the names of what it applied. */
  migrate (): Promise<string[]>
  /** Closes every connection, and ends the embedded server where no other process uses it. */
  close (): Promise<void>
}

/** Opens the database that the configuration names, or the embedded one. Nothing is migrated yet. `close` must be called for the process to end. */
export async function openStorage (config: Config, log: ServerLog): Promise<Storage> {
  const embedded = config.databaseUrl === null ? await startEmbedded({ dataDir: config.dataDir, log }) : null
  const url = config.databaseUrl ?? embedded?.url ?? ''
  const ownerUrl = config.migrationUrl ?? embedded?.ownerUrl ?? url
  const databases = openDatabases({
    url,
    replicaUrl: config.replicaUrl ?? undefined,
    journalConnections: config.journalConnections,
    readConnections: config.readConnections,
    matchConnections: config.matchConnections,
    reportConnections: config.reportConnections,
    onConnectionLost: (error) => { log.warn({ err: error }, 'a connection to the database broke') }
  })
  return {
    url,
    ownerUrl,
    databases,
    migrate: async () => await isComplete(databases) ? [] : await migrate(ownerUrl),
    close: async () => {
      await databases.close()
      await embedded?.stop()
    }
  }
}

/** A login that only serves needs no right to migrate where there is nothing to do; before the first migration it cannot even ask. */
async function isComplete ({ read }: Databases): Promise<boolean> {
  try {
    return (await missingMigrations(read)).length === 0
  } catch {
    return false
  }
}
