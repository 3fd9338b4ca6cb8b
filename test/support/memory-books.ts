import type { AppendedEvent, PostedTransaction } from '../../src/journal/batch-state.ts'
import { BatchState, claimKey, isSame, NotNamed, type Learnt } from '../../src/journal/batch-state.ts'
import { decideBatch, type BatchEntry } from '../../src/journal/decide-batch.ts'
import type { Operation, Origin } from '../../src/journal/operation.ts'
import type { Outcome } from '../../src/journal/outcome.ts'
import type { RowKind } from '../../src/journal/row-kind.ts'
import type { StoredAnswer } from '../../src/journal/stored-answer.ts'
import { balanceOf, nameKey, type Account, type AccountName } from '../../src/ledger/accounts.ts'
import { DEFAULT_SETTINGS, type TenantSettings } from '../../src/tenants/settings.ts'

/**
 * The books of one tenant on maps instead of tables: operations are named, decided and merged as the Journal does it, a batch at a
 * time, so that rules can be tried by the million.
 */
export class MemoryBooks {
  now = new Date('2026-01-31T08:00:00.000Z')
  settings: TenantSettings = DEFAULT_SETTINGS
  readonly accounts = new Map<string, Account>()
  readonly transactions: PostedTransaction[] = []
  readonly events: AppendedEvent[] = []
  /** How often something was kept: what has not changed need not be looked at again. */
  changes = 0
  readonly #holders = new Map<string, string>()
  readonly #rows = new Map<RowKind<object>, Map<string, object>>()
  readonly #answers = new Map<string, StoredAnswer>()

  /** Decides one batch and keeps what it did. */
  run (operations: ReadonlyArray<Operation<unknown>>): Outcome[] {
    const { outcomes, state, answers } = this.#decide(operations.map((operation) => ({ operation, dryRun: false })))
    this.#keep(state, answers)
    return outcomes
  }

  /** What was learnt is named, and all are decided again, in the same order. */
  #decide (entries: readonly BatchEntry[]): { outcomes: Outcome[], state: BatchState, answers: Map<string, StoredAnswer> } {
    const learnt: Learnt[] = []
    for (;;) {
      const state = this.#load(entries.map(({ operation }) => operation), learnt)
      const answers = new Map(this.#answers)
      const outcomes = decideBatch(entries, state, answers, { now: this.now, settings: this.settings })
      const more = outcomes.flatMap((outcome) => outcome.kind === 'failed' && outcome.error instanceof NotNamed ? outcome.error.learnt ?? [] : [])
        .filter((found) => !learnt.some((each) => isSame(each, found)))
      if (more.length === 0) return { outcomes, state, answers }
      learnt.push(...more)
    }
  }

  #keep (state: BatchState, answers: ReadonlyMap<string, StoredAnswer>): void {
    for (const [key, answer] of answers) this.#answers.set(key, answer)
    for (const { before, after } of state.accountChanges()) {
      // What the database's own constraint would refuse.
      if ((before?.version ?? 0n) >= after.version) throw new Error('an account did not move on')
      this.accounts.set(nameKey(after), freeze(after))
    }
    for (const claim of state.claims.values()) this.#holders.set(claimKey(claim), claim.holder)
    const rows = state.rowChanges()
    if (rows.length + state.transactions.length > 0) this.changes += 1
    for (const { kind, changes } of rows) for (const { after } of changes) this.#rowsOf(kind).set(kind.idOf(after), freeze(after))
    this.transactions.push(...state.transactions)
    this.events.push(...state.events)
  }

  /** Decides one operation; its answer, or what it threw. */
  submit<Answer> (operation: Operation<Answer>): Answer {
    return answerOf(this.run([operation])[0])
  }

  /** Decides one operation as the Journal's preview does, and keeps nothing; its answer, or what it threw. */
  preview<Answer> (operation: Operation<Answer>): Answer {
    return answerOf(this.#decide([{ operation, dryRun: true }]).outcomes[0])
  }

  balance (name: AccountName): bigint {
    const account = this.accounts.get(nameKey(name))
    return account === undefined ? 0n : balanceOf(account)
  }

  rows<Row extends object> (kind: RowKind<Row>): Row[] {
    // The map of a kind only ever receives rows of that kind.
    return [...this.#rowsOf(kind).values()] as Row[]
  }

  #load (operations: ReadonlyArray<Operation<unknown>>, learnt: readonly Learnt[]): BatchState {
    const state = new BatchState()
    for (const claim of operations.flatMap(({ claims = [] }) => claims)) state.loadClaim(claim, this.#holders.get(claimKey(claim)) ?? null)
    const needs = operations.flatMap((operation) => operation.needs ?? [])
    for (const kind of [...new Set([...needs, ...learnt].flatMap((each) => 'kind' in each ? [each.kind] : []))].sort((a, b) => a.rank - b.rank)) {
      const ids = new Set([...needs.flatMap((need) => need.kind === kind ? need.ids(state) : []), ...learnt.flatMap((each) => 'kind' in each && each.kind === kind ? [each.id] : [])])
      state.loadRows(kind, ids, [...ids].flatMap((id) => this.#rowsOf(kind).get(id) ?? []))
    }
    const names = [...operations.flatMap((operation) => operation.accounts?.(state, this.settings) ?? []), ...learnt.flatMap((each) => 'kind' in each ? [] : [each])]
    state.loadAccounts(names, names.flatMap((name) => name.unit === null
      ? [...this.accounts.values()].filter((account) => account.class === name.class && account.owner === name.owner)
      : this.accounts.get(nameKey(name)) ?? []))
    return state
  }

  #rowsOf (kind: RowKind<object>): Map<string, object> {
    const rows = this.#rows.get(kind) ?? new Map<string, object>()
    this.#rows.set(kind, rows)
    return rows
  }
}

function answerOf<Answer> (outcome: Outcome | undefined): Answer {
  if (outcome === undefined) throw new Error('no outcome')
  switch (outcome.kind) {
    // The text is what decide answered.
    case 'answered': return JSON.parse(outcome.answer) as Answer
    case 'refused': throw outcome.refusal
    case 'failed': throw outcome.error
  }
}

/** A request's origin with a key of its own. */
export function origin (tenantId = 1, key = `api:${String(++keys)}`): Origin {
  // As long as a hash, and each its own: hashing took a fortieth of the time of random lives.
  return { tenantId, key, fingerprint: Buffer.alloc(FINGERPRINT_BYTES, key) }
}

const FINGERPRINT_BYTES = 32

let keys = 0

/** A decision that changes a row in place would change history: here it throws. */
function freeze<Value> (value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const child of Object.values(value)) freeze(child)
  return Object.freeze(value)
}
