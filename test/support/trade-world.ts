import type { Operation, Origin } from '../../src/journal/operation.ts'
import type { Outcome } from '../../src/journal/outcome.ts'
import type { RefundJson } from '../../src/escrow/refunds/show-refund.ts'
import { internalId, newId } from '../../src/kernel/ids.ts'
import { changeTerms } from '../../src/parties/change-terms.ts'
import { createParty } from '../../src/parties/create-party.ts'
import { DEFAULT_SETTINGS, type TenantSettings } from '../../src/tenants/settings.ts'
import { origin } from './memory-books.ts'
import type { Reading } from '../../src/escrow/chargebacks/concerned.ts'
import type { ModelChargeback } from './chargeback-model.ts'
import type { ModelRefund } from './refund-model.ts'
import { ModelPurses, type ModelTerms } from './purse-model.ts'
import type { ModelDispute, ModelGroup, ModelPayment, ModelQuote, ModelTrade } from './trade-model.ts'

/** Where operations run: on maps, or on a real database. */
export interface Runner {
  run (operations: ReadonlyArray<Operation<unknown>>): Promise<readonly Outcome[]> | readonly Outcome[]
  /** All refunds there are. */
  refunds (): Promise<readonly RefundJson[]> | readonly RefundJson[]
  /** What has to be read of a payment before it is charged back; where chargebacks come. */
  reading? (payment: { readonly provider: string, readonly providerRef: string }): Promise<Reading> | Reading
  /** All slices of reserves there ever were, in their order, by their inside ids; where time passes for them. */
  slices? (): ReadonlyArray<{ readonly id: string }>
}

/** An operation and what the model says must come of it; `expect` is called when it is its turn, and moves the model on. */
export interface Planned {
  readonly operation: Operation<unknown>
  /** Answers the code of the refusal, or `answered`. */
  readonly expect: (answer: Record<string, unknown> | null) => string
}

export interface WorldTrade {
  readonly model: ModelTrade
  readonly id: string
  readonly lineIds: readonly string[]
}

export interface WorldGroup {
  readonly model: ModelGroup
  readonly id: string
}

export interface WorldPayment {
  readonly model: ModelPayment
  readonly provider: string
  /** Which trades it was for, in the order in which it came to them. */
  readonly trades: WorldTrade[]
  /** The revision that was agreed to, where that was told. */
  readonly revision?: number
  /** Null until it was learnt. */
  id: string | null
}

export interface WorldRefund {
  readonly model: ModelRefund
  readonly id: string
  readonly trade: string | null
  readonly payment: string
}

/** A dispute and its trade; its model stands on the trade's while nobody has decided it. */
export interface WorldDispute {
  readonly model: ModelDispute
  readonly trade: WorldTrade
  readonly id: string
  isOver: boolean
  entries: number
  proposal: { readonly lines: ReadonlyArray<{ readonly buyer: bigint, readonly seller: bigint }>, readonly person: string } | null
}

export const CURRENCIES = ['CNY', 'KRW', 'KWD'] as const

interface WorldFacts {
  readonly tenantId?: number
  readonly now: number
  readonly settings?: TenantSettings
  /** The inside ids of two arbitrators' keys. */
  readonly arbitrators?: readonly string[]
}

/** Some parties and what became of their trades, as the model has it. Ids are the service's outside ones. */
export class TradeWorld {
  readonly trades: WorldTrade[] = []
  readonly payments: WorldPayment[] = []
  readonly refunds: WorldRefund[] = []
  readonly groups: WorldGroup[] = []
  readonly chargebacks: ModelChargeback[] = []
  /** The names of payments that were told of, beside those that only a chargeback named. */
  readonly named = new Set<string>()
  readonly disputes: WorldDispute[] = []
  /** What each party was charged beside its trades, by party and currency. */
  readonly charges = new Map<string, bigint>()
  readonly purses = new ModelPurses()
  /** What exchange rates were vouched for, and under which references. */
  readonly quotes: ModelQuote[] = []
  readonly quoted = new Set<string>()
  readonly sellers: string[] = []
  readonly partners: string[] = []
  readonly settings: TenantSettings
  readonly tenantId: number
  readonly runner: Runner
  readonly arbitrators: readonly string[]
  buyer = ''
  /** The books' clock, in milliseconds. */
  now: number

  constructor (runner: Runner, { tenantId = 1, now, settings = DEFAULT_SETTINGS, arbitrators = [newId(), newId()] }: WorldFacts) {
    this.runner = runner
    this.tenantId = tenantId
    this.now = now
    this.settings = settings
    this.arbitrators = arbitrators
  }

  async start (): Promise<void> {
    const kinds = ['buyer', 'seller', 'seller', 'seller', 'partner', 'partner', 'partner'] as const
    const outcomes = await this.runner.run(kinds.map((kind, index) => createParty(this.origin(), { kind, externalRef: `${kind}-${index}`, name: kind })))
    const ids = outcomes.map((outcome) => String(answerOf(outcome)?.['id']))
    this.buyer = ids[0] ?? ''
    this.sellers.push(...ids.slice(1, 4))
    this.partners.push(...ids.slice(4))
    await this.runner.run(this.sellers.map((seller, index) => {
      const terms = FIRST_TERMS[index] ?? { reserve: null, currency: null }
      this.purses.terms.set(seller, terms)
      return sellerTerms(this.origin(), seller, terms)
    }))
  }

  origin (): Origin {
    return origin(this.tenantId)
  }
}

/** With what terms sellers begin: some is kept back of two of them, and two are paid in a currency of their own. */
const FIRST_TERMS: readonly ModelTerms[] = [
  { reserve: { rate: 500, days: 1 }, currency: null }, { reserve: { rate: 333, days: 2 }, currency: 'KRW' }, { reserve: null, currency: 'CNY' }
]

/** The change of a seller's terms to these. */
export function sellerTerms (origin: Origin, seller: string, { reserve, currency }: ModelTerms): Operation<unknown> {
  const kept = reserve === null ? null : { rate: (reserve.rate / 1000).toFixed(3), days: reserve.days }
  return changeTerms(origin, { partyId: internalId('pty', seller), terms: { reserve: kept, payoutCurrency: currency }, person: newId() })
}

/** What an operation answered, or null when it was refused; a failure is thrown. */
export function answerOf (outcome: Outcome): Record<string, unknown> | null {
  if (outcome.kind === 'failed') throw outcome.error
  return outcome.kind === 'answered' ? JSON.parse(outcome.answer) as Record<string, unknown> : null
}

/** One of some things, whatever the number. */
export function choose<Item> (items: readonly Item[], number: number): Item | undefined {
  return items[number % Math.max(items.length, 1)]
}

/** As {@link choose}; three times out of four one that fits, where there is one, so that most steps do something. */
export function chooseFitting<Item> (items: readonly Item[], number: number, fits: (item: Item) => boolean): Item | undefined {
  const fitting = number % 4 === 0 ? [] : items.filter(fits)
  return choose(fitting.length > 0 ? fitting : items, number)
}
