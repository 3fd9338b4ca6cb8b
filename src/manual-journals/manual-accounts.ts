import { Refusal } from '../kernel/refusals.ts'
import type { AccountClass } from '../ledger/account-classes.ts'
import type { AccountName } from '../ledger/accounts.ts'

/**
 * The classes that may be posted to by hand, and whose they are: the platform's own, and those that mirror providers and banks. All
 * others belong to a trade, party, payment, refund or payout that says itself what its account holds; a posting past it would
 * make the two disagree, so those are changed by their own steps only.
 */
const MANUAL_CLASSES: Partial<Record<AccountClass, 'provider' | 'bank' | 'either' | 'none'>> = {
  provider_clearing: 'provider',
  settlement_in_transit: 'provider',
  own_transfer_in_transit: 'none',
  bank_safeguarding: 'bank',
  bank_operating: 'bank',
  unidentified_debits: 'either',
  commission_income: 'none',
  fx_gain_loss: 'none',
  tax_payable: 'none',
  platform_capital: 'none',
  provider_fee_expense: 'none',
  chargeback_loss: 'none',
  bad_debt_expense: 'none',
  recon_difference: 'none',
  fx_position: 'none'
}

const OWNERS = { provider: 'the name of its provider', bank: 'the name of its bank account', either: 'the name of its provider or bank account' } as const

/** The classes that may be posted to by hand. */
export const MANUAL_CLASS_NAMES: readonly string[] = Object.keys(MANUAL_CLASSES)

/** One side of a posting, as it is sent. */
export interface ProposedSide {
  readonly class: AccountClass
  readonly owner?: string
}

/**
 * The account that a side names. Refuses `account_not_manual` for a class that is not posted to by hand, and `invalid_request` for an
 * owner that is missing, or is none of its class; `pointer` is where the side stands in the request.
 */
export function manualAccount ({ class: accountClass, owner = '' }: ProposedSide, unit: string, pointer: string): AccountName {
  const owned = MANUAL_CLASSES[accountClass]
  if (owned === undefined) {
    const detail = `Accounts of the class ${accountClass} change by the steps of what they belong to, such as a trade or a payment.`
    throw new Refusal('account_not_manual', detail, { errors: [{ pointer: `${pointer}/class`, code: 'account_not_manual', detail }] })
  }
  if ((owned === 'none') !== (owner === '')) {
    const detail = owned === 'none' ? `Accounts of the class ${accountClass} have no owner.` : `An account of the class ${accountClass} needs an owner: ${OWNERS[owned]}.`
    throw new Refusal('invalid_request', detail, { errors: [{ pointer: `${pointer}/owner`, code: owned === 'none' ? 'unknown' : 'missing', detail }] })
  }
  return { class: accountClass, owner, unit }
}
