import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startEmbedded, type EmbeddedDatabase } from '../../src/db/embedded.ts'
import { heapAfterCollection, residentMegabytes, type MemorySample } from './soak-memory.ts'
import type { Random } from './soak-random.ts'
import { dataFolder, firstKeys, startService, type RunningService } from './service.ts'

const START_TRIES = 20
const LOG_LEVEL_ERROR = 50
const NO_LOG = { info: () => {}, warn: () => {}, error: () => {} }

/** One of the processes, through all its lives. */
export class Place {
  readonly #start: (onLine: (line: string) => void) => Promise<RunningService>
  readonly #finding: (what: string) => void
  #service: RunningService | null = null
  #expectsEnd = false
  /** Of the present life: what is resident, and what full collections left of the heap. */
  resident: MemorySample[] = []
  heap: MemorySample[] = []

  constructor (start: (onLine: (line: string) => void) => Promise<RunningService>, finding: (what: string) => void) {
    this.#start = start
    this.#finding = finding
  }

  /** Where it listens, or listened last. */
  get url (): string {
    return this.#service?.url ?? 'http://127.0.0.1:1'
  }

  /** Starts, again and again while the database is down. */
  async start (): Promise<void> {
    this.#expectsEnd = false
    this.resident = []
    this.heap = []
    for (let tries = 1; ; tries += 1) {
      try {
        this.#service = await this.#start((line) => { this.#read(line) })
        break
      } catch (error) {
        if (tries === START_TRIES) throw error
        await sleep(500)
      }
    }
    this.#service.process.once('exit', (code, signal) => {
      if (!this.#expectsEnd) this.#finding(`a service ended by itself: ${code ?? signal}`)
    })
  }

  async kill (): Promise<void> {
    this.#expectsEnd = true
    await this.#service?.kill()
  }

  async stop (): Promise<void> {
    this.#expectsEnd = true
    const code = await this.#service?.stop()
    if (code !== 0) this.#finding(`a service stopped with ${code}`)
  }

  signal (name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#service?.process.kill(name)
  }

  sample (): void {
    const megabytes = residentMegabytes(this.#service?.process.pid ?? 0)
    if (megabytes !== null) this.resident.push({ atMs: performance.now(), megabytes })
  }

  #read (line: string): void {
    const megabytes = heapAfterCollection(line)
    if (megabytes !== null) this.heap.push({ atMs: performance.now(), megabytes })
    const level = /^\{"level":(\d+)/.exec(line)?.[1]
    if (Number(level) >= LOG_LEVEL_ERROR) this.#finding(`a service logged ${line.slice(0, 600)}`)
  }
}

/** A durable database of its own and some service processes on it. */
export class Stage {
  readonly places: readonly Place[]
  readonly database: EmbeddedDatabase
  readonly #folder: { readonly path: string, readonly remove: () => Promise<void> }

  private constructor (database: EmbeddedDatabase, folder: { path: string, remove: () => Promise<void> }, places: readonly Place[]) {
    this.database = database
    this.#folder = folder
    this.places = places
  }

  static async open ({ processes, finding }: { processes: number, finding: (what: string) => void }): Promise<Stage> {
    const folder = await dataFolder()
    const database = await startEmbedded({ dataDir: join(folder.path, 'database'), log: NO_LOG })
    const env = { DATA_DIR: join(folder.path, 'service'), DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.ownerUrl, SWEEP_INTERVAL_MS: '200', LOG_LEVEL: 'error' }
    const places = Array.from({ length: processes }, () => new Place(async (onLine) => await startService(env, { nodeOptions: ['--trace-gc'], onLine }), finding))
    await Promise.all(places.map(async (place) => { await place.start() }))
    return new Stage(database, folder, places)
  }

  async keys (): Promise<Awaited<ReturnType<typeof firstKeys>>> {
    return await firstKeys(join(this.#folder.path, 'service'))
  }

  anyUrl (random: Random): string {
    return random.one(this.places).url
  }

  /** Asks the database as its superuser. */
  async query (text: string): Promise<object[]> {
    const client = new pg.Client({ connectionString: this.database.url.replace(/user=[^&]+/, 'user=postgres') })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<object>(text)).rows
    } finally {
      await client.end().catch(() => {})
    }
  }

  /** Sends the database server a signal that ends it, and waits until it has come back: it is started again whenever it ends. */
  async endDatabase (signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<void> {
    const lockFile = join(this.#folder.path, 'database/postgres/postmaster.pid')
    const read = async (): Promise<string> => (await readFile(lockFile, 'utf8').catch(() => '')).split('\n', 1)[0] ?? ''
    const pid = await read()
    process.kill(Number(pid), signal)
    for (;;) {
      if (await read() !== pid && await this.query('select 1').then(() => true, () => false)) return
      await sleep(100)
    }
  }

  async close (): Promise<void> {
    await Promise.all(this.places.map(async (place) => { await place.stop() }))
    await this.database.stop()
    await this.#folder.remove()
  }
}
