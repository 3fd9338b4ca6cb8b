import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import { makeFirstTenant } from './auth/first-start.ts'
import { readConfig, type Config } from './config.ts'
import { openErasureLog, type ErasureLog } from './customs/erasure/erasure-log.ts'
import { replayErasures } from './customs/erasure/replay-erasures.ts'
import type { Keyring } from './customs/keyring/keyring.ts'
import { keyringPath, openKeyring } from './customs/keyring/open-keyring.ts'
import { inspectDatabase } from './db/health.ts'
import type { Databases } from './db/pools.ts'
import { openStorage, type Storage } from './db/storage.ts'
import { createLog } from './http/log.ts'
import { safeMessage } from './http/safe-error.ts'
import { freePort } from './processes/free-port.ts'
import { isWorker, tellReady } from './processes/worker.ts'
import { Workers } from './processes/workers.ts'
import type { Service } from './serve.ts'
import { hasLiveTenant } from './tenants/tenants.ts'

/** What closing takes beyond the time for callers and for what is in flight: the embedded server's last checkpoint. */
const CLOSE_SLACK_MS = 15_000

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

/** The service in this process: the only one, or one of several. What it is made of is read while the database opens. */
async function serve (service: Service, stop: () => void): Promise<void> {
  const [{ credentials, ...books }, { openService }] = await Promise.all([prepareStorage(service), import('./serve.ts')])
  const address = await openService(service, books, stop)
  tellReady(address)
  if (!isWorker) console.log(welcome(address, credentials))
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

/** Real money must not depend on a login that could change what is booked. */
async function refuseUnsafeLive (databases: Databases): Promise<void> {
  const { isPrivileged, login } = await inspectDatabase(databases)
  if (isPrivileged && await hasLiveTenant(databases.read)) {
    throw new Error(`there are live tenants, and the login "${login}" is a superuser or owns the books: give DATABASE_URL a login that only has the role holdfast_app, and DATABASE_MIGRATION_URL the owner`)
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
