#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { readAudit, showEntry, type RecordedEntry } from './audit/read.ts'
import { createKey, OVERLAP_SECONDS_DEFAULT, OVERLAP_SECONDS_MAX, revokeKey, rotateKey, type IssuedKey } from './auth/keys.ts'
import { listKeys, showKey, tenantOfKey, type ApiKey } from './auth/read-keys.ts'
import { USAGE } from './cli-usage.ts'
import { ConfigError, readConfig } from './config.ts'
import { inspectDatabase } from './db/health.ts'
import { missingMigrations } from './db/missing-migrations.ts'
import type { Databases } from './db/pools.ts'
import { packageVersion } from './db/package-root.ts'
import { openStorage, type Storage } from './db/storage.ts'
import { inTransaction } from './db/transaction.ts'
import { createLog } from './http/log.ts'
import { safeMessage } from './http/safe-error.ts'
import { externalId, internalId } from './kernel/ids.ts'
import { ROLES } from './kernel/principal.ts'
import { Refusal } from './kernel/refusals.ts'
import { parseTime } from './kernel/time.ts'
import { parsePoint } from './ledger/period.ts'
import { readHledger } from './reports/hledger.ts'
import { printReport, printVerify, REPORT_NAMES } from './reports/print.ts'
import { saveFile } from './reports/save-file.ts'
import { createTenant, findTenantByName, readTenant, type Tenant } from './tenants/tenants.ts'

const OPTIONS = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
  live: { type: 'boolean', default: false },
  tenant: { type: 'string' },
  role: { type: 'string' },
  name: { type: 'string' },
  'expires-at': { type: 'string' },
  overlap: { type: 'string' },
  'as-of': { type: 'string' },
  'as-of-seq': { type: 'string' },
  account: { type: 'string' },
  'by-occurred': { type: 'boolean', default: false },
  csv: { type: 'boolean', default: false },
  out: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' }
} as const

/** How many rows of a list are read at once. */
const PAGE_ROWS = 1000

type Values = ReturnType<typeof parse>['values']

interface Command {
  /** Words after the command's own. */
  readonly arguments: number
  readonly options: ReadonlyArray<keyof typeof OPTIONS>
  run (values: Values, words: readonly string[]): Promise<number>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { arguments: 0, options: [], run: serve },
  migrate: { arguments: 0, options: [], run: migrate },
  'tenant create': { arguments: 1, options: ['live'], run: createTenantCommand },
  'key create': { arguments: 0, options: ['tenant', 'role', 'name', 'expires-at'], run: createKeyCommand },
  'key list': { arguments: 0, options: ['tenant'], run: listKeysCommand },
  'key rotate': { arguments: 1, options: ['overlap'], run: rotateKeyCommand },
  'key revoke': { arguments: 1, options: [], run: revokeKeyCommand },
  audit: { arguments: 0, options: ['tenant'], run: audit },
  verify: { arguments: 0, options: [], run: verify },
  report: { arguments: 1, options: ['tenant', 'as-of', 'as-of-seq', 'account', 'by-occurred', 'from', 'to', 'csv'], run: report },
  'export hledger': { arguments: 0, options: ['tenant', 'out', 'as-of-seq'], run: exportHledger }
}

/** The command was called in a way that cannot mean anything. */
class UsageError extends Error {}

async function main (): Promise<number> {
  const [first, ...rest] = process.argv.slice(2)
  // It has options of its own, and is not loaded by those who never measure.
  if (first === 'bench') return await (await import('./bench/command.ts')).benchCommand(rest)
  const { values, positionals } = parse()
  if (values.version) return say(packageVersion())
  if (values.help || positionals.length === 0) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const name = [positionals.slice(0, 2).join(' '), positionals[0] ?? ''].find((words) => words in COMMANDS)
  const command = name === undefined ? undefined : COMMANDS[name]
  if (name === undefined || command === undefined) throw new UsageError(`there is no command "${positionals.join(' ')}"`)
  const words = positionals.slice(name.split(' ').length)
  if (words.length !== command.arguments) throw new UsageError(`"${name}" takes ${command.arguments === 0 ? 'no word' : 'one word'} after it`)
  const allowed = new Set<string>(['json', ...command.options])
  const strange = Object.entries(values).find(([option, value]) => value !== false && !allowed.has(option))
  if (strange !== undefined) throw new UsageError(`"${name}" has no option --${strange[0]}`)
  return await command.run(values, words)
}

function parse () {
  return parseArgs({ options: OPTIONS, allowPositionals: true, strict: true })
}

async function serve (): Promise<number> {
  await import('./main.ts')
  // It runs until a signal ends it.
  return await new Promise<number>(() => {})
}

