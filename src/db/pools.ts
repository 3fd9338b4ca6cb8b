import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { GatheringClient } from './gathering-client.ts'
import type { Database } from './schema.ts'

/** The pools of a process, by what they are for, so that none of them can starve another. */
export interface Databases {
  /** Write transactions of the Journal. */
  readonly journal: Kysely<Database>
  /** Short reads that must see the newest commit, and the few writes outside the books. */
  readonly read: Kysely<Database>
  /** Answers about identities: two round trips each, beside the Journal and not in its way. */
  readonly match: Kysely<Database>
  /** Lists and reports; read-only, from the replica where there is one. */
  readonly report: Kysely<Database>
  /** How busy each pool is at this moment. */
  readonly usage: () => PoolUsage[]
  /** Waits for the statements in flight and closes every connection. */
  readonly close: () => Promise<void>
}

/** Connections of one pool, and who waits for one. */
export interface PoolUsage {
  readonly pool: 'journal' | 'read' | 'match' | 'report'
  readonly used: number
  readonly idle: number
  readonly max: number
  readonly waiting: number
}

export interface DatabaseOptions {
  readonly url: string
  readonly replicaUrl?: string | undefined
  readonly journalConnections?: number
  readonly readConnections?: number
  readonly matchConnections?: number
  readonly reportConnections?: number
  /** Told when a connection breaks; the pool replaces it. */
  readonly onConnectionLost?: (error: Error) => void
}

/** The role every statement of the service runs as, whoever logged in. */
export const APP_ROLE = 'holdfast_app'

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_IDLE_MS = 10_000

const SESSION_SETTINGS = {
  // A login that owns the tables gives up its rights here; the role itself may always take its own role.
  role: APP_ROLE,
  synchronous_commit: 'on',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '5s',
  statement_timeout: '30s'
}

// Every statement of the Journal finds its rows by an index. A plan that was prepared while a table was small must not go on reading all of
// it when it has grown, in the minutes before its statistics are taken again. Before version 18 a plan that cannot do without what is off
// counts as enormous, and would be compiled at every turn. A list of unknown length counts as longer than one of a few rows, so that PostgreSQL
// would plan small batches anew each time, which takes longer than running them. And while a table is nearly empty, reading all of it and sorting
// that costs no more than following the index that has the order.
const JOURNAL_SETTINGS = { enable_seqscan: 'off', enable_sort: 'off', jit: 'off', plan_cache_mode: 'force_generic_plan' }

/** Opens the pools of a process; connections are made when they are needed. `close` must be called for the process to end. */
export function openDatabases (options: DatabaseOptions): Databases {
  const { url, journalConnections = 8, readConnections = 10, matchConnections = 4, reportConnections = 3, onConnectionLost = () => {} } = options
  const pools: Array<{ readonly name: PoolUsage['pool'], readonly max: number, readonly pool: pg.Pool }> = []
  const open = (name: PoolUsage['pool'], max: number, address: string, settings: Readonly<Record<string, string>> = {}, client = pg.Client) => {
    const pool = openPool(address, max, { application_name: `holdfast ${name}`, ...SESSION_SETTINGS, ...settings }, onConnectionLost, client)
    pools.push({ name, max, pool })
    return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  }
  const journal = open('journal', journalConnections, url, JOURNAL_SETTINGS, GatheringClient)
  const read = open('read', readConnections, url)
  const match = open('match', matchConnections, url, JOURNAL_SETTINGS, GatheringClient)
  const report = open('report', reportConnections, options.replicaUrl ?? url, { default_transaction_read_only: 'on' })
  return {
    journal,
    read,
    match,
    report,
    usage: () => pools.map(({ name, max, pool }) => ({ pool: name, used: pool.totalCount - pool.idleCount, idle: pool.idleCount, max, waiting: pool.waitingCount })),
    close: async () => { await Promise.all([journal.destroy(), read.destroy(), match.destroy(), report.destroy()]) }
  }
}

function openPool (url: string, max: number, settings: Readonly<Record<string, string>>, onConnectionLost: (error: Error) => void, client: typeof pg.Client): pg.Pool {
  const pool = new pg.Pool({
    Client: client,
    connectionString: withSessionSettings(url, settings),
    max,
    types: TYPES,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_IDLE_MS
  })
  // An 'error' that nobody listens to ends the process. The pool listens only while a connection is idle: one that breaks
  // between two statements of a transaction has no listener but this, and its next statement fails anyway.
  pool.on('connect', (client) => { client.on('error', onConnectionLost) })
  pool.on('error', () => {})
  return pool
}

/**
 * The address with session settings added to its `options`. They travel in the connection's first message: no extra round trip,
 * and no connection is ever used without them. Settings already in the address come first, so that ours win.
 */
export function withSessionSettings (url: string, settings: Readonly<Record<string, string>>): string {
  const [address = '', query = ''] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
  parameters.set('options', [parameters.get('options') ?? '', ...ours].join(' ').trim())
  // A space written as + is an encoding of forms; other readers of such addresses take it for a plus.
  return `${address}?${parameters.toString().replaceAll('+', '%20')}`
}

// The driver has names for plain types only; these numbers are fixed in PostgreSQL's catalogue, pg_type.dat.
const INT8_ARRAY = 1016
const DATE_ARRAY = 1182

// Parsers of this service alone: changing the driver's global ones would change them for every other user of the driver.
const PARSERS = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, BigInt],
  [pg.types.builtins.DATE, keepText],
  [INT8_ARRAY, arrayOf(BigInt)],
  [DATE_ARRAY, arrayOf(keepText)]
])

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format ?? 'text')
}

/** A date is a day, not an instant: as a `Date` it would move with the time zone of the process. */
function keepText (text: string): string {
  return text
}

/** Numbers and days are never quoted inside an array, so a one-dimensional one is its text split at the commas. */
function arrayOf (parse: (text: string) => unknown): (text: string) => unknown {
  return (text) => text === '{}' ? [] : text.slice(1, -1).split(',').map((item) => item === 'NULL' ? null : parse(item))
}
