import type { Action, Party, Plan, PlannedLine, Quantity, Split, Step } from './plan.ts'

/** A made-up trade: what happens in one sentence, and how it should end. */
export interface Story extends Plan {
  readonly title: string
  /** The trade's state at the end; null where there is no trade. */
  readonly ends: string | null
  /** What waits in suspense at the end, a decimal string. */
  readonly suspense: string
}

/** A story before its parts are numbered. */
export interface Draft {
  readonly title: string
  readonly currency: string
  /** Null for payments that belong to no trade. */
  readonly buyer: Party | null
  readonly lines: ReadonlyArray<Omit<PlannedLine, 'ref'>>
  readonly steps: readonly DraftStep[]
  readonly ends: string | null
  readonly suspense?: string
}

type DraftStep = Action & { readonly refusedWith?: string }

/** The story with references of its own for its trade, lines and payments; the same ones every time, so that it can be told twice. */
export function numbered (draft: Draft, index: number): Story {
  const { title, currency, buyer, ends, suspense = '0' } = draft
  const ref = `demo-${String(index + 1).padStart(2, '0')}`
  const lines = draft.lines.map((planned, place) => ({ ...planned, ref: String(place + 1) }))
  const steps = draft.steps.map((step, place): Step => {
    const name = `${place + 1}`
    return 'providerRef' in step && step.providerRef === '' ? { ...step, name, providerRef: `${ref}-${name}` } : { ...step, name }
  })
  return { ref, trade: buyer === null ? null : { buyer, currency, lines }, steps, title, ends, suspense }
}

/** Somebody whose reference follows from kind and name. */
export function party (kind: Party['kind'], name: string): Party {
  return { kind, ref: `demo-${kind}-${name.toLowerCase().replace(/[^\p{L}]+/gu, '-')}`, name }
}

interface LineOptions {
  readonly fulfilment?: PlannedLine['fulfilment']
  readonly commissionRate?: string
  readonly splits?: readonly Split[]
}

/** A line, sent by express unless it says otherwise. */
export function line (seller: Party, description: string, quantity: number, unitPrice: string, shipping: string, options: LineOptions = {}): Omit<PlannedLine, 'ref'> {
  return { seller, description, quantity, unitPrice, shipping, fulfilment: 'express', ...options }
}

/** A payment for the story's trade, by card unless it says otherwise. */
export function pay (amount: string, { provider = 'card', providerRef = '', ...more }: { readonly provider?: string, readonly providerRef?: string, readonly revision?: number } = {}): DraftStep {
  return { kind: 'payment', amount, provider, providerRef, ...more }
}

/** A payment that names a trade nobody may know. */
export function strayPayment (amount: string, currency: string, tradeRef: string): DraftStep {
  return { kind: 'unknown_payment', amount, currency, tradeRef, provider: 'bank_transfer', providerRef: '' }
}

/** The seller ships so many of the trade's one line, or all that is left. */
export function ship (quantity?: number): DraftStep {
  return { kind: 'shipment', ...ofTheOneLine(quantity) }
}

/** The buyer confirms so many of the trade's one line, or all that is shipped. */
export function confirm (quantity?: number): DraftStep {
  return { kind: 'confirmation', ...ofTheOneLine(quantity) }
}

/** Somebody calls the trade off, or what is left of it; the buyer of a paid trade with his seller's agreement. */
export function cancel (by: 'buyer' | 'seller' | 'platform', agreement: { readonly sellerAgreed?: true } = {}): DraftStep {
  return { kind: 'cancellation', by, ...agreement }
}

/** The buyer wants money back: all that is left, or an amount of the one line; his seller agrees, where that is said. */
export function refund (goods: 'kept' | 'returned', more: { readonly amount?: string, readonly sellerAgreed?: true } = {}): DraftStep {
  return { kind: 'refund', goods, ...more }
}

/** What becomes of a refund that was asked for: the seller refuses, the buyer withdraws, sends the goods back, and the seller has them. */
export const [refuse, withdraw, sendBack, takeBack] = (['refund_refusal', 'refund_withdrawal', 'return_shipment', 'return_receipt'] as const).map((kind) =>
  (): DraftStep => ({ kind })) as [() => DraftStep, () => DraftStep, () => DraftStep, () => DraftStep]

/** The seller gives every line that price. */
export function reprice (unitPrice: string): DraftStep {
  return { kind: 'repricing', unitPrice }
}

/** Somebody blocks the release of the trade's money. */
export function hold (reason: 'compliance' | 'identity'): DraftStep {
  return { kind: 'hold', reason }
}

/** Nobody does anything until a timer brings the trade into that state. */
export function silence (until: string): DraftStep {
  return { kind: 'silence', until }
}

function ofTheOneLine (quantity?: number): { lines?: readonly Quantity[] } {
  return quantity === undefined ? {} : { lines: [{ ref: '1', quantity }] }
}
