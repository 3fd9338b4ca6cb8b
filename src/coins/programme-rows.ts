import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { sendFor, textArray, unnest, type Columns } from '../db/unnest.ts'
import type { Claim } from '../journal/operation.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { Expiry, Programme, ProgrammeTerms } from './programme.ts'

/**
 * Programmes by their currency: read by what names them, without a lock. Only their terms change; who changed them on another process meanwhile is found by
 * the version, and the batch is run again.
 */
export const PROGRAMMES: RowKind<Programme> = {
  name: 'coin programme',
  rank: 5,
  idOf: ({ currency }) => currency,
  load: loadProgrammes,
  save: saveProgrammes
}

/** The claim that keeps the code of a coin one programme's. */
export function coinClaim (unit: string): Claim {
  return { kind: 'coin', key: unit }
}

/** A row as the database has it. */
export interface ProgrammeRow extends Omit<Programme, 'terms'> {
  readonly terms: StoredTerms
}

/** Terms as they are stored. */
export interface StoredTerms {
  readonly earn_rate: string
  readonly cap: string
  readonly after_sale_days: number | null
  readonly expiry: Expiry | null
  readonly return_life_days: number
}

/** What a `ProgrammeRow` is read from. */
export const programmeColumns = sql`
  id, currency, unit, name, coins_per_unit as "coinsPerUnit", coin_value as "coinValue", terms, version, created_at as "createdAt"`

/** The programme of a row. */
export function programmeOf (row: ProgrammeRow): Programme {
  return { ...row, terms: readTerms(row.terms) }
}

/** Terms from what the database has. */
export function readTerms ({ earn_rate: earnRate, cap, after_sale_days: afterSaleDays, expiry, return_life_days: returnLifeDays }: StoredTerms): ProgrammeTerms {
  return { earnRate, cap, afterSaleDays, expiry: expiry === null ? null : { months: expiry.months, until: expiry.until }, returnLifeDays }
}

/** Terms for the database, and for people. */
export function storeTerms ({ earnRate, cap, afterSaleDays, expiry, returnLifeDays }: ProgrammeTerms): StoredTerms {
  return { earn_rate: earnRate, cap, after_sale_days: afterSaleDays, expiry, return_life_days: returnLifeDays }
}

async function loadProgrammes (trx: BatchTransaction, tenantId: number, currencies: readonly string[]): Promise<Programme[]> {
  const { rows } = await sql<ProgrammeRow>`
    select programme.* from unnest(${textArray(currencies)}::text[]) as wanted (currency)
    cross join lateral (
      select ${programmeColumns} from coin_programmes where tenant_id = ${tenantId} and currency = wanted.currency limit 1
    ) as programme`.execute(trx)
  return rows.map(programmeOf)
}

async function saveProgrammes (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Programme>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    sendFor(added, async (part) => await sql`
      with added as (
        insert into coin_programmes (tenant_id, currency, id, unit, name, coins_per_unit, coin_value, terms, version, created_at)
        select ${tenantId}, p.* from ${unnest('p', part, ADDED)}
        on conflict do nothing returning 1
      )
      select demand(count(*) = ${part.length}, 'another process was first to make a programme', '40001') from added`.execute(trx)),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update coin_programmes p set name = c.name, terms = c.terms, version = c.version
        from ${unnest('c', part, CHANGED)}
        where p.tenant_id = ${tenantId} and p.currency = c.currency and p.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'another process was first to change a programme', '40001') from changed`.execute(trx))
  ])
}

const ADDED: Columns<Programme> = {
  currency: ['text', ({ currency }) => currency],
  id: ['uuid', ({ id }) => id],
  unit: ['text', ({ unit }) => unit],
  name: ['text', ({ name }) => name],
  coins_per_unit: ['integer', ({ coinsPerUnit }) => coinsPerUnit],
  coin_value: ['bigint', ({ coinValue }) => coinValue],
  terms: ['jsonb', ({ terms }) => JSON.stringify(storeTerms(terms))],
  version: ['integer', ({ version }) => version],
  created_at: ['timestamptz', ({ createdAt }) => createdAt]
}

const CHANGED: Columns<{ readonly before: Programme, readonly after: Programme }> = {
  currency: ['text', ({ after }) => after.currency],
  loaded_version: ['integer', ({ before }) => before.version],
  name: ['text', ({ after }) => after.name],
  terms: ['jsonb', ({ after }) => JSON.stringify(storeTerms(after.terms))],
  version: ['integer', ({ after }) => after.version]
}
