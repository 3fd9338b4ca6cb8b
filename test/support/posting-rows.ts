import { AFTER_SALE_ROWS } from './posting-rows-after-sale.ts'
import { DEBT_ROWS } from './posting-rows-of-debts.ts'
import { PAYMENT_ROWS } from './posting-rows-of-payments.ts'
import { SALE_ROWS } from './posting-rows-of-sale.ts'
import type { PostingRow } from './posting-row.ts'

/** What each step posts: in the order of a trade's life, and then what is less common. */
export const POSTING_ROWS: readonly PostingRow[] = [...SALE_ROWS, ...AFTER_SALE_ROWS, ...PAYMENT_ROWS, ...DEBT_ROWS]
