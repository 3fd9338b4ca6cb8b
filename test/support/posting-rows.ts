import { CoinDesk } from './coin-desk.ts'
import { DisputeDesk } from './dispute-desk.ts'
import { AFTER_SALE_ROWS } from './posting-rows-after-sale.ts'
import { COIN_ROWS } from './posting-rows-of-coins.ts'
import { DEBT_ROWS } from './posting-rows-of-debts.ts'
import { PAYMENT_ROWS } from './posting-rows-of-payments.ts'
import { SALE_ROWS } from './posting-rows-of-sale.ts'
import { play, type PostingRow } from './posting-row.ts'

/** A row, and how to find what its step really posts. */
export interface PlayedRow extends Pick<PostingRow, 'step' | 'posts'> {
  readonly play: () => string[]
}

/** What each step of a trade without coins posts: in the order of a trade's life, and then what is less common. */
export const POSTING_ROWS: readonly PlayedRow[] = [...SALE_ROWS, ...AFTER_SALE_ROWS, ...PAYMENT_ROWS, ...DEBT_ROWS].map((row) => ({ ...row, play: () => play(row, new DisputeDesk()) }))

/** What the steps post that have to do with coins. */
export const COIN_POSTING_ROWS: readonly PlayedRow[] = COIN_ROWS.map((row) => ({ ...row, play: () => play(row, new CoinDesk({ after_sale_days: 7 })) }))
