import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { makeFirstTenant } from './auth/first-start.ts'
import { readConfig, type Config } from './config.ts'
import { openPorts } from './customs/declarations/transports/open-ports.ts'
import { eraseDue } from './customs/erasure/erase-identity.ts'
import { openErasureLog, type ErasureLog } from './customs/erasure/erasure-log.ts'
import { replayErasures } from './customs/erasure/replay-erasures.ts'
import { forgetQuotaYears } from './customs/identities/quota-index.ts'
import type { Keyring } from './customs/keyring/keyring.ts'
import { keyringPath, openKeyring } from './customs/keyring/open-keyring.ts'
import { forgetMinutes } from './customs/matches/write-answers.ts'
import { inspectDatabase } from './db/health.ts'
import type { Databases } from './db/pools.ts'
import { openStorage, type Storage } from './db/storage.ts'
import { DUE_WORK, outgoingWork } from './due-work.ts'
import { watchExit } from './http/drain.ts'
import type { Lifecycle } from './http/health.ts'
import { createLog } from './http/log.ts'
import { safeMessage } from './http/safe-error.ts'
import { Journal } from './journal/journal.ts'
import { showDatabase, showPools } from './metrics/database-metrics.ts'
import { showQueue } from './metrics/journal-metrics.ts'
import type { MetricsSource } from './metrics/routes.ts'
import { createMetrics, type ServiceMetrics } from './metrics/service-metrics.ts'
import { freePort } from './processes/free-port.ts'
import { bequeath, isWorker, onRetire, shareReadings, takeLeave, tellReady } from './processes/worker.ts'
import { Workers } from './processes/workers.ts'
import { hasLiveTenant } from './tenants/tenants.ts'
import type { DueWork } from './timers/due-work.ts'
import { startSweeper } from './timers/sweeper.ts'

/** What closing takes beyond the time for callers and for what is in flight: the embedded server's last checkpoint. */
const CLOSE_SLACK_MS = 15_000

/** What was started, and how it is stopped. */
interface Service {
  readonly config: Config
  readonly log: Logger
  readonly lifecycle: Lifecycle
  /** Whether other processes take the requests that this one no longer does. */
  isReplaced: boolean
  /** A terminal that closes ends what runs in it; of several processes the first is asked for new ones, and the others leave it to that. */
  onHangUp: (stop: () => void) => void
  /** How long callers are given to move elsewhere. */
  drainMs: number
  /** What went wrong, where something did: it ends with 1 then. */
  failure: Error | null
  /** How to stop what was started, in the order of starting. */
  readonly stops: Array<() => Promise<void>>
}

/** Starts the service, prints where it listens, and stops it in order at SIGTERM or SIGINT. */
async function run (config: Config, start: (service: Service, stop: () => void) => Promise<void>): Promise<void> {
  const log = createLog(config.logLevel)
  const service: Service = { config, log, lifecycle: { stopping: false }, isReplaced: false, onHangUp: (stop) => { if (!isWorker) stop() }, drainMs: config.drainMs, failure: null, stops: [] }
  const delay = config.drainMs * 2 + config.stopGraceMs + CLOSE_SLACK_MS
  let starting: Promise<void> = Promise.resolve()
  const closer = closeWithGrace({ delay, logger: log, skip: ['SIGTERM', 'SIGINT', 'SIGHUP'] }, async ({ err }) => {
    if (err !== undefined) {
      log.fatal({ err }, 'stopping because of an error that nobody caught')
      service.drainMs = 0
    }
    service.lifecycle.stopping = true
    // What is half started cannot be stopped; its failure is told below.
    await starting.catch(() => {})
    await stop(service)
    if (service.failure !== null) throw service.failure
    log.info('stopped')
  })
  // A terminal and a process manager may both send the signal: the second must not cut short what the first began.
  let asked = false
  const stopOnce = (): void => {
    if (!asked) closer.close()
    asked = true
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stopOnce)
  process.on('SIGHUP', () => { service.onHangUp(stopOnce) })
  try {
    starting = start(service, stopOnce)
    await starting
  } catch (error) {
    await stop(service)
    throw error
  }
}

