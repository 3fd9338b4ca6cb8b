import { isIP } from 'node:net'

/** Everything the environment decides, checked once at the start. */
export interface Config {
  /** Where the service connects; null runs the embedded server in `dataDir`. */
  readonly databaseUrl: string | null
  /** Who migrates; the same as `databaseUrl` where none is given. */
  readonly migrationUrl: string | null
  /** Where lists and reports are read. */
  readonly replicaUrl: string | null
  readonly dataDir: string
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** How many processes serve at that address. */
  readonly processes: number
  readonly logLevel: string
  /** Whether /metrics answers. */
  readonly metrics: boolean
  readonly journalConnections: number
  readonly readConnections: number
  readonly matchConnections: number
  readonly reportConnections: number
  readonly batchWeightMax: number
  readonly tenantQueueMax: number
  readonly queueMax: number
  /** An operation that was not decided in this time is dropped and answered `unavailable`. */
  readonly deadlineMs: number
  /** How often due work is looked for. */
  readonly sweepIntervalMs: number
  /** How long, at most, a stop goes on answering before anything is refused. */
  readonly drainMs: number
  /** How long a stop waits for what is in flight. */
  readonly stopGraceMs: number
  readonly bodyBytesMax: number
  /** How long a whole request may take to arrive. */
  readonly requestTimeoutMs: number
  /** How long its header may. */
  readonly headersTimeoutMs: number
  /** How long a connection stays open after an answer. */
  readonly keepAliveTimeoutMs: number
  readonly connectionsMax: number
  /** Requests that a key may send in one window; 0 for any number. */
  readonly rateLimitMax: number
  readonly rateLimitWindowMs: number
  /** Failed authentications of one address in a minute; 0 for any number. */
  readonly authFailuresMax: number
  /** Addresses and networks whose `X-Forwarded-For` is believed; null for none. */
  readonly trustedProxies: readonly string[] | null
  /** How long answers are remembered under their idempotency keys. */
  readonly idempotencyDays: number
  /** The keys that wrap the data keys of identities, as text, or the file that has them; null where the first start makes some, or where there are none. */
  readonly identityKeyring: string | null
  readonly identityKeyringFile: string | null
  /** The file that remembers erasures when the database forgets them; null for one in `dataDir`. */
  readonly erasureLog: string | null
  /** Who signs receipts, as they say it. */
  readonly receiptIssuer: string
}

interface Environment {
  readonly DATABASE_URL?: string
  readonly DATABASE_MIGRATION_URL?: string
  readonly DATABASE_REPLICA_URL?: string
  readonly DATA_DIR: string
  readonly HOST: string
  readonly PORT: number
  readonly PROCESSES: number
  readonly LOG_LEVEL: string
  readonly METRICS: string
  readonly JOURNAL_CONNECTIONS: number
  readonly READ_CONNECTIONS: number
  readonly MATCH_CONNECTIONS: number
  readonly REPORT_CONNECTIONS: number
  readonly BATCH_WEIGHT_MAX: number
  readonly TENANT_QUEUE_MAX: number
  readonly QUEUE_MAX: number
  readonly DEADLINE_MS: number
  readonly SWEEP_INTERVAL_MS: number
  readonly DRAIN_MS: number
  readonly STOP_GRACE_MS: number
  readonly BODY_BYTES_MAX: number
  readonly REQUEST_TIMEOUT_MS: number
  readonly HEADERS_TIMEOUT_MS: number
  readonly KEEP_ALIVE_TIMEOUT_MS: number
  readonly CONNECTIONS_MAX: number
  readonly RATE_LIMIT: number
  readonly RATE_LIMIT_WINDOW_MS: number
  readonly AUTH_FAILURES_MAX: number
  readonly TRUSTED_PROXIES?: string
  readonly IDEMPOTENCY_DAYS: number
  readonly IDENTITY_KEYRING?: string
  readonly IDENTITY_KEYRING_FILE?: string
  readonly ERASURE_LOG?: string
  readonly RECEIPT_ISSUER: string
}

const KEY_PATTERN = '[a-z0-9][a-z0-9._-]{0,39}:[A-Za-z0-9+/]{43}='
const KEYRING_PATTERN = new RegExp(`^${KEY_PATTERN}(,${KEY_PATTERN})*$`)

