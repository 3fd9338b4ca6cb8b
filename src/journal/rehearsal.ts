import { ruleOf } from '../ledger/account-classes.ts'
import { nameKey, type Account, type AccountName, type NamedAccounts } from '../ledger/accounts.ts'
import type { TenantSettings } from '../tenants/settings.ts'
import { BatchState, type PostedTransaction } from './batch-state.ts'
import { decideBatch } from './decide-batch.ts'
import type { Operation, Rows } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { Overlay } from './overlay.ts'

/** What one operation of a rehearsal answered, and what it would have posted. */
export interface Rehearsed<Answer> {
  readonly answer: Answer
  readonly transactions: readonly PostedTransaction[]
}

/** Decides an operation at a time, on what the ones before it left. Throws what it throws. */
export type Act = <Answer>(operation: Operation<Answer>, at: Date) => Rehearsed<Answer>

/** Operations that follow each other, each made of what the ones before it answered. */
export type Play<Answer> = (act: Act) => Answer

/** What a rehearsal stands on. */
export interface Stage {
  readonly rows: Rows
  readonly settings: TenantSettings
}

/**
 * Plays operations one after the other, by the very decisions that real ones are made by, each on an overlay over the one before it.
 * The overlays are thrown away: nothing is ever written, and `rows` stays as it is. What an operation looks at was named
 * to `rows`, or the play brought it into being; anything else throws `NotNamed`.
 */
export function rehearse<Answer> (stage: Stage, play: Play<Answer>): Answer {
  return perform(stage, play, () => {})
}

/**
 * The accounts that the operations of a play name. It is played once as if all accounts held plenty of what they may not lack: which ones an operation names
 * follows from rows, never from balances. Throws what the play is refused with.
 */
export function accountsIn ({ rows, settings }: Stage, play: Play<unknown>): NamedAccounts[] {
  const unseen: Rows = { holder: (claim) => rows.holder(claim), find: (kind, id) => rows.find(kind, id), account: plenty }
  const names: NamedAccounts[] = []
  perform({ rows: unseen, settings }, play, (operation, latest) => { names.push(...operation.accounts?.(latest, settings) ?? []) })
  return names
}

const PLENTY_MINOR = 10n ** 15n

function plenty (name: AccountName): Account | null {
  const { side, neverNegative } = ruleOf(name.class)
  return neverNegative && side === 'credit' ? { ...name, id: nameKey(name), version: 1n, debits: 0n, credits: PLENTY_MINOR } : null
}

function perform<Answer> ({ rows, settings }: Stage, play: Play<Answer>, before: (operation: Operation<unknown>, latest: Rows) => void): Answer {
  let latest = rows
  return play((operation, at) => {
    before(operation, latest)
    const overlay = new Overlay(latest, { now: at, settings })
    const answer = operation.decide(overlay)
    latest = overlay
    return { answer, transactions: overlay.transactions }
  })
}

/**
 * What operations would come to that are decided one after the other, each on what those before it left, as a batch of them would be. What one is refused with harms no neighbour. Nothing is
 * ever written. `rows` holds what they name: accounts of one unit each.
 */
export function rehearseBatch ({ rows, settings }: Stage, operations: ReadonlyArray<Operation<unknown>>, at: Date): Outcome[] {
  const state = new BatchState()
  for (const { claims = [] } of operations) for (const claim of claims) state.loadClaim(claim, rows.holder(claim))
  const needs = operations.flatMap((operation) => operation.needs ?? [])
  for (const kind of new Set(needs.map((need) => need.kind))) {
    const ids = new Set(needs.flatMap((need) => need.kind === kind ? need.ids(rows) : []))
    state.loadRows(kind, ids, [...ids].flatMap((id) => rows.find(kind, id) ?? []))
  }
  const names = operations.flatMap((operation) => operation.accounts?.(rows, settings) ?? [])
  state.loadAccounts(names, names.flatMap(({ unit, ...name }) => {
    if (unit === null) throw new Error(`the accounts ${name.class} of all units cannot be rehearsed with`)
    return rows.account({ ...name, unit }) ?? []
  }))
  return decideBatch(operations.map((operation) => ({ operation, dryRun: false })), state, new Map(), { now: at, settings })
}
