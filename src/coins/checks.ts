import type { Check } from '../ledger/checks.ts'
import { COIN_BOOK_CHECKS } from './book-checks.ts'
import { LOT_CHECKS } from './lot-checks.ts'

/** Everything that must hold of programmes, wallets and lots, and between them and the ledger. */
export const COIN_CHECKS: readonly Check[] = [...COIN_BOOK_CHECKS, ...LOT_CHECKS]
