import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import type { Databases } from './db/pools.ts'
import { openPorts } from './customs/declarations/transports/open-ports.ts'
import { eraseDue } from './customs/erasure/erase-identity.ts'
import type { ErasureLog } from './customs/erasure/erasure-log.ts'
import { forgetQuotaYears } from './customs/identities/quota-index.ts'
import type { Keyring } from './customs/keyring/keyring.ts'
import { forgetMinutes } from './customs/matches/write-answers.ts'
import { DUE_WORK, outgoingWork } from './due-work.ts'
import { watchExit } from './http/drain.ts'
import type { Lifecycle } from './http/health.ts'
import { Journal, type JournalLimits } from './journal/journal.ts'
import { showDatabase, showPools } from './metrics/database-metrics.ts'
import { showQueue } from './metrics/journal-metrics.ts'
import type { MetricsSource } from './metrics/routes.ts'
import { createMetrics, type ServiceMetrics } from './metrics/service-metrics.ts'
import { bequeath, isWorker, onRetire, shareReadings, takeLeave } from './processes/worker.ts'
import type { DueWork } from './timers/due-work.ts'
import { startSweeper } from './timers/sweeper.ts'

/** What was started, and how it is stopped. */
export interface Service {
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

/** What the service works on: the databases, the keys of identities, and what was erased. */
export interface Prepared {
  readonly databases: Databases
  readonly keyring: Keyring | null
  readonly erasures: ErasureLog
}

/**
 * Opens the books on a prepared database, with the sweeps of due work, and listens; answers the address. How to stop each is added to the
 * service's `stops`, and `stop` is called when another process took this one's place.
 */
export async function openService (service: Service, { databases, keyring, erasures }: Prepared, stop: () => void): Promise<string> {
  const { config, log, lifecycle, stops } = service
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
  return address
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

function limitsOf (config: Config): JournalLimits {
  return {
    batchesMax: config.journalConnections,
    batchWeightMax: config.batchWeightMax,
    tenantQueueMax: config.tenantQueueMax,
    queueMax: config.queueMax,
    deadlineMs: config.deadlineMs
  }
}
