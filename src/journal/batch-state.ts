import { nameKey, type Account, type AccountName, type NamedAccounts } from '../ledger/accounts.ts'
import type { PostedTransfer } from '../ledger/posting.ts'
import type { Claim, Rows } from './operation.ts'
import type { RowChange, RowKind } from './row-kind.ts'

/** A transaction that a batch will write; its `seq` and `recorded_at` are given by the write itself. */
export interface PostedTransaction {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly description: string
  readonly reverses: string | null
  readonly occurredAt: Date
  readonly transfers: readonly PostedTransfer[]
}

/** An event that a batch will write. */
export interface AppendedEvent {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What one operation did, all or nothing. */
export interface Effects {
  readonly claims: ReadonlyMap<string, Claim & { readonly holder: string }>
  readonly accounts: ReadonlyMap<string, Account>
  /** The owners that came into being: their accounts can be posted to without having been named. */
  readonly owners: ReadonlySet<string>
  readonly rows: ReadonlyMap<RowKind<object>, ReadonlyMap<string, object>>
  readonly transactions: readonly PostedTransaction[]
  readonly events: readonly AppendedEvent[]
}

/**
 * A decision looked at what its operation did not name. That is a bug, or the work of a neighbour: names are given before the
 * batch is decided, and an operation before it may have made what it would have named.
 */
export class NotNamed extends Error {
  override readonly name = 'NotNamed'
  /** The row or account that was looked at: named for it, the operation can be decided again. */
  readonly learnt: Learnt | undefined

  constructor (message: string, learnt?: Learnt) {
    super(message)
    this.learnt = learnt
  }
}

/** What an operation found out it needs only when it was decided: a row, or an account. */
export type Learnt = LearntRow | AccountName

/** Whether both are the same row or account. */
export function isSame (one: Learnt, other: Learnt): boolean {
  if ('kind' in one) return 'kind' in other && one.kind === other.kind && one.id === other.id
  return !('kind' in other) && nameKey(one) === nameKey(other)
}

interface LearntRow {
  readonly kind: RowKind<object>
  readonly id: string
}

/** One text for a claim, to key maps with and to sort by. */
export function claimKey (claim: Claim): string {
  return `${claim.kind}\n${claim.key}`
}

/**
 * The rows of one batch in memory: as they were loaded, and as the operations decided so far leave them.
 * Looking at a row that no operation named throws `NotNamed`: it would read as "not there".
 */
export class BatchState implements Rows {
  readonly transactions: PostedTransaction[] = []
  readonly events: AppendedEvent[] = []
  readonly claims = new Map<string, Claim & { readonly holder: string }>()
  readonly #holders = new Map<string, string | null>()
  readonly #accounts = new Map<string, { before: Account | null, after: Account | null }>()
  readonly #owners = new Set<string>()
  /** Those whose accounts of all units were loaded, as names without a unit. */
  readonly #whole = new Set<string>()
  readonly #rows = new Map<RowKind<object>, Map<string, { before: object | null, after: object | null }>>()

  /** Makes a claim known, with its holder when it is held. */
  loadClaim (claim: Claim, holder: string | null): void {
    this.#holders.set(claimKey(claim), holder)
  }

  /** Makes accounts known, with the rows of those that exist. */
  loadAccounts (wanted: Iterable<NamedAccounts>, found: readonly Account[]): void {
    for (const name of wanted) {
      if (name.unit === null) this.#whole.add(nameKey(name))
      else this.#accounts.set(nameKey(name), { before: null, after: null })
    }
    for (const account of found) this.#accounts.set(nameKey(account), { before: account, after: account })
  }

  /** Makes rows of a kind known: every id that was asked for, whether or not a row of that id was found. */
  loadRows<Row extends object> (kind: RowKind<Row>, ids: Iterable<string>, found: readonly Row[]): void {
    const rows = this.#rowsOf(kind)
    for (const id of ids) rows.set(id, { before: null, after: null })
    for (const row of found) rows.set(kind.idOf(row), { before: row, after: row })
  }

  holder (claim: Claim): string | null {
    const holder = this.#holders.get(claimKey(claim))
    if (holder === undefined) throw new NotNamed(`claim ${claim.kind} was not named by the operation`)
    return holder
  }

  find<Row extends object> (kind: RowKind<Row>, id: string): Row | null {
    const entry = this.#rows.get(kind)?.get(id)
    if (entry === undefined) throw new NotNamed(`${kind.name} ${id} was not named by the operation`, { kind, id })
    // The map of a kind only ever receives rows of that kind.
    return entry.after as Row | null
  }

  account (name: AccountName): Account | null {
    const entry = this.#accounts.get(nameKey(name))
    if (entry === undefined && (this.#owners.has(name.owner) || this.#whole.has(nameKey({ ...name, unit: null })))) return null
    if (entry === undefined) throw new NotNamed(`account ${name.class} of "${name.owner}" was not named by the operation`, name)
    return entry.after
  }

  /** Takes over what an operation did; the next operation sees it. */
  merge (effects: Effects): void {
    for (const [key, claim] of effects.claims) {
      this.#holders.set(key, claim.holder)
      this.claims.set(key, claim)
    }
    for (const owner of effects.owners) this.#owners.add(owner)
    for (const [key, account] of effects.accounts) {
      this.#accounts.set(key, { before: this.#accounts.get(key)?.before ?? null, after: account })
    }
    for (const [kind, changed] of effects.rows) {
      const rows = this.#rowsOf(kind)
      for (const [id, row] of changed) rows.set(id, { before: rows.get(id)?.before ?? null, after: row })
    }
    this.transactions.push(...effects.transactions)
    this.events.push(...effects.events)
  }

  /** The accounts that were posted to, each as loaded and as it stands now. */
  accountChanges (): Array<{ before: Account | null, after: Account }> {
    const changes = []
    for (const { before, after } of this.#accounts.values()) {
      if (after !== null && after !== before) changes.push({ before, after })
    }
    return changes
  }

  /** The rows that were saved, by kind in the order of ranks. */
  rowChanges (): Array<{ kind: RowKind<object>, changes: Array<RowChange<object>> }> {
    return [...this.#rows]
      .map(([kind, rows]) => ({
        kind,
        changes: [...rows.values()].flatMap(({ before, after }) => after !== null && after !== before ? [{ before, after }] : [])
      }))
      .filter(({ changes }) => changes.length > 0)
      .sort((a, b) => a.kind.rank - b.kind.rank)
  }

  #rowsOf (kind: RowKind<object>): Map<string, { before: object | null, after: object | null }> {
    const known = this.#rows.get(kind)
    if (known !== undefined) return known
    const rows = new Map<string, { before: object | null, after: object | null }>()
    this.#rows.set(kind, rows)
    return rows
  }
}