/** What a variable may be, and what it is when nobody says. */
interface Variable {
  readonly type: 'text' | 'whole'
  readonly description: string
  readonly default?: string | number
  readonly pattern?: RegExp
  readonly among?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

const url = (what: string) => ({ type: 'text', pattern: /^postgres(ql)?:\/\//, description: `${what}, such as postgres://user:password@host:5432/holdfast` } as const)
const whole = (what: string, minimum: number, maximum: number, preset: number) => ({
  type: 'whole', minimum, maximum, default: preset, description: `${what}, a whole number from ${minimum} to ${maximum}`
} as const)

/** Every variable the service reads, with its default; the documentation is made of it. */
export const VARIABLES = {
  DATABASE_URL: url('The database to use instead of the embedded one'),
  DATABASE_MIGRATION_URL: url('The database with a login that owns the tables, for migrations'),
  DATABASE_REPLICA_URL: url('A replica to read lists and reports from'),
  DATA_DIR: { type: 'text', default: '.holdfast', description: 'The folder of the embedded database and of the first credentials' },
  HOST: { type: 'text', default: '127.0.0.1', description: 'The address to listen at, such as 0.0.0.0 for all' },
  PORT: whole('The port to listen at, 0 for any free one', 0, 65_535, 8080),
  PROCESSES: whole('Processes that serve at that address', 1, 32, 1),
  LOG_LEVEL: { type: 'text', among: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], default: 'info', description: 'How much to log: fatal, error, warn, info, debug, trace or silent' },
  METRICS: { type: 'text', among: ['on', 'off'], default: 'on', description: 'Whether /metrics answers: on or off' },
  JOURNAL_CONNECTIONS: whole('Connections that write the books', 1, 64, 8),
  READ_CONNECTIONS: whole('Connections for short reads', 1, 200, 10),
  MATCH_CONNECTIONS: whole('Connections that answer about identities', 1, 64, 4),
  REPORT_CONNECTIONS: whole('Connections for lists and reports', 1, 64, 3),
  BATCH_WEIGHT_MAX: whole('Rows, about, that one batch may write', 100, 100_000, 5_000),
  TENANT_QUEUE_MAX: whole('Operations that may wait for one tenant', 1, 1_000_000, 10_000),
  QUEUE_MAX: whole('Operations that may wait in all', 1, 1_000_000, 50_000),
  DEADLINE_MS: whole('Milliseconds after which an undecided operation is dropped', 100, 25_000, 15_000),
  SWEEP_INTERVAL_MS: whole('Milliseconds between two looks for due work', 10, 3_600_000, 1_000),
  DRAIN_MS: whole('Milliseconds that a stop, at most, goes on answering while its callers move elsewhere', 0, 60_000, 5_000),
  STOP_GRACE_MS: whole('Milliseconds that a stop waits for what is in flight', 0, 20_000, 20_000),
  BODY_BYTES_MAX: whole('Bytes that the body of a request may have', 1_024, 16_777_216, 1_048_576),
  REQUEST_TIMEOUT_MS: whole('Milliseconds that a whole request may take to arrive', 1_000, 300_000, 30_000),
  HEADERS_TIMEOUT_MS: whole('Milliseconds that the header of a request may take to arrive, no more than REQUEST_TIMEOUT_MS', 1_000, 300_000, 10_000),
  KEEP_ALIVE_TIMEOUT_MS: whole('Milliseconds that a connection stays open without a request', 1_000, 600_000, 72_000),
  CONNECTIONS_MAX: whole('Connections that are open at once, of one process', 10, 100_000, 10_000),
  RATE_LIMIT: whole('Requests that each key may send to one process in a window, 0 for any number', 0, 10_000_000, 10_000),
  RATE_LIMIT_WINDOW_MS: whole('Milliseconds of that window', 1_000, 3_600_000, 1_000),
  AUTH_FAILURES_MAX: whole('Requests without a valid key that one address may send to one process in a minute, 0 for any number', 0, 1_000_000, 600),
  TRUSTED_PROXIES: { type: 'text', description: 'The proxies whose X-Forwarded-For tells the address of the caller: addresses and networks with commas between them, such as 127.0.0.1,10.0.0.0/8' },
  IDEMPOTENCY_DAYS: whole('Days that an answer is remembered under its idempotency key', 1, 3_650, 30),
  IDENTITY_KEYRING: { type: 'text', pattern: KEYRING_PATTERN, description: 'The keys that wrap the data keys of identities: name:key with commas between them, each key 32 random bytes in base64; the first one wraps what is new' },
  IDENTITY_KEYRING_FILE: { type: 'text', description: 'A file with such keys instead, one a line; without either the embedded database gets one of its own, for sandboxes' },
  ERASURE_LOG: { type: 'text', description: 'The file that remembers which identities were erased, so that a restored database forgets them again; without it, erasures.log in DATA_DIR' },
  RECEIPT_ISSUER: { type: 'text', default: 'holdfast', description: 'Who signs receipts, as they say it: a name or an address' }
} as const satisfies Readonly<Record<keyof Environment, Variable>>

/** A value of the environment that cannot be used; its message says which, and what to set instead. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the environment. An empty variable counts as none. Throws a `ConfigError` that names every bad variable at once. */
export function readConfig (environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given: Record<string, string> = {}
  for (const name of Object.keys(VARIABLES)) {
    const value = environment[name]?.trim()
    if (value !== undefined && value !== '') given[name] = value
  }
  const values = check(given)
  for (const name of ['DATABASE_MIGRATION_URL', 'DATABASE_REPLICA_URL'] as const) {
    if (values[name] !== undefined && values.DATABASE_URL === undefined) throw new ConfigError(`${name} is set and DATABASE_URL is not: set both, or neither for the embedded database.`)
  }
  if (values.IDENTITY_KEYRING !== undefined && values.IDENTITY_KEYRING_FILE !== undefined) throw new ConfigError('IDENTITY_KEYRING and IDENTITY_KEYRING_FILE are both set: set one of them.')
  if (values.HEADERS_TIMEOUT_MS > values.REQUEST_TIMEOUT_MS) throw new ConfigError('HEADERS_TIMEOUT_MS is longer than REQUEST_TIMEOUT_MS, which is for the whole request: lower the one or raise the other.')
  return {
    databaseUrl: values.DATABASE_URL ?? null,
    migrationUrl: values.DATABASE_MIGRATION_URL ?? values.DATABASE_URL ?? null,
    replicaUrl: values.DATABASE_REPLICA_URL ?? null,
    dataDir: values.DATA_DIR,
    host: values.HOST,
    port: values.PORT,
    processes: values.PROCESSES,
    logLevel: values.LOG_LEVEL,
    metrics: values.METRICS === 'on',
    journalConnections: values.JOURNAL_CONNECTIONS,
    readConnections: values.READ_CONNECTIONS,
    matchConnections: values.MATCH_CONNECTIONS,
    reportConnections: values.REPORT_CONNECTIONS,
    batchWeightMax: values.BATCH_WEIGHT_MAX,
    tenantQueueMax: values.TENANT_QUEUE_MAX,
    queueMax: values.QUEUE_MAX,
    deadlineMs: values.DEADLINE_MS,
    sweepIntervalMs: values.SWEEP_INTERVAL_MS,
    drainMs: values.DRAIN_MS,
    stopGraceMs: values.STOP_GRACE_MS,
    bodyBytesMax: values.BODY_BYTES_MAX,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    headersTimeoutMs: values.HEADERS_TIMEOUT_MS,
    keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_MS,
    connectionsMax: values.CONNECTIONS_MAX,
    rateLimitMax: values.RATE_LIMIT,
    rateLimitWindowMs: values.RATE_LIMIT_WINDOW_MS,
    authFailuresMax: values.AUTH_FAILURES_MAX,
    trustedProxies: values.TRUSTED_PROXIES === undefined ? null : networks(values.TRUSTED_PROXIES),
    idempotencyDays: values.IDEMPOTENCY_DAYS,
    identityKeyring: values.IDENTITY_KEYRING ?? null,
    identityKeyringFile: values.IDENTITY_KEYRING_FILE ?? null,
    erasureLog: values.ERASURE_LOG ?? null,
    receiptIssuer: values.RECEIPT_ISSUER
  }
}

/** The addresses and networks of a list. */
function networks (text: string): string[] {
  const items = text.split(',').map((item) => item.trim())
  if (!items.every(isNetwork)) throw unusable('TRUSTED_PROXIES')
  return items
}

function isNetwork (text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const longest = isIP(address) === 4 ? 32 : 128
  return isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= longest))
}

function check (given: Readonly<Record<string, string>>): Environment {
  const names = Object.keys(VARIABLES) as Array<keyof typeof VARIABLES>
  const wrong = names.filter((name) => given[name] !== undefined && !isUsable(given[name], VARIABLES[name]))
  if (wrong.length > 0) throw unusable(...wrong)
  return Object.fromEntries(names.map((name) => [name, valueOf(given[name], VARIABLES[name])])) as unknown as Environment
}

function isUsable (text: string, { type, pattern, among, minimum = -Infinity, maximum = Infinity }: Variable): boolean {
  if (type === 'whole') return /^-?\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum
  return (pattern?.test(text) ?? true) && (among?.includes(text) ?? true)
}

function valueOf (text: string | undefined, variable: Variable): string | number | undefined {
  if (text === undefined) return variable.default
  return variable.type === 'whole' ? Number(text) : text
}

function unusable (...names: ReadonlyArray<keyof typeof VARIABLES>): ConfigError {
  return new ConfigError(names.map((name) => `${name} is not usable. Set it to: ${VARIABLES[name].description}.`).join('\n'))
}
