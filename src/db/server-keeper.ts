import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { clusterUrl, SUPERUSER, type Cluster } from './server-cluster.ts'
import { describeFailure } from './server-failures.ts'
import { retireStaleLocks, serverPid, startServer, stopServer, type ServerProcess } from './server-process.ts'

/** Where the launcher tells what it does. */
export interface ServerLog {
  info (details: object, message: string): void
  warn (details: object, message: string): void
  error (details: object, message: string): void
}

// Chosen once, at random. Every process that uses the server holds this lock, shared, as long as it lives.
const USERS_LOCK = 2_085_377_642_904_113n
const RETRY_MS = 50
/** How long a server may take until it answers; one that says that it is recovering may take longer. */
const PATIENCE_MS = 90_000
const STOP_TIMEOUT_MS = 60_000
const RESTART_PAUSE_MS = 1_000

/**
 * Keeps a server running for this process, and starts it again when it dies.
 *
 * Everything hangs on one connection. It breaks the moment the server is killed, which is how we notice. It holds a shared lock
 * that counts this process among the server's users and that no `kill -9` can leave behind; whoever stops the server
 * must get that lock alone.
 */
export class ServerKeeper {
  readonly #cluster: Cluster
  readonly #log: ServerLog
  #client: pg.Client
  #stopping = false
  #restart: Promise<void> = Promise.resolve()

  private constructor (cluster: Cluster, log: ServerLog, client: pg.Client) {
    this.#cluster = cluster
    this.#log = log
    this.#client = client
    this.#watch(client)
  }

  /** Connects to the server that runs on the cluster's data folder already, or starts it. */
  static async start (cluster: Cluster, log: ServerLog): Promise<ServerKeeper> {
    return new ServerKeeper(cluster, log, await connectOrStart(cluster, log, () => false))
  }

  /** The superuser's connection, for setting things up. */
  get client (): pg.Client {
    return this.#client
  }

  /** Whether keeping the server alone keeps this process alive; it does until told otherwise. A query needs it. */
  holdProcess (hold: boolean): void {
    const client = this.#client as pg.Client & { ref (): void, unref (): void } // Missing in the driver's types.
    if (hold) client.ref()
    else client.unref()
  }

  /** Ends the server and waits for it, unless another process uses it. */
  async stop (): Promise<void> {
    this.#stopping = true
    await this.#restart
    try {
      await this.#client.query('select pg_advisory_unlock_shared($1)', [USERS_LOCK])
      const { rows: [answer] } = await this.#client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [USERS_LOCK])
      if (answer?.alone === true && !await stopServer(this.#cluster, STOP_TIMEOUT_MS)) {
        this.#log.warn({ data: this.#cluster.data }, 'PostgreSQL is still writing; it ends by itself')
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'PostgreSQL was gone before it was stopped')
    } finally {
      await this.#client.end().catch(() => {})
    }
  }

  #watch (client: pg.Client): void {
    client.once('end', () => {
      if (!this.#stopping) this.#restart = this.#bringBack()
    })
  }

  async #bringBack (): Promise<void> {
    this.#log.warn({ data: this.#cluster.data }, 'PostgreSQL is gone; starting it again')
    while (!this.#stopping) {
      try {
        this.#client = await connectOrStart(this.#cluster, this.#log, () => this.#stopping)
        this.#watch(this.#client)
        this.#log.info({ data: this.#cluster.data }, 'PostgreSQL is back')
        return
      } catch (error) {
        this.#log.error({ err: error }, 'PostgreSQL does not start; trying again')
        await delay(RESTART_PAUSE_MS)
      }
    }
  }
}

async function connectOrStart (cluster: Cluster, log: ServerLog, isCancelled: () => boolean): Promise<pg.Client> {
  let server: ServerProcess | null = null
  let giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const attempt = await tryConnect(cluster)
    if (attempt instanceof pg.Client) return attempt
    if (isStillStarting(attempt)) giveUpAt = performance.now() + PATIENCE_MS
    if (isCancelled() && server === null) throw new Error('PostgreSQL was stopped while it started')
    if (performance.now() > giveUpAt) {
      throw new Error(`PostgreSQL in ${cluster.data} does not answer (${attempt.message}); see ${cluster.logFile}`, { cause: attempt })
    }
    if (server !== null && server.exitOutput !== null) {
      await judgeExit(server.exitOutput, cluster, log)
      server = null
    }
    if (server === null && await serverPid(cluster) === null) server = await startServer(cluster)
    await delay(RETRY_MS)
  }
}

/** After a server that we started ended: returns when another start may succeed, throws what a person must mend. */
async function judgeExit (output: string, cluster: Cluster, log: ServerLog): Promise<void> {
  if (/lock file ".*" (already exists|is empty)/.test(output)) {
    await retireStaleLocks(cluster)
    return
  }
  if (/pre-existing shared memory block|could not lock file|in use by another/.test(output)) {
    log.info({ data: cluster.data }, 'waiting for the last sessions of the PostgreSQL that was killed')
    await delay(RESTART_PAUSE_MS)
    return
  }
  // It was stopped again by whoever started to use it after us.
  if (/received (fast|smart|immediate) shutdown request/.test(output)) return
  throw new Error(`PostgreSQL does not start: ${describeFailure(output, cluster)}`)
}

async function tryConnect (cluster: Cluster): Promise<pg.Client | Error> {
  const client = new pg.Client({
    connectionString: clusterUrl(cluster, 'postgres', SUPERUSER), application_name: 'holdfast launcher', connectionTimeoutMillis: PATIENCE_MS
  })
  client.on('error', () => {}) // 'end' follows, and is what we act on.
  try {
    await client.connect()
    const { rows: [server] } = await client.query<{ data: string }>("select current_setting('data_directory') as data")
    if (server?.data !== cluster.data) throw new Error(`the server at ${cluster.socket} serves ${server?.data}`)
    // Waits while another process is stopping the server; then the connection breaks, and we start it again.
    await client.query('select pg_advisory_lock_shared($1)', [USERS_LOCK])
    return client
  } catch (error) {
    await client.end().catch(() => {})
    return error instanceof Error ? error : new Error(String(error))
  }
}

function isStillStarting (error: Error): boolean {
  const CANNOT_CONNECT_NOW = '57P03'
  return error instanceof pg.DatabaseError && error.code === CANNOT_CONNECT_NOW
}
