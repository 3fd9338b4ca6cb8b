import type { TradeAnswer } from './api.ts'
import type { Parties } from './parties.ts'
import type { Plan, PlannedLine, Quantity, Step } from './plan.ts'

type Terms = NonNullable<Plan['trade']>
type PaymentStep = Extract<Step, { readonly kind: 'payment' | 'unknown_payment' }>
type TradeStep = Exclude<Step, { readonly kind: 'unknown_payment' | 'silence' }>

/** The body that opens a trade; its parties are made where they are missing. */
export async function tradeBody (ref: string, { buyer, currency, lines }: Terms, parties: Parties): Promise<object> {
  return {
    external_ref: ref,
    buyer: await parties.idOf(buyer),
    currency,
    lines: await Promise.all(lines.map(async (line) => await lineBody(line, parties)))
  }
}

/** Where a step of a trade is sent below the trade's own path, and its body. */
export function requestOf (step: TradeStep, { lines, refund_cases: cases }: TradeAnswer): { readonly path: string, readonly body: object } {
  const when = occurred(step)
  const caseOf = (what: string): string => `refunds/${cases[0]?.id ?? ''}/${what}`
  switch (step.kind) {
    case 'payment': return { path: 'payments', body: paymentBody(step) }
    case 'shipment': return { path: 'shipments', body: { ...quantities(step.lines, lines), ...when } }
    case 'confirmation': return { path: 'confirmations', body: { ...quantities(step.lines, lines), ...when } }
    case 'cancellation': return { path: 'cancellation', body: { by: step.by, ...step.sellerAgreed === true ? { seller_agreed: true } : {}, ...when } }
    case 'refund': return { path: 'refunds', body: { ...refundBody(step, lines), ...when } }
    case 'refund_refusal': return { path: caseOf('refusal'), body: {} }
    case 'refund_withdrawal': return { path: caseOf('withdrawal'), body: {} }
    case 'return_shipment': return { path: caseOf('return-shipment'), body: {} }
    case 'return_receipt': return { path: caseOf('return-receipt'), body: when }
    case 'repricing': return { path: 'reprice', body: { lines: lines.map(({ id }) => ({ line: id, unit_price: step.unitPrice })), ...when } }
    case 'hold': return { path: 'holds', body: { kind: step.reason } }
  }
}

/** A payment as its provider reports it. */
export function paymentBody (step: PaymentStep): object {
  return { amount: step.amount, provider: step.provider, provider_ref: step.providerRef, ...step.revision === undefined ? {} : { revision: step.revision }, ...occurred(step) }
}

function refundBody ({ goods, amount, sellerAgreed }: Extract<TradeStep, { readonly kind: 'refund' }>, lines: TradeAnswer['lines']): object {
  const wanted = { kind: goods === 'kept' ? 'refund_only' : 'return_refund', ...amount === undefined ? {} : { amount } }
  return {
    lines: lines.map(({ id }) => ({ line: id, ...wanted })),
    reason: goods === 'kept' ? 'not_received' : 'not_as_described',
    ...sellerAgreed === true ? { agreed_by_seller: true } : {}
  }
}

function occurred ({ occurredAt }: Step): object {
  return occurredAt === undefined ? {} : { occurred_at: occurredAt }
}

async function lineBody (line: PlannedLine, parties: Parties): Promise<object> {
  return {
    ref: line.ref,
    seller: await parties.idOf(line.seller),
    description: line.description,
    quantity: line.quantity,
    unit_price: line.unitPrice,
    shipping: line.shipping,
    fulfilment: line.fulfilment,
    ...line.commissionRate === undefined ? {} : { commission_rate: line.commissionRate },
    ...line.splits === undefined ? {} : { splits: await Promise.all(line.splits.map(async ({ partner, ...share }) => ({ partner: await parties.idOf(partner), ...share }))) }
  }
}

function quantities (wanted: readonly Quantity[] | undefined, lines: TradeAnswer['lines']): object {
  if (wanted === undefined) return {}
  return { lines: wanted.map(({ ref, quantity }) => ({ line: lines.find((line) => line.ref === ref)?.id, quantity })) }
}