/** The service in this process: the only one, or one of several. */
async function serve (service: Service, stop: () => void): Promise<void> {
  const { config, log, lifecycle, stops } = service
  const { databases, credentials, keyring, erasures } = await prepareStorage(service)
  const metrics = config.metrics ? createMetrics() : null
  const journal = new Journal({ db: databases.journal, log, limits: limitsOf(config), ...(metrics === null ? {} : { observer: metrics.observer }) })
  if (metrics !== null) stops.push(async () => { await bequeath(await metrics.registry.getMetricsAsJSON()) })
  const ports = openPorts(databases.read)
  const outgoing = outgoingWork({ db: databases.read, keyring, ports })
  const work = [...DUE_WORK, ...outgoing]
  const app = await buildApp({ databases, journal, log, lifecycle, config, keyring, erasures, metrics: metrics === null ? undefined : sourceOf(metrics, { databases, journal, config, work }) })
  const exit = watchExit(app, lifecycle)
  stops.push(async () => {
    await exit.drain({ longestMs: service.drainMs, accepting: !service.isReplaced, lastConnection: takeLeave })
    // Both at once: connections wait for the answers of what the Journal still decides.
    const closed = exit.close(config.stopGraceMs)
    await journal.stop(config.stopGraceMs)
    await closed
  })
  const sweeping = { db: databases.read, journal, log, intervalMs: config.sweepIntervalMs }
  const sweepers = [
    startSweeper({ ...sweeping, work: DUE_WORK, keptDays: config.idempotencyDays, chores: choresOf(databases, erasures) }),
    startSweeper({ ...sweeping, work: outgoing, turn: 'outgoing' })
  ]
  stops.push(async () => { await Promise.all(sweepers.map(async (sweeper) => { await sweeper.stop() })) })
  const address = await listen(config, async (options) => await app.listen(options))
  onRetire(() => {
    service.isReplaced = true
    stop()
  })
  tellReady(address)
  if (!isWorker) console.log(welcome(address, credentials))
}

/** What time brings about beside due work. */
function choresOf ({ read }: Databases, erasures: ErasureLog): Array<() => Promise<unknown>> {
  return [async () => await eraseDue(read, erasures), async () => await forgetQuotaYears(read), async () => await forgetMinutes(read)]
}

/** What this process counts, and a reading of all processes at its address. */
function sourceOf (
  { registry, count }: ServiceMetrics, { databases, journal, config, work }: { databases: Databases, journal: Journal, config: Config, work: ReadonlyArray<DueWork<unknown>> }
): MetricsSource {
  showQueue(registry, () => journal.stats())
  showPools(registry, databases)
  showDatabase(registry, { databases, work, hasReplica: config.replicaUrl !== null })
  return { count, read: isWorker ? shareReadings(async () => await registry.getMetricsAsJSON()) : async () => await registry.metrics() }
}

/** The first of several processes: prepares the database, and starts, replaces and stops those that serve. */
async function supervise (service: Service, stop: () => void): Promise<void> {
  const { config, log, stops } = service
  const { url, ownerUrl, credentials } = await prepareStorage(service)
  const workers = new Workers({
    script: fileURLToPath(import.meta.url),
    count: config.processes,
    env: { ...keyringPath(config) === null ? {} : { IDENTITY_KEYRING_FILE: keyringPath(config) ?? '' }, PORT: String(config.port === 0 ? await freePort(config.host) : config.port), ...(config.databaseUrl === null ? { DATABASE_URL: url, DATABASE_MIGRATION_URL: ownerUrl } : {}) },
    log,
    stopTimeoutMs: config.drainMs * 2 + config.stopGraceMs + CLOSE_SLACK_MS,
    onGivenUp: (error) => {
      service.failure = error
      stop()
    }
  })
  service.onHangUp = () => { void workers.roll() }
  stops.push(async () => {
    if (!await workers.stop()) service.failure ??= new Error('not every process ended as it should')
  })
  console.log(welcome(await workers.start(), credentials))
}

/** Opens the database, brings it to this version and makes the first tenant where there is none. */
async function prepareStorage ({ config, log, stops }: Service): Promise<Storage & { readonly credentials: string | null, readonly keyring: Keyring | null, readonly erasures: ErasureLog }> {
  const storage = await openStorage(config, log)
  stops.push(async () => { await storage.close() })
  for (const name of await storage.migrate()) log.info({ migration: name }, 'migrated')
  await refuseUnsafeLive(storage.databases)
  const erasures = openErasureLog(config)
  const erased = await replayErasures(storage.databases.read, erasures)
  if (erased > 0) log.warn({ erased }, 'identities that had been erased were in the database again, and were erased again')
  return { ...storage, erasures, keyring: await openKeyring(config), credentials: await makeFirstTenant(storage.databases, config.dataDir) }
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
  const config = readConfig()
  await run(config, config.processes > 1 && !isWorker ? supervise : serve)
} catch (error) {
  console.error(`Holdfast did not start: ${error instanceof Error ? safeMessage(error) : String(error)}`)
  process.exit(1)
}
