import { sql, type RawBuilder } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { textArray, unnest, type Columns } from '../db/unnest.ts'
import type { RefusalCode } from '../kernel/refusals.ts'
import type { AccountClass } from '../ledger/account-classes.ts'
import { nameKey, type Account, type NamedAccounts } from '../ledger/accounts.ts'
import { settingsOf, type TenantSettings } from '../tenants/settings.ts'
import { BatchState, claimKey, NotNamed } from './batch-state.ts'
import type { BatchEntry } from './decide-batch.ts'
import type { Claim } from './operation.ts'
import type { DecisionContext } from './overlay.ts'
import type { RowKind } from './row-kind.ts'
import type { StoredAnswer } from './stored-answer.ts'

/** Everything a batch decides on. `unnamed` holds the operations whose naming of rows threw, with what they threw. */
export interface LoadedBatch {
  readonly state: BatchState
  readonly answers: Map<string, StoredAnswer>
  readonly context: DecisionContext
  /** By how much the tenant's clock was ahead of the database's when it was read: what is written must find it there. */
  readonly clockAheadMs: bigint
  readonly unnamed: ReadonlyMap<BatchEntry, unknown>
}

/**
 * Locks and loads the rows of all operations of a batch: stored answers and claims (no lock), then the kinds of rows in the
 * order of their ranks, then the accounts, each kind in id order. Every batch of every process takes its locks in this order,
 * so no two wait for each other. Rows are asked for as soon as they can be named: what names them already does not wait for the rest.
 */
export async function loadBatch (trx: BatchTransaction, tenantId: number, entries: readonly BatchEntry[]): Promise<LoadedBatch> {
  const state = new BatchState()
  const unnamed = new Map<BatchEntry, unknown>()
  const looked = lookUp(trx, tenantId, entries, state)
  let settings = SETTINGS_UNDER_WAY
  const underWay = new Arrivals()
  underWay.add(looked.then((found) => { settings = found.settings }))
  for (const kind of kindsByRank(entries)) {
    const ids = await nameAll(entries, unnamed, underWay, ({ operation, learnt = [] }) => [
      ...(operation.needs ?? []).flatMap((need) => need.kind === kind ? need.ids(state) : []),
      ...learnt.flatMap((each) => 'kind' in each && each.kind === kind ? [each.id] : [])
    ])
    const wanted = [...new Set(ids)].sort()
    if (wanted.length === 0) state.loadRows(kind, [], [])
    else underWay.add(kind.load(trx, tenantId, wanted).then((found) => { state.loadRows(kind, wanted, found) }))
  }
  const named = await nameAll(entries, unnamed, underWay, ({ operation, learnt = [] }) => [
    ...operation.accounts?.(state, settings) ?? [], ...learnt.flatMap((each) => 'kind' in each ? [] : [each])
  ])
  const accounts = new Map(named.map((name) => [nameKey(name), name]))
  if (accounts.size > 0) underWay.add(loadAccounts(trx, tenantId, [...accounts.values()], state))
  await underWay.all()
  const { answers, clock, clockAheadMs } = await looked
  return { state, answers, context: { now: clock(), settings }, clockAheadMs, unnamed }
}

/** What was asked for and has not been answered. */
class Arrivals {
  #pending: Array<Promise<void>> = []

  get some (): boolean {
    return this.#pending.length > 0
  }

  add (arrival: Promise<void>): void {
    // Whoever waits for all of them sees the failure; until then nobody listens.
    arrival.catch(() => {})
    this.#pending.push(arrival)
  }

  async all (): Promise<void> {
    const pending = this.#pending
    this.#pending = []
    await Promise.all(pending)
  }
}

/** Settings that nobody can read yet: an operation that names by them is asked again when they are there. */
const SETTINGS_UNDER_WAY = new Proxy({}, {
  get () { throw new NotNamed('the settings are under way') }
}) as TenantSettings

/**
 * What all operations name. While rows are under way an operation may miss what it names others by: then they are waited for, and all
 * are asked again. What one throws with everything there is its own failure, not its neighbours'.
 */
async function nameAll<Name> (
  entries: readonly BatchEntry[], unnamed: Map<BatchEntry, unknown>, underWay: Arrivals, nameOf: (entry: BatchEntry) => readonly Name[]
): Promise<Name[]> {
  if (underWay.some) {
    try {
      return entries.flatMap((entry) => unnamed.has(entry) ? [] : nameOf(entry))
    } catch {
      await underWay.all()
    }
  }
  return entries.flatMap((entry) => {
    if (unnamed.has(entry)) return []
    try {
      return nameOf(entry)
    } catch (error) {
      unnamed.set(entry, error)
      return []
    }
  })
}

function kindsByRank (entries: readonly BatchEntry[]): Array<RowKind<object>> {
  const kinds = new Set<RowKind<object>>()
  for (const { operation, learnt = [] } of entries) for (const each of [...operation.needs ?? [], ...learnt]) if ('kind' in each) kinds.add(each.kind)
  return [...kinds].sort((a, b) => a.rank - b.rank)
}

interface LookUpRow {
  what: 'tenant' | 'answer' | 'claim'
  kind: string
  key: string
  answer: string
  fingerprint: Buffer
  refusal_code: RefusalCode | null
  holder: string
  now: Date
  ahead: bigint
}

