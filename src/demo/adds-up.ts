import type { TrialBalance } from './api.ts'
import type { FileSums } from './csv-sums.ts'
import { sameAmount, sumOf } from './money.ts'
import type { Totals } from './totals.ts'

/** Two amounts that must be the same: what the service says, and what somebody else worked out. Decimal strings. */
export interface Check {
  readonly what: string
  readonly service: string
  readonly expected: string
  readonly ok: boolean
}

/** Holds what the service says of its trades beside the sums of the files. */
export function checkTrades (totals: Totals, files: FileSums): Check[] {
  return [
    check('payments: paid into trades, or in suspense', sumOf([totals.paid, totals.in_suspense]), files.payments),
    check('price of the trades', totals.total, files.total),
    check('paid into trades', totals.paid, files.paid),
    check('held in trades', totals.held, files.held),
    check('released to sellers', totals.released, files.released),
    check('refunded to buyers', totals.refunded, files.refunded),
    check('in suspense', totals.in_suspense, files.suspense)
  ]
}

/**
 * Holds the trial balance of a service that nothing else was played on beside those sums, in one currency.
 * What is released to a seller is his, his partners' and our commission.
 */
export function checkBooks (balance: TrialBalance, unit: string, sums: Pick<FileSums, 'payments' | 'held' | 'released' | 'refunded' | 'suspense'>): Check[] {
  const accounts = balance.units.find((one) => one.unit === unit)?.accounts ?? []
  const of = (...classes: readonly string[]) => sumOf(accounts.filter((account) => classes.includes(account.class)).map((account) => account.balance))
  return [
    check('provider_clearing', of('provider_clearing'), sums.payments),
    check('escrow', of('escrow'), sums.held),
    check('seller_available, partner_available, commission_income', of('seller_available', 'partner_available', 'commission_income'), sums.released),
    check('refund_payable', of('refund_payable'), sums.refunded),
    check('suspense', of('suspense'), sums.suspense)
  ].map((one) => ({ ...one, what: `${unit} in the trial balance: ${one.what}` }))
}

/** In every currency as much is debited as credited. */
export function checkBalanced (balance: TrialBalance): Check[] {
  return balance.units.map(({ unit, debits, credits }) => check(`${unit} debits and credits`, debits, credits))
}

function check (what: string, service: string, expected: string): Check {
  return { what, service, expected, ok: sameAmount(service, expected) }
}
