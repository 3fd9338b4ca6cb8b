import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { RefusalCode } from '../kernel/refusals.ts'
import type { AccountClass } from '../ledger/account-classes.ts'
import { nameKey, type Account, type AccountName } from '../ledger/accounts.ts'
import { settingsOf, type TenantSettings } from '../tenants/settings.ts'
import { BatchState, claimKey } from './batch-state.ts'
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
  readonly unnamed: ReadonlyMap<BatchEntry, unknown>
}

/**
 * Locks and loads the rows of all operations of a batch: stored answers and claims (no lock), then the kinds of rows in the
 * order of their ranks, then the accounts, each kind in id order. Every batch of every process takes its locks in this order,
 * so no two wait for each other.
 */
export async function loadBatch (trx: Transaction<Database>, tenantId: number, entries: readonly BatchEntry[]): Promise<LoadedBatch> {
  const state = new BatchState()
  const { answers, settings, clock } = await lookUp(trx, tenantId, entries, state)
  const unnamed = new Map<BatchEntry, unknown>()
  for (const kind of kindsByRank(entries)) {
    const ids = new Set<string>()
    for (const entry of entries) {
      attemptNaming(entry, unnamed, () => {
        for (const need of entry.operation.needs ?? []) {
          if (need.kind === kind) for (const id of need.ids(state)) ids.add(id)
        }
      })
    }
    const found = ids.size === 0 ? [] : await kind.load(trx, tenantId, [...ids].sort())
    state.loadRows(kind, ids, found)
  }
  const names = new Map<string, AccountName>()
  for (const entry of entries) {
    attemptNaming(entry, unnamed, () => {
      for (const name of entry.operation.accounts?.(state, settings) ?? []) names.set(nameKey(name), name)
    })
  }
  if (names.size > 0) await loadAccounts(trx, tenantId, names, state)
  return { state, answers, context: { now: clock(), settings }, unnamed }
}

function kindsByRank (entries: readonly BatchEntry[]): Array<RowKind<object>> {
  const kinds = new Set(entries.flatMap(({ operation }) => (operation.needs ?? []).map((need) => need.kind)))
  return [...kinds].sort((a, b) => a.rank - b.rank)
}

/** What one operation throws while it names its rows is its own failure, not its neighbours'. */
function attemptNaming (entry: BatchEntry, unnamed: Map<BatchEntry, unknown>, name: () => void): void {
  if (unnamed.has(entry)) return
  try {
    name()
  } catch (error) {
    unnamed.set(entry, error)
  }
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
}

/** One statement reads the tenant's settings, the database's clock, the stored answers and the claims. */
async function lookUp (trx: Transaction<Database>, tenantId: number, entries: readonly BatchEntry[], state: BatchState) {
  const claims = new Map<string, Claim>()
  const keys: string[] = []
  for (const { operation, dryRun } of entries) {
    if (!dryRun) keys.push(operation.key)
    for (const claim of operation.claims ?? []) claims.set(claimKey(claim), claim)
  }
  const { rows } = await sql<LookUpRow>`
    select 'tenant' as what, '' as kind, '' as key, settings::text as answer, null::bytea as fingerprint, null as refusal_code,
      null::uuid as holder, clock_timestamp() as now
    from tenants where id = ${tenantId}
    union all
    select 'answer', '', key, answer, fingerprint, refusal_code, null, null
    from idempotency_keys where tenant_id = ${tenantId} and key = any(${keys}::text[])
    union all
    select 'claim', c.kind, c.key, null, null, null, c.holder, null
    from claims c join unnest(${[...claims.values()].map((claim) => claim.kind)}::text[],
      ${[...claims.values()].map((claim) => claim.key)}::text[]) as wanted (kind, key)
      on c.kind = wanted.kind and c.key = wanted.key
    where c.tenant_id = ${tenantId}`.execute(trx)
  const readAt = performance.now()
  const answers = new Map<string, StoredAnswer>()
  for (const claim of claims.values()) state.loadClaim(claim, null)
  let tenant: LookUpRow | undefined
  for (const row of rows) {
    switch (row.what) {
      case 'tenant': tenant = row; break
      case 'answer': answers.set(row.key, { fingerprint: row.fingerprint, refusalCode: row.refusal_code, answer: row.answer, isNew: false }); break
      case 'claim': state.loadClaim({ kind: row.kind, key: row.key }, row.holder); break
    }
  }
  if (tenant === undefined) throw new Error(`there is no tenant ${tenantId}`)
  const databaseTime = tenant.now.getTime()
  return {
    answers,
    settings: settingsOf(JSON.parse(tenant.answer) as Partial<TenantSettings>),
    // The decision comes after the locks were waited for: the database's clock, carried on by the time that passed since it was read.
    clock: () => new Date(databaseTime + Math.floor(performance.now() - readAt))
  }
}

/**
 * Locks and loads accounts by name. The names are looked up one by one (the limit sees to that) and then locked by id: a join of both
 * could be planned, while the table is small, as a walk through all accounts of the tenant, and stay so while it grows.
 */
async function loadAccounts (trx: Transaction<Database>, tenantId: number, names: ReadonlyMap<string, AccountName>, state: BatchState): Promise<void> {
  const wanted = [...names.values()]
  const { rows } = await sql<Account & { class: AccountClass }>`
    select a.id, a.class, a.owner, a.unit, a.version, a.debits, a.credits
    from accounts a
    where a.tenant_id = ${tenantId} and a.id = any(array(
      select found.id
      from unnest(${wanted.map((name) => name.class)}::text[], ${wanted.map((name) => name.owner)}::text[],
        ${wanted.map((name) => name.unit)}::text[]) as wanted (class, owner, unit)
      cross join lateral (
        select id from accounts
        where tenant_id = ${tenantId} and class = wanted.class and owner = wanted.owner and unit = wanted.unit
        limit 1
      ) as found))
    order by a.id
    for no key update of a`.execute(trx)
  for (const name of wanted) state.loadAccount(name, null)
  for (const account of rows) state.loadAccount(account, account)
}
