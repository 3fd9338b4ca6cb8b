import { sql, type Kysely, type Transaction } from 'kysely'
import { recordAudit, type Actor } from '../audit/record.ts'
import type { Database } from '../db/schema.ts'
import { parseAmount } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusals.ts'
import { unitOf } from '../kernel/units.ts'
import { settingsOf, type TenantSettings } from './settings.ts'

export type TenantKind = 'sandbox' | 'live'

/** Who keeps books here. Nothing of one tenant can be seen or changed with the key of another. */
export interface Tenant {
  readonly id: number
  readonly name: string
  readonly kind: TenantKind
  /** The defaults, with what this tenant changed laid over them. */
  readonly settings: TenantSettings
  readonly createdAt: Date
}

/** What to change of the settings; what is left out stays. */
export type SettingsChange = Partial<Omit<TenantSettings, 'auto_confirm_ms'>> & { readonly auto_confirm_ms?: Partial<TenantSettings['auto_confirm_ms']> }

const NAME = /^[a-z][a-z0-9-]{0,62}$/

/** Makes a tenant with empty books and answers its id. Refuses `invalid_request` for a name that is taken or of another form. */
export async function createTenant (trx: Transaction<Database>, { name, kind, actor }: { readonly name: string, readonly kind: TenantKind, readonly actor: Actor }): Promise<number> {
  if (!NAME.test(name)) {
    throw new Refusal('invalid_request', `"${name.slice(0, 80)}" is no name for a tenant; use a small letter, and then up to 62 small letters, digits and hyphens.`)
  }
  const created = await trx.insertInto('tenants').values({ name, kind }).onConflict((conflict) => conflict.column('name').doNothing()).returning('id').executeTakeFirst()
  if (created === undefined) throw new Refusal('invalid_request', `There is a tenant named "${name}" already.`)
  await trx.insertInto('tenant_counters').values({ tenant_id: created.id }).execute()
  // Where the trail of lookups begins.
  await sql`insert into lookup_heads (tenant_id, seq, hash, recorded_at) values (${created.id}, 0, decode(repeat('00', 32), 'hex'), '-infinity')`.execute(trx)
  await recordAudit(trx, created.id, [{ actor, action: 'tenant.created', subject: name, details: { kind } }])
  return created.id
}

/** The tenant of that id; a tenant that a key carries exists, so that a missing one is a bug. */
export async function readTenant (db: Kysely<Database>, id: number): Promise<Tenant> {
  return toTenant(await db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirstOrThrow())
}

/** The tenant of that name, or null. */
export async function findTenantByName (db: Kysely<Database>, name: string): Promise<Tenant | null> {
  const row = await db.selectFrom('tenants').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toTenant(row)
}

/** Every tenant, in the order of their creation. For administration only: no request may see this. */
export async function listTenants (db: Kysely<Database>): Promise<Tenant[]> {
  return (await db.selectFrom('tenants').selectAll().orderBy('id').execute()).map(toTenant)
}

/** Whether any tenant keeps books about real money. */
export async function hasLiveTenant (db: Kysely<Database>): Promise<boolean> {
  return await db.selectFrom('tenants').select('id').where('kind', '=', 'live').limit(1).executeTakeFirst() !== undefined
}

/**
 * Lays a change over a tenant's settings, so that of two at once both count, and answers the tenant as it now is. Refuses `invalid_amount` where
 * a limit would be no amount of the reporting currency.
 */
export async function changeSettings (trx: Transaction<Database>, tenantId: number, { change, actor }: { readonly change: SettingsChange, readonly actor: Actor }): Promise<Tenant> {
  const before = toTenant(await trx.selectFrom('tenants').selectAll().where('id', '=', tenantId).forNoKeyUpdate().executeTakeFirstOrThrow())
  const { auto_confirm_ms: autoConfirm = {}, ...others } = change
  const row = await trx.updateTable('tenants')
    .set({
      settings: sql`settings || ${JSON.stringify(others)}::jsonb ||
        jsonb_build_object('auto_confirm_ms', coalesce(settings -> 'auto_confirm_ms', '{}') || ${JSON.stringify(autoConfirm)}::jsonb)`
    })
    .where('id', '=', tenantId)
    .returningAll()
    .executeTakeFirstOrThrow()
  const after = toTenant(row)
  const { dispute_award_limit: limit, reporting_currency: currency } = after.settings
  if (limit !== null) parseAmount(limit, unitOf(currency), '/dispute_award_limit')
  const details = differences(before.settings, after.settings)
  if (Object.keys(details).length > 0) await recordAudit(trx, tenantId, [{ actor, action: 'settings.changed', subject: after.name, details }])
  return after
}

/** Each setting that differs, by its path, with both values. */
function differences (before: object, after: object, path = ''): Record<string, { readonly from: unknown, readonly to: unknown }> {
  const known = new Map<string, unknown>(Object.entries(before))
  return Object.assign({}, ...Object.entries(after).map(([name, to]: [string, unknown]) => {
    const from = known.get(name)
    if (typeof to === 'object' && to !== null && typeof from === 'object' && from !== null) return differences(from, to, `${path}${name}.`)
    return from === to ? {} : { [`${path}${name}`]: { from, to } }
  })) as Record<string, { readonly from: unknown, readonly to: unknown }>
}

function toTenant (row: { id: number, name: string, kind: string, settings: unknown, created_at: Date }): Tenant {
  // The database's own checks hold the kind and the form of the settings; only validated settings are ever written.
  return { id: row.id, name: row.name, kind: row.kind as TenantKind, settings: settingsOf(row.settings as Partial<TenantSettings>), createdAt: row.created_at }
}
