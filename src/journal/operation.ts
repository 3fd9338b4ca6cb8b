import type { Account, AccountName, NamedAccounts } from '../ledger/accounts.ts'
import type { TenantSettings } from '../tenants/settings.ts'
import type { RowKind } from './row-kind.ts'

/** A natural key that only one thing may ever hold, such as a trade's external reference. */
export interface Claim {
  readonly kind: string
  readonly key: string
}

/** What an operation may look at: the rows it named, as they stand when it is its turn. Every row is frozen. */
export interface Rows {
  /** The inside id of what holds this claim, or null while nobody does. */
  holder (claim: Claim): string | null
  /** A row of a registered kind, or null when there is none of that id in this tenant. */
  find<Row extends object> (kind: RowKind<Row>, id: string): Row | null
  /** An account that was named, or null while nothing was ever posted to it. */
  account (name: AccountName): Account | null
}

/** One debit and one credit of one positive amount (minor units). Both accounts are of one unit. An amount of zero posts nothing. */
export interface Posting {
  readonly debit: AccountName
  readonly credit: AccountName
  readonly amount: bigint
}

/** The postings of one business step. */
export interface Step {
  /** What happened, such as `trade.payment`. */
  readonly kind: string
  /** The outside id of what it happened to. */
  readonly subject: string
  readonly description?: string
  /** The business's own time; the decision's time where there is none. */
  readonly occurredAt?: Date
  readonly reverses?: string
  readonly postings: readonly Posting[]
}

/** What an operation decides with. Nothing written here is seen by others until `decide` returns; a throw drops all of it. */
export interface Books extends Rows {
  /** The decision's time, by the database's clock. Deadlines run from it. */
  readonly now: Date
  readonly settings: TenantSettings
  newId (): string
  /** The balance of a named account in its own direction, minor units; zero while nothing was posted to it. */
  balance (name: AccountName): bigint
  /** Takes a named claim for good. Taking one that is held is a bug: look at `holder` before. */
  take (claim: Claim, holder: string): void
  /**
   * Says that this decision brings an owner of accounts into being, such as a new refund: its accounts need not be named
   * beforehand, because nobody else can know them yet. Later decisions of the same batch may post to them as well.
   */
  introduce (owner: string): void
  /** Inserts a new row or replaces the one of that id. */
  save<Row extends object> (kind: RowKind<Row>, row: Row): void
  /**
   * Posts one transaction and answers its inside id, or null when every amount was zero.
   * Refuses `insufficient_funds` where an account would fall below its floor, `amount_too_large` where a sum would overflow.
   */
  post (step: Step): string | null
  /** Records an event in the same commit. `data` holds ids, amounts and states, never personal data. */
  append (event: { readonly type: string, readonly subject: string, readonly data: Readonly<Record<string, unknown>> }): void
}

/** The rows of one kind that an operation works on. `ids` sees the claims and the rows of all earlier kinds. */
export interface Need {
  readonly kind: RowKind<object>
  ids (rows: Rows): readonly string[]
}

/** Whose operation it is and which request it answers. */
export type Origin = Pick<Operation<unknown>, 'tenantId' | 'key' | 'fingerprint'>

/** A step of business: what it needs, and a pure, synchronous decision over it. */
export interface Operation<Answer> {
  /** Such as `trade.confirm`; names the operation in logs and metrics. */
  readonly name: string
  readonly tenantId: number
  /** Idempotency key with its source in front: `api:…` from a caller, `timer:…` from a deadline. */
  readonly key: string
  /** SHA-256 of the request: the same key with another fingerprint is refused. */
  readonly fingerprint: Buffer
  /** Requests come before due work, which fills at most a quarter of a batch. */
  readonly lane: 'request' | 'due'
  /** About how many rows it writes; batches are limited by the sum. */
  readonly weight: number
  readonly claims?: readonly Claim[]
  /** In the order of the kinds' ranks. */
  readonly needs?: readonly Need[]
  /**
   * The accounts it may post to; sees all rows. Another one that it posts to is learnt, and it is decided again. What is named without looking at rows or
   * settings is loaded together with them: where only the unit is not known yet, those of all units are named.
   */
  accounts? (rows: Rows, settings: TenantSettings): readonly NamedAccounts[]
  /** Decides. The answer is plain JSON, stored with the key. Throws a `Refusal` for what the caller can act on. */
  decide (books: Books): Answer
}