const CLAIM_COLUMNS: Columns<Claim> = { kind: ['text', ({ kind }) => kind], key: ['text', ({ key }) => key] }

const OWNER_COLUMNS: Columns<NamedAccounts> = { class: ['text', (name) => name.class], owner: ['text', ({ owner }) => owner] }
const NAME_COLUMNS: Columns<NamedAccounts> = { ...OWNER_COLUMNS, unit: ['text', ({ unit }) => unit] }

/** One statement reads the tenant's settings and its clock, the stored answers and the claims. */
async function lookUp (trx: BatchTransaction, tenantId: number, entries: readonly BatchEntry[], state: BatchState) {
  const claims = new Map<string, Claim>()
  const keys: string[] = []
  for (const { operation, dryRun } of entries) {
    if (!dryRun) keys.push(operation.key)
    for (const claim of operation.claims ?? []) claims.set(claimKey(claim), claim)
  }
  const wanted = [...claims.values()]
  const { rows } = await sql<LookUpRow>`
    select 'tenant' as what, '' as kind, '' as key, settings::text as answer, null::bytea as fingerprint, null as refusal_code,
      null::uuid as holder, clock_timestamp() + c.clock_ahead_ms * interval '1 millisecond' as now, c.clock_ahead_ms as ahead
    from tenants t join tenant_counters c on c.tenant_id = t.id where t.id = ${tenantId}
    union all
    select 'answer', '', key, answer, fingerprint, refusal_code, null, null, null
    from idempotency_keys where tenant_id = ${tenantId} and key = any(${textArray(keys)}::text[])
    union all
    select 'claim', wanted.kind, wanted.key, null, null, null, c.holder, null, null
    from ${unnest('wanted', wanted, CLAIM_COLUMNS)}
    cross join lateral (
      select holder from claims where tenant_id = ${tenantId} and kind = wanted.kind and key = wanted.key limit 1
    ) as c`.execute(trx)
  const readAt = performance.now()
  const answers = new Map<string, StoredAnswer>()
  for (const claim of wanted) state.loadClaim(claim, null)
  let tenant: LookUpRow | undefined
  for (const row of rows) {
    switch (row.what) {
      case 'tenant': tenant = row; break
      case 'answer': answers.set(row.key, { fingerprint: row.fingerprint, refusalCode: row.refusal_code, answer: row.answer, isNew: false }); break
      case 'claim': state.loadClaim({ kind: row.kind, key: row.key }, row.holder); break
    }
  }
  if (tenant === undefined) throw new Error(`there is no tenant ${tenantId}, or it has no counter`)
  const tenantTime = tenant.now.getTime()
  return {
    answers,
    settings: settingsOf(JSON.parse(tenant.answer) as Partial<TenantSettings>),
    clockAheadMs: tenant.ahead,
    // The decision comes after the locks were waited for: the tenant's clock, carried on by the time that passed since it was read.
    clock: () => new Date(tenantTime + Math.floor(performance.now() - readAt))
  }
}

/**
 * Locks and loads accounts by name. The names are looked up one by one and then locked in the order of their ids: a join could be planned,
 * while the table is small, as a walk through all accounts of the tenant, and stay so while it grows. For the same reason each look-up
 * begins at the wanted name: only the index of names has that order.
 */
async function loadAccounts (trx: BatchTransaction, tenantId: number, wanted: readonly NamedAccounts[], state: BatchState): Promise<void> {
  const single = wanted.filter(({ unit }) => unit !== null)
  const whole = wanted.filter(({ unit }) => unit === null)
  const found = [...single.length === 0 ? [] : [singleAccounts(tenantId, single)], ...whole.length === 0 ? [] : [accountsOfAllUnits(tenantId, whole)]]
  const { rows } = await sql<Account & { class: AccountClass }>`
    select account.*
    from (select id from (${sql.join(found, sql` union `)}) as found order by id offset 0) as known
    cross join lateral (
      select id, class, owner, unit, version, debits, credits from accounts
      where tenant_id = ${tenantId} and id = known.id
      limit 1 for no key update
    ) as account`.execute(trx)
  state.loadAccounts(wanted, rows)
}

function singleAccounts (tenantId: number, wanted: readonly NamedAccounts[]): RawBuilder<unknown> {
  return sql`
    select found.id
    from ${unnest('wanted', wanted, NAME_COLUMNS)}
    cross join lateral (
      select id, class, owner, unit from accounts
      where tenant_id = ${tenantId} and (class, owner, unit) >= (wanted.class, wanted.owner, wanted.unit)
      order by class, owner, unit limit 1
    ) as found
    where found.class = wanted.class and found.owner = wanted.owner and found.unit = wanted.unit`
}

function accountsOfAllUnits (tenantId: number, wanted: readonly NamedAccounts[]): RawBuilder<unknown> {
  return sql`
    select found.id
    from ${unnest('wanted', wanted, OWNER_COLUMNS)}
    cross join lateral (
      select id from accounts
      where tenant_id = ${tenantId} and (class, owner, unit) >= (wanted.class, wanted.owner, '') and class = wanted.class and owner = wanted.owner
      order by class, owner, unit offset 0
    ) as found`
}