async function migrate ({ json }: Values): Promise<number> {
  return await withStorage(async (storage) => {
    const migrated = await storage.migrate()
    return json ? sayJson({ migrated }) : say(migrated.length === 0 ? 'Nothing to do: the database is of this version.' : `Applied ${migrated.join(', ')}.`)
  })
}

async function createTenantCommand ({ live, json }: Values, [name = '']: readonly string[]): Promise<number> {
  return await withDatabases(async (databases) => {
    const { isPrivileged, login } = await inspectDatabase(databases)
    if (live && isPrivileged) {
      throw new Refusal('invalid_request', `A live tenant needs a database login that cannot change the books, and "${login}" is a superuser or owns them: give DATABASE_URL one that only has the role holdfast_app, and DATABASE_MIGRATION_URL the owner.`)
    }
    const kind = live ? 'live' : 'sandbox'
    await inTransaction(databases.read, async (trx) => await createTenant(trx, { name, kind, actor: 'cli' }))
    return json ? sayJson({ tenant: name, kind }) : say(`Made the ${kind} tenant ${name}. Next: holdfast key create --tenant ${name} --role admin --name "first key"`)
  })
}

async function createKeyCommand (values: Values): Promise<number> {
  const { name, json } = values
  const role = ROLES.find((known) => known === values.role)
  if (name === undefined || name.length < 1 || name.length > 100) throw new UsageError('say what the key is for: --name TEXT, 1 to 100 characters')
  if (role === undefined) throw new UsageError(`name a role: --role ${ROLES.join(' | ')}`)
  const expiry = values['expires-at']
  return await withDatabases(async ({ read }) => {
    const tenant = await tenantOf(read, values)
    const expiresAt = expiry === undefined ? null : parseTime(expiry, '/expires_at')
    const { apiKey, secret } = await inTransaction(read, async (trx) =>
      await createKey(trx, { tenantId: tenant.id, tenantKind: tenant.kind, name, role, expiresAt, actor: 'cli' }))
    return sayIssued(tenant, { apiKey, secret }, json)
  })
}

async function rotateKeyCommand ({ overlap, json }: Values, [text = '']: readonly string[]): Promise<number> {
  const id = keyIdOf(text)
  const overlapSeconds = overlap === undefined ? OVERLAP_SECONDS_DEFAULT : Number(overlap)
  if (!/^\d{1,7}$/.test(overlap ?? '0') || overlapSeconds > OVERLAP_SECONDS_MAX) throw new UsageError(`--overlap takes seconds, 0 to ${OVERLAP_SECONDS_MAX}`)
  return await withDatabases(async ({ read }) => {
    const tenant = await readTenant(read, await tenantOfKey(read, id))
    const issued = await inTransaction(read, async (trx) => await rotateKey(trx, { tenantId: tenant.id, tenantKind: tenant.kind, id, overlapSeconds, actor: 'cli' }))
    return sayIssued(tenant, issued, json)
  })
}

function sayIssued (tenant: Tenant, { apiKey, secret }: IssuedKey, json: boolean): 0 {
  const id = externalId('key', apiKey.id)
  const { role, name } = apiKey
  return json ? sayJson({ id, tenant: tenant.name, role, name, key: secret }) : say(`${secret}\nThis is ${id}. It cannot be shown again: keep it where secrets are kept.`)
}

async function listKeysCommand (values: Values): Promise<number> {
  return await withDatabases(async ({ read }) => {
    const { id } = await tenantOf(read, values)
    const keys = await readAll<ApiKey>(async (last) => await listKeys(read, id, { limit: PAGE_ROWS, before: last?.id ?? null }))
    if (values.json) return sayJson({ data: keys.map(showKey) })
    for (const { id, state, role, hint, expires_at: ends, last_used_at: used, name } of keys.map(showKey)) {
      say(`${id}  ${state.padEnd(8)}  ${role.padEnd(11)}  …${hint}  ends ${ends ?? 'never'}, last used ${used ?? 'never'}  ${name}`)
    }
    return 0
  })
}

async function revokeKeyCommand ({ json }: Values, [text = '']: readonly string[]): Promise<number> {
  const id = keyIdOf(text)
  return await withDatabases(async ({ read }) => {
    const { revokedAt } = await inTransaction(read, async (trx) => await revokeKey(trx, { tenantId: await tenantOfKey(trx, id), id, actor: 'cli' }))
    return json ? sayJson({ id: text, revoked_at: revokedAt?.toISOString() }) : say(`Revoked ${text}; every process refuses it within seconds.`)
  })
}

function keyIdOf (text: string): string {
  const id = internalId('key', text)
  if (id === null) throw new UsageError(`"${text}" is no id of a key; it looks like key_01…`)
  return id
}

