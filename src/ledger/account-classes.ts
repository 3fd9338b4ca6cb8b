interface AccountRule {
  /** The side that raises the balance. */
  readonly side: 'debit' | 'credit'
  readonly neverNegative: boolean
}

const debit = { side: 'debit', neverNegative: false } as const
const credit = { side: 'credit', neverNegative: false } as const
const debitFloor = { side: 'debit', neverNegative: true } as const
const creditFloor = { side: 'credit', neverNegative: true } as const

/**
 * The chart of accounts: for each class its normal side and whether it may ever fall below zero.
 * A provider's or bank's fact is never refused for lack of balance, so the accounts that mirror them have no floor.
 * The last seven are kept in a coin: what was issued, where it is, and what became of it.
 */
export const ACCOUNT_CLASSES = {
  provider_clearing: debit,
  settlement_in_transit: debit,
  own_transfer_in_transit: debit,
  bank_safeguarding: debit,
  bank_operating: debit,
  unidentified_debits: debitFloor,
  party_receivable: debitFloor,
  escrow: creditFloor,
  seller_available: creditFloor,
  seller_reserve: creditFloor,
  partner_available: creditFloor,
  refund_payable: creditFloor,
  payout_in_transit: creditFloor,
  suspense: creditFloor,
  commission_income: credit,
  fx_gain_loss: credit,
  tax_payable: credit,
  platform_capital: credit,
  provider_fee_expense: debit,
  chargeback_loss: debit,
  bad_debt_expense: debit,
  recon_difference: debit,
  fx_position: credit,
  coin_liability: creditFloor,
  coin_campaign_budget: creditFloor,
  coin_breakage_income: credit,
  coin_expense: debit,
  coin_issuance: debit,
  coins_pending: creditFloor,
  coins_available: creditFloor,
  coins_held: creditFloor,
  coins_owed: debitFloor,
  coins_redeemed: credit,
  coins_expired: credit
} as const satisfies Record<string, AccountRule>

export type AccountClass = keyof typeof ACCOUNT_CLASSES

/** The rule of a class. */
export function ruleOf (accountClass: AccountClass): AccountRule {
  return ACCOUNT_CLASSES[accountClass]
}
