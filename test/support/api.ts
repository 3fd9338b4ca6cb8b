import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { buildApp, type Services } from '../../src/app.ts'
import { createKey } from '../../src/auth/keys.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabases, type Databases } from '../../src/db/pools.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { App } from '../../src/http/app-type.ts'
import { createLog } from '../../src/http/log.ts'
import { Journal, JOURNAL_LIMITS, type JournalLimits } from '../../src/journal/journal.ts'
import { ROLES, type Role } from '../../src/kernel/principal.ts'
import { createTenant } from '../../src/tenants/tenants.ts'
import { erasureLogAt } from '../../src/customs/erasure/erasure-log.ts'
import type { Keyring } from '../../src/customs/keyring/keyring.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { testKeyring } from './test-keyring.ts'

export type Keys = Readonly<Record<Role, string>>

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly body: Body
}

/** The JSON of an answer, by the names that tests ask for. Its fields are compared, not trusted: a wrong shape fails there. */
export interface Body {
  readonly [field: string]: unknown
  readonly id: string
  readonly name: string
  readonly key: string
  readonly revoked_at: string | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly data: ReadonlyArray<{ readonly id: string, readonly seq: number, readonly type: string, readonly code: string, readonly last_used_at: string | null }>
  readonly has_more: boolean
  readonly next_cursor: string | null
  readonly detail: string
  readonly request_id: string
  readonly errors: ReadonlyArray<{ readonly pointer: string, readonly code: string, readonly detail: string }>
}

export interface Call {
  readonly key?: string
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  /** Another service on the same database that is called instead. */
  readonly at?: App
}

/** The whole service without a port, on a database of its own. */
export interface TestApi {
  readonly app: App
  readonly database: TestDatabase
  readonly databases: Databases
  /** What the service works with, to build another one on the same database. */
  readonly services: Services
  readonly lifecycle: { stopping: boolean }
  readonly keyring: Keyring
  /** Every line that was logged. */
  readonly logged: string[]
  newTenant (name: string): Promise<{ readonly id: number, readonly keys: Keys }>
  /** Sends a request. A POST or PATCH gets an idempotency key of its own unless it brings one. */
  call (method: string, url: string, call?: Call): Promise<Answer>
  close (): Promise<void>
}

/** Opens the service for one test file; its Journal has the usual limits but for the given ones. */
export async function openApi (limits: Partial<JournalLimits> = {}): Promise<TestApi> {
  const database = await createTestDatabase()
  const databases = openDatabases({ url: database.url })
  const logged: string[] = []
  const log = createLog('debug', new Writable({
    write (line: Buffer, _encoding, done) {
      logged.push(line.toString())
      done()
    }
  }))
  const journal = new Journal({ db: databases.journal, log, limits: { ...JOURNAL_LIMITS, ...limits } })
  const lifecycle = { stopping: false }
  const keyring = testKeyring()
  const erasures = erasureLogAt(join(tmpdir(), `holdfast-erasures-${randomUUID()}`))
  const services = { databases, journal, log, lifecycle, config: readConfig({}), keyring, erasures }
  const app = await buildApp(services)
  return {
    app,
    services,
    database,
    databases,
    lifecycle,
    keyring,
    logged,
    newTenant: async (name) => {
      const id = await inTransaction(databases.read, async (trx) => await createTenant(trx, { name, kind: 'sandbox', actor: 'cli' }))
      const keys = {} as Record<Role, string>
      await inTransaction(databases.read, async (trx) => {
        for (const role of ROLES) keys[role] = (await createKey(trx, { tenantId: id, tenantKind: 'sandbox', name: role, role, actor: 'cli' })).secret
      })
      return { id, keys }
    },
    call: async (method, url, { at, ...call } = {}) => await callerOf(at ?? app)(method, url, call),
    close: async () => {
      await app.close()
      await journal.stop(5_000)
      await databases.close()
      await database.drop()
      await rm(erasures.path, { force: true })
    }
  }
}

/** Sends requests to a service without a port. */
export function callerOf (app: App): TestApi['call'] {
  return async (method, url, { key, body, headers = {} } = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...key === undefined ? {} : { authorization: `Bearer ${key}` },
        ...method === 'POST' || method === 'PATCH' ? { 'idempotency-key': randomUUID() } : {},
        ...body === undefined ? {} : { 'content-type': 'application/json' },
        ...headers
      },
      ...body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }
    })
    const isJson = String(response.headers['content-type']).includes('json')
    return { status: response.statusCode, headers: response.headers, text: response.body, body: (isJson ? response.json() : {}) as Body }
  }
}
