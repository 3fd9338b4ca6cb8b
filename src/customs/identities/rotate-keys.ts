import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { inTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { unwrapKey, wrapKey } from '../keyring/wrap.ts'
import { aboutIdentity } from './identity-fields.ts'
import { aboutYear } from './quota-index.ts'

const CHUNK = 200

/** A key of the keyring, and how many data keys it wraps. */
export interface KeyUse {
  readonly keyId: string
  readonly wraps: number
}

/** How many data keys each key of the keyring wraps, of all tenants; those that wrap nothing are not named. For administration only. */
export async function usedKeys (db: Kysely<Database>): Promise<KeyUse[]> {
  const { rows } = await sql<KeyUse>`
    select key_id as "keyId", count(*)::integer as wraps from (select key_id from identity_secrets union all select key_id from quota_years) as used group by key_id order by key_id`.execute(db)
  return rows
}

/**
 * Wraps every data key, of all tenants, with the keyring's current key: what it opens stays as it is. A chunk at a time, each in a transaction of its own, while everything is served: whoever is interrupted begins where he was.
 * Tells `onProgress` how many there were after each chunk, and answers that number.
 */
export async function rotateKeys (db: Kysely<Database>, keyring: Keyring, onProgress: (count: number) => void = () => {}): Promise<number> {
  let count = 0
  for (const table of [IDENTITIES, YEARS]) {
    for (let done = CHUNK; done === CHUNK;) {
      done = await inTransaction(db, async (trx) => {
        const rows = await table.find(trx, keyring.current().id)
        await table.save(trx, rows.map((row) => rewrap(keyring, row)))
        return rows.length
      })
      count += done
      onProgress(count)
    }
  }
  return count
}

/** A wrapped key, and what it is wrapped for. */
interface WrappedRow {
  readonly tenantId: number
  /** Of an identity its id, of a year its number. */
  readonly owner: string
  readonly about: string
  readonly keyId: string
  readonly wrapped: Buffer
}

interface WrappedTable {
  /** Locks a chunk of what another key wraps; what somebody else is at is left to the next look. */
  find (db: Kysely<Database>, current: string): Promise<WrappedRow[]>
  save (db: Kysely<Database>, rows: readonly WrappedRow[]): Promise<void>
}

const COLUMNS: Columns<WrappedRow> = {
  tenant_id: ['integer', ({ tenantId }) => tenantId],
  owner: ['text', ({ owner }) => owner],
  key_id: ['text', ({ keyId }) => keyId],
  wrapped: ['bytea', ({ wrapped }) => wrapped]
}

const IDENTITIES: WrappedTable = {
  async find (db, current) {
    const { rows } = await sql<Omit<WrappedRow, 'about'>>`
      select tenant_id as "tenantId", identity_id::text as owner, key_id as "keyId", wrapped_key as wrapped from identity_secrets
      where key_id <> ${current} order by tenant_id, identity_id limit ${CHUNK} for no key update skip locked`.execute(db)
    return rows.map((row) => ({ ...row, about: aboutIdentity({ tenantId: row.tenantId, identityId: row.owner }) }))
  },
  async save (db, rows) {
    if (rows.length === 0) return
    await sql`
      update identity_secrets s set key_id = w.key_id, wrapped_key = w.wrapped from ${unnest('w', rows, COLUMNS)}
      where s.tenant_id = w.tenant_id and s.identity_id = w.owner::uuid`.execute(db)
  }
}

const YEARS: WrappedTable = {
  async find (db, current) {
    const { rows } = await sql<Omit<WrappedRow, 'about'>>`
      select tenant_id as "tenantId", year::text as owner, key_id as "keyId", wrapped_key as wrapped from quota_years
      where key_id <> ${current} order by tenant_id, year limit ${CHUNK} for no key update skip locked`.execute(db)
    return rows.map((row) => ({ ...row, about: aboutYear(row.tenantId, Number(row.owner)) }))
  },
  async save (db, rows) {
    if (rows.length === 0) return
    await sql`
      update quota_years y set key_id = w.key_id, wrapped_key = w.wrapped from ${unnest('w', rows, COLUMNS)}
      where y.tenant_id = w.tenant_id and y.year = w.owner::integer`.execute(db)
  }
}

function rewrap (keyring: Keyring, row: WrappedRow): WrappedRow {
  return { ...row, ...wrapKey(keyring, unwrapKey(keyring, row, row.about), row.about) }
}
