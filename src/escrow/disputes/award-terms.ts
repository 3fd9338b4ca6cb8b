import { internalId } from '../../kernel/ids.ts'
import { formatAmount, parseAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import type { TenantSettings } from '../../tenants/settings.ts'
import { contestedOf } from '../trade/disputed.ts'
import type { Trade } from '../trade/trade.ts'
import { stillContested } from './award-line.ts'
import type { AwardedLine, Dispute } from './dispute.ts'
import { linesOf } from './settle-award.ts'
import { awardedOf } from './tell-dispute.ts'

/** How somebody divides what is contested of a line, by its outside id; amounts are decimal strings. */
export interface WantedAward {
  readonly line: string
  readonly buyer: string
  readonly seller: string
}

/**
 * The award of every disputed line, in the dispute's order. Refuses, with a pointer, `unknown_line` for a line that is not in this dispute,
 * `invalid_request` for one that is named twice, `invalid_amount`, and what {@link requireFitting} refuses.
 */
export function parseAward (trade: Trade, dispute: Dispute, wanted: readonly WantedAward[]): AwardedLine[] {
  const unit = unitOf(dispute.unit)
  const named = new Map<string, AwardedLine>()
  wanted.forEach(({ line, buyer, seller }, index) => {
    const pointer = `/lines/${index}`
    const lineId = internalId('lin', line) ?? ''
    if (!dispute.lines.some((each) => each.lineId === lineId)) throw refuse('unknown_line', `${pointer}/line`, 'This dispute is not about that line.')
    if (named.has(lineId)) throw refuse('invalid_request', `${pointer}/line`, 'A line is named twice.')
    named.set(lineId, { lineId, buyer: parseAmount(buyer, unit, `${pointer}/buyer`), seller: parseAmount(seller, unit, `${pointer}/seller`) })
  })
  const awarded = dispute.lines.flatMap(({ lineId }) => named.get(lineId) ?? [])
  if (awarded.length < dispute.lines.length) throw refuse('award_mismatch', '/lines', `This dispute is about ${dispute.lines.length} lines: an award divides each of them.`)
  requireFitting(trade, dispute, awarded)
  return awarded
}

/** Refuses `award_mismatch` unless, of every line, both parts together are what is contested now, to the last minor unit. */
export function requireFitting (trade: Trade, dispute: Dispute, awarded: readonly AwardedLine[]): void {
  const unit = unitOf(dispute.unit)
  linesOf(trade, dispute).forEach((line, place) => {
    const [disputed, award] = [dispute.lines[place], awarded[place]]
    if (disputed === undefined || award === undefined) return
    const contested = contestedOf(stillContested(line, disputed))
    if (award.buyer + award.seller !== contested) {
      throw refuse('award_mismatch', `/lines/${place}`, `Of line "${line.ref}" ${formatAmount(contested, unit)} ${unit.code} are contested, and this divides ${formatAmount(award.buyer + award.seller, unit)}.`)
    }
  })
}

/**
 * Whether an award takes a second person: it divides more than the tenant's limit. The limit is in the reporting currency; what is in
 * another one cannot be compared with it, and always takes two where there is a limit.
 */
export function takesTwoPersons ({ dispute_award_limit: limit, reporting_currency: currency }: TenantSettings, { unit }: Dispute, awarded: readonly AwardedLine[]): boolean {
  if (limit === null) return false
  const { buyer, seller } = awardedOf(awarded)
  return unit !== currency || buyer + seller > parseAmount(limit, unitOf(currency), '/dispute_award_limit')
}

function refuse (code: 'unknown_line' | 'invalid_request' | 'award_mismatch', pointer: string, detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code, detail }] })
}
