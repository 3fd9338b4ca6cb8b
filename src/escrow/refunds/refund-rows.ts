import type { RowKind } from '../../journal/row-kind.ts'
import { loadRefunds } from './load-refunds.ts'
import type { Refund } from './refund.ts'
import { saveRefunds } from './save-refunds.ts'

/** Refunds with their attempts: locked before the trades whose money they are, because a report names a refund and the refund its trade. */
export const REFUNDS: RowKind<Refund> = {
  name: 'refund',
  rank: 15,
  idOf: (refund) => refund.id,
  load: loadRefunds,
  save: saveRefunds
}
