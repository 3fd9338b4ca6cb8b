import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { makeFirstTenant } from './auth/first-start.ts'
import { readConfig, type Config } from './config.ts'
import { inspectDatabase } from './db/health.ts'
import type { Databases } from './db/pools.ts'
import { openStorage } from './db/storage.ts'
import { DUE_TRADES } from './escrow/due-trades.ts'
import type { Lifecycle } from './http/health.ts'
import { createLog } from './http/log.ts'
import { Journal } from './journal/journal.ts'
import { hasLiveTenant } from './tenants/tenants.ts'
import { startSweeper } from './timers/sweeper.ts'

/** What closing takes beyond the time for what is in flight: connections, then the embedded server's last checkpoint. */
const CLOSE_SLACK_MS = 15_000

/** Starts the service, prints where it listens, and stops it in order at SIGTERM or SIGINT. */
async function serve (config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const service: Service = { config, log, lifecycle: { stopping: false }, stops: [] }
  const starting = start(service)
  const closer = closeWithGrace({ delay: config.stopGraceMs + CLOSE_SLACK_MS, logger: log, skip: ['SIGTERM', 'SIGINT'] }, async ({ err }) => {
    if (err !== undefined) log.fatal({ err }, 'stopping because of an error that nobody caught')
    service.lifecycle.stopping = true
    // What is half started cannot be stopped; its failure is told below.
    await starting.catch(() => {})
    await stop(service)
    log.info('stopped')
  })
  // A terminal and a process manager may both send the signal: the second must not cut short what the first began.
  let asked = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!asked) closer.close()
      asked = true
    })
  }
  try {
    await starting
  } catch (error) {
    await stop(service)
    throw error
  }
}

interface Service {
  readonly config: Config
  readonly log: Logger
  readonly lifecycle: Lifecycle
  /** How to stop what was started, in the order of starting. */
  readonly stops: Array<() => Promise<void>>
}

async function start ({ config, log, lifecycle, stops }: Service): Promise<void> {
  const storage = await openStorage(config, log)
  stops.push(async () => { await storage.close() })
  const { databases } = storage
  for (const name of await storage.migrate()) log.info({ migration: name }, 'migrated')
  await refuseUnsafeLive(databases)
  const credentials = await makeFirstTenant(databases, config.dataDir)
  const journal = new Journal({ db: databases.journal, log, limits: limitsOf(config) })
  const app = await buildApp({ databases, journal, log, lifecycle })
  // Both at once: connections wait for the answers of what the Journal still decides.
  stops.push(async () => {
    const closed = app.close()
    await journal.stop(config.stopGraceMs)
    await closed
  })
  const sweeper = startSweeper({ db: databases.read, journal, log, work: [DUE_TRADES], intervalMs: config.sweepIntervalMs })
  stops.push(async () => { await sweeper.stop() })
  const address = await listen(config, async (options) => await app.listen(options))
  // For people; the log, which is for programs, goes to the other stream.
  console.log(welcome(address, credentials))
}

async function stop ({ lifecycle, stops }: Service): Promise<void> {
  lifecycle.stopping = true
  for (let step = stops.pop(); step !== undefined; step = stops.pop()) await step()
}

async function listen ({ host, port }: Config, start: (options: { host: string, port: number }) => Promise<string>): Promise<string> {
  try {
    return await start({ host, port })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(`port ${port} of ${host} is taken: set PORT to another one, or to 0 for any free one`, { cause: error })
    }
    throw error
  }
}

/** Real money must not depend on a login that could change what is booked. */
async function refuseUnsafeLive (databases: Databases): Promise<void> {
  const { isPrivileged, login } = await inspectDatabase(databases)
  if (isPrivileged && await hasLiveTenant(databases.read)) {
    throw new Error(`there are live tenants, and the login "${login}" is a superuser or owns the books: give DATABASE_URL a login that only has the role holdfast_app, and DATABASE_MIGRATION_URL the owner`)
  }
}

function limitsOf (config: Config) {
  return {
    batchesMax: config.journalConnections,
    batchWeightMax: config.batchWeightMax,
    tenantQueueMax: config.tenantQueueMax,
    queueMax: config.queueMax,
    deadlineMs: config.deadlineMs
  }
}

function welcome (address: string, credentials: string | null): string {
  const keys = credentials === null ? 'Send one of your keys' : `The first keys are in ${credentials}; send one`
  return `Holdfast listens at ${address}. ${keys} as "Authorization: Bearer …"; every request is explained at ${address}/docs.`
}

try {
  await serve(readConfig())
} catch (error) {
  console.error(`Holdfast did not start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
