import type { RefundCase } from '../trade/refund-case.ts'
import type { Trade } from '../trade/trade.ts'
import type { Dispute } from './dispute.ts'

/** The refund cases that wait for the end of a dispute: those of its lines that are in arbitration. */
export function escalatedCases (trade: Trade, { lines }: Pick<Dispute, 'lines'>): RefundCase[] {
  return trade.refundCases.filter(({ state, lineId }) => state === 'arbitration' && lines.some((line) => line.lineId === lineId))
}
