import type { EventType } from '../../events/catalogue.ts'
import type { Books } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import { contestedOf } from '../trade/disputed.ts'
import type { AwardedLine, Dispute } from './dispute.ts'

/** All that was in dispute when it was opened, minor units. */
export function amountOf ({ lines }: Pick<Dispute, 'lines'>): bigint {
  return lines.reduce((sum, line) => sum + contestedOf(line), 0n)
}

/** What an award gives to the buyer and to the sellers, minor units. */
export function awardedOf (lines: readonly AwardedLine[]): { readonly buyer: bigint, readonly seller: bigint } {
  return lines.reduce((sum, { buyer, seller }) => ({ buyer: sum.buyer + buyer, seller: sum.seller + seller }), { buyer: 0n, seller: 0n })
}

/** Records an event about a dispute, with its trade, state and currency; amounts are minor units, facts are ids, codes and numbers. */
export function appendDisputeEvent (
  books: Books, type: EventType, dispute: Dispute, amounts: Readonly<Record<string, bigint>>, facts: Readonly<Record<string, unknown>> = {}
): void {
  const unit = unitOf(dispute.unit)
  const texts = Object.entries(amounts).map(([name, amount]): [string, string] => [name, formatAmount(amount, unit)])
  books.append({
    type,
    subject: externalId('dsp', dispute.id),
    data: { trade: externalId('trd', dispute.tradeId), state: dispute.state, currency: dispute.unit, ...Object.fromEntries(texts), ...facts }
  })
}
