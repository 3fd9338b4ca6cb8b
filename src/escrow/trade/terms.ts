import { internalId } from '../../kernel/ids.ts'
import { isRate, parseAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal, type RefusalCode } from '../../kernel/refusals.ts'
import { findUnit, type Unit } from '../../kernel/units.ts'
import type { Fulfilment } from '../../tenants/settings.ts'
import { totalOf } from './fitting-terms.ts'
import { parseRelease, type ProposedRelease } from './parse-release.ts'
import type { LineTerms, Split } from './trade.ts'

/** A trade as a caller proposes it: outside ids, amounts and rates as texts. */
export interface ProposedTrade {
  readonly external_ref: string
  readonly buyer: string
  readonly currency: string
  readonly group?: string
  readonly coins?: 'max' | number
  readonly lines: readonly ProposedLine[]
}

interface ProposedLine {
  readonly ref: string
  readonly seller: string
  readonly description?: string
  readonly quantity: number
  readonly unit_price: string
  readonly shipping?: string
  readonly fulfilment: Fulfilment
  readonly commission_rate?: string
  readonly splits?: ReadonlyArray<{ readonly partner: string, readonly rate?: string, readonly amount?: string }>
  readonly release?: ProposedRelease
}

/** A proposed trade, understood: inside ids and minor units. */
export interface TradeTerms {
  readonly externalRef: string
  readonly buyerId: string
  readonly currency: string
  /** The group that it joins. */
  readonly groupId: string | null
  /** How many coins of the buyer pay a part of it; null where none are asked for. */
  readonly coins: 'max' | bigint | null
  readonly total: bigint
  readonly lines: readonly LineTerms[]
}

/**
 * Understands a proposed trade, or refuses it with a pointer to the place: `unknown_currency`, `invalid_amount`, `unknown_party` and
 * `unknown_group` for what is no such id, `invalid_request` for line references that repeat or splits that name neither or both of rate and amount,
 * what {@link totalOf} and {@link parseRelease} refuse.
 */
export function parseTerms (proposed: ProposedTrade): TradeTerms {
  const unit = findUnit(proposed.currency)
  if (unit === null) throw refuse('unknown_currency', '/currency', `"${proposed.currency}" is no currency we know.`)
  const buyerId = partyId(proposed.buyer, '/buyer')
  const groupId = proposed.group === undefined ? null : internalId('grp', proposed.group)
  if (groupId === null && proposed.group !== undefined) throw refuse('unknown_group', '/group', `"${proposed.group}" is no group's id.`)
  const refs = new Set<string>()
  const lines = proposed.lines.map((line, index) => {
    if (refs.has(line.ref)) throw refuse('invalid_request', `/lines/${index}/ref`, `Two lines have the reference "${line.ref}".`)
    refs.add(line.ref)
    return parseLine(line, unit, `/lines/${index}`)
  })
  return { externalRef: proposed.external_ref, buyerId, currency: unit.code, groupId, coins: parseCoins(proposed.coins), total: totalOf(lines, unit), lines }
}

function parseCoins (coins: ProposedTrade['coins']): TradeTerms['coins'] {
  if (coins === undefined || coins === 0) return null
  return coins === 'max' ? coins : BigInt(coins)
}

function parseLine (line: ProposedLine, unit: Unit, pointer: string): LineTerms {
  return {
    ref: line.ref,
    sellerId: partyId(line.seller, `${pointer}/seller`),
    description: line.description ?? '',
    quantity: line.quantity,
    unitPrice: parseAmount(line.unit_price, unit, `${pointer}/unit_price`),
    shipping: line.shipping === undefined ? 0n : parseAmount(line.shipping, unit, `${pointer}/shipping`),
    fulfilment: line.fulfilment,
    commissionRate: line.commission_rate === undefined ? '0' : rate(line.commission_rate, `${pointer}/commission_rate`),
    splits: (line.splits ?? []).map((split, index) => parseSplit(split, unit, `${pointer}/splits/${index}`)),
    milestones: parseRelease(line.release, `${pointer}/release`)
  }
}

function parseSplit (split: NonNullable<ProposedLine['splits']>[number], unit: Unit, pointer: string): Split {
  const partner = partyId(split.partner, `${pointer}/partner`)
  if (split.rate !== undefined && split.amount === undefined) return { partnerId: partner, rate: rate(split.rate, `${pointer}/rate`) }
  if (split.amount !== undefined && split.rate === undefined) {
    return { partnerId: partner, amount: parsePositiveAmount(split.amount, unit, `${pointer}/amount`) }
  }
  throw refuse('invalid_request', pointer, 'A split has either a rate or an amount.')
}

function partyId (text: string, pointer: string): string {
  const id = internalId('pty', text)
  if (id === null) throw refuse('unknown_party', pointer, `"${text}" is no party's id.`)
  return id
}

function rate (text: string, pointer: string): string {
  if (!isRate(text)) throw refuse('invalid_amount', pointer, `"${text}" is no rate; send a decimal from "0" to "1", such as "0.05".`)
  return text
}

function refuse (code: RefusalCode, pointer: string, detail: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code, detail }] })
}
