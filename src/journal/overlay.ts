import { newId } from '../kernel/ids.ts'
import { nameKey, balanceOf, type Account, type AccountName } from '../ledger/accounts.ts'
import { transfer, type PostedTransfer } from '../ledger/posting.ts'
import type { TenantSettings } from '../tenants/settings.ts'
import { claimKey, type AppendedEvent, type Effects, type PostedTransaction } from './batch-state.ts'
import type { Books, Claim, Rows, Step } from './operation.ts'
import type { RowKind } from './row-kind.ts'

/** The facts every decision of a batch shares. */
export interface DecisionContext {
  readonly now: Date
  readonly settings: TenantSettings
}

/**
 * The books one operation writes on: its changes lie over the batch's state and are taken over only when it succeeds,
 * so a throw drops all of them and harms no neighbour.
 */
export class Overlay implements Books, Effects {
  readonly claims = new Map<string, Claim & { readonly holder: string }>()
  readonly accounts = new Map<string, Account>()
  readonly owners = new Set<string>()
  readonly rows = new Map<RowKind<object>, Map<string, object>>()
  readonly transactions: PostedTransaction[] = []
  readonly events: AppendedEvent[] = []
  readonly now: Date
  readonly settings: TenantSettings
  readonly #state: Rows

  constructor (state: Rows, context: DecisionContext) {
    this.#state = state
    this.now = context.now
    this.settings = context.settings
  }

  newId (): string {
    return newId()
  }

  holder (claim: Claim): string | null {
    return this.claims.get(claimKey(claim))?.holder ?? this.#state.holder(claim)
  }

  find<Row extends object> (kind: RowKind<Row>, id: string): Row | null {
    // The map of a kind only ever receives rows of that kind.
    const saved = this.rows.get(kind)?.get(id) as Row | undefined
    return saved ?? this.#state.find(kind, id)
  }

  account (name: AccountName): Account | null {
    return this.accounts.get(nameKey(name)) ?? (this.owners.has(name.owner) ? null : this.#state.account(name))
  }

  balance (name: AccountName): bigint {
    const account = this.account(name)
    return account === null ? 0n : balanceOf(account)
  }

  take (claim: Claim, holder: string): void {
    if (this.holder(claim) !== null) throw new Error(`claim ${claim.kind} is held already`)
    this.claims.set(claimKey(claim), { ...claim, holder })
  }

  introduce (owner: string): void {
    this.owners.add(owner)
  }

  save<Row extends object> (kind: RowKind<Row>, row: Row): void {
    const rows = this.rows.get(kind) ?? new Map<string, object>()
    rows.set(kind.idOf(row), row)
    this.rows.set(kind, rows)
  }

  post (step: Step): string | null {
    const transfers: PostedTransfer[] = []
    for (const { debit, credit, amount } of step.postings) {
      if (amount === 0n) continue
      const posted = transfer(this.#opened(debit), this.#opened(credit), amount)
      this.accounts.set(nameKey(debit), posted.debit.account)
      this.accounts.set(nameKey(credit), posted.credit.account)
      transfers.push(posted)
    }
    if (transfers.length === 0) return null
    const id = this.newId()
    this.transactions.push({
      id,
      kind: step.kind,
      subject: step.subject,
      description: step.description ?? '',
      reverses: step.reverses ?? null,
      occurredAt: step.occurredAt ?? this.now,
      transfers
    })
    return id
  }

  append (event: { readonly type: string, readonly subject: string, readonly data: Readonly<Record<string, unknown>> }): void {
    this.events.push({ id: this.newId(), ...event })
  }

  /** An account comes into being with its first posting. */
  #opened (name: AccountName): Account {
    return this.account(name) ?? {
      class: name.class, owner: name.owner, unit: name.unit, id: this.newId(), version: 0n, debits: 0n, credits: 0n
    }
  }
}