async function audit (values: Values): Promise<number> {
  return await withDatabases(async ({ read }) => {
    const { id } = await tenantOf(read, values)
    const entries = await readAll<RecordedEntry>(async (last) => await readAudit(read, id, {}, { limit: PAGE_ROWS, before: last?.seq ?? null }))
    if (values.json) return sayJson({ data: entries.map(showEntry) })
    for (const { seq, recorded_at: time, actor, action, subject, details } of entries.map(showEntry)) say(`${seq}  ${time}  ${actor}  ${action}  ${subject}  ${JSON.stringify(details)}`)
    return 0
  })
}

/** Every row of a list that is read in pages. */
async function readAll<Row> (readPage: (last: Row | null) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const page = await readPage(rows.at(-1) ?? null)
    rows.push(...page)
    if (page.length < PAGE_ROWS) return rows
  }
}

async function verify ({ json }: Values): Promise<number> {
  return await withDatabases(async ({ report }) => await printVerify(report, { json }, write))
}

async function report (values: Values, [word = '']: readonly string[]): Promise<number> {
  const name = REPORT_NAMES.find((known) => known === word)
  if (name === undefined) throw new UsageError(`there is no report "${word}"; there are ${REPORT_NAMES.join(', ')}`)
  if (values.csv && values.json) throw new UsageError('a report is printed as --csv or as --json')
  const asOfSeq = seqOf(values)
  return await withDatabases(async (databases) => {
    const { id: tenantId } = await tenantOf(databases.read, values)
    const { json, csv, account, from, to } = values
    const format = csv ? 'csv' : json ? 'json' : 'text'
    const by = values['by-occurred'] ? 'occurred_at' : 'recorded_at'
    await printReport(databases.report, { name, tenantId, format, asOf: values['as-of'], asOfSeq, account, by, from, to }, write)
    return 0
  })
}

async function exportHledger (values: Values): Promise<number> {
  const { out, json } = values
  if (json && out === undefined) throw new UsageError('with --json, name the file that the journal goes to: --out FILE')
  const asOfSeq = seqOf(values)
  return await withDatabases(async (databases) => {
    const tenant = await tenantOf(databases.read, values)
    const { seq, pieces } = await readHledger(databases.report, tenant, parsePoint({ as_of_seq: asOfSeq }))
    const bar = new SingleBar({ format: '{bar} {value}/{total} transactions, {duration} s', stream: process.stderr, clearOnComplete: true, hideCursor: true })
    if (process.stderr.isTTY) bar.start(Number(seq), 0)
    const text = pieces((count) => { bar.increment(count) })
    let bytes = 0
    try {
      if (out !== undefined) bytes = await saveFile(out, text)
      else for await (const piece of text) await write(piece)
    } finally {
      bar.stop()
    }
    if (json) return sayJson({ tenant: tenant.name, seq: Number(seq), transactions: Number(seq), file: out, bytes })
    console.error(`Wrote ${seq} transactions, up to seq ${seq}${out === undefined ? '' : `, to ${out} (${bytes} bytes)`}.`)
    return 0
  })
}

function seqOf (values: Values): number | undefined {
  const seq = values['as-of-seq']
  if (seq !== undefined && !/^\d{1,15}$/.test(seq)) throw new UsageError('--as-of-seq takes a whole number')
  return seq === undefined ? undefined : Number(seq)
}

async function tenantOf (db: Databases['read'], { tenant: name }: Values): Promise<Tenant> {
  if (name === undefined) throw new UsageError('name the tenant: --tenant NAME')
  const tenant = await findTenantByName(db, name)
  if (tenant === null) throw new Refusal('not_found', `There is no tenant named "${name}".`)
  return tenant
}

async function withDatabases (step: (databases: Databases) => Promise<number>): Promise<number> {
  return await withStorage(async ({ databases }) => {
    const missing = await missingMigrations(databases.read).catch(() => null)
    if (missing === null || missing.length > 0) throw new Refusal('unavailable', 'The database is not prepared, or not of this version: run holdfast migrate.')
    return await step(databases)
  })
}

async function withStorage (step: (storage: Storage) => Promise<number>): Promise<number> {
  const storage = await openStorage(readConfig(), createLog('warn'))
  try {
    return await step(storage)
  } finally {
    await storage.close()
  }
}

async function write (text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}

function say (text: string): 0 {
  console.log(text)
  return 0
}

function sayJson (value: object): 0 {
  return say(JSON.stringify(value))
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof ConfigError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  console.error(`holdfast: ${error instanceof Error ? safeMessage(error) : String(error)}${isUsage ? '\nSee holdfast --help.' : ''}`)
  process.exitCode = isUsage ? 2 : 1
}
