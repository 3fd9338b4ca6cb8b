import { Type as T } from 'typebox'

/** The name of a payment provider. */
export const Provider = T.String({
  pattern: '^[a-z0-9_-]{1,40}$',
  description: 'Your name of the payment provider, 1 to 40 of a–z, 0–9, _ and -. Its clearing account has this name.',
  examples: ['sandbox']
})

/** The name of one of the platform's bank accounts. */
export const BankAccount = T.String({
  pattern: '^[a-z0-9_-]{1,40}$',
  description: 'Your name of the bank account, 1 to 40 of a–z, 0–9, _ and -. Its account in the ledger has this name.',
  examples: ['main']
})
