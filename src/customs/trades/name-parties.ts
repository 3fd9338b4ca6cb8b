import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { withHold } from '../../escrow/steps/hold.ts'
import { isClosed, tradeState } from '../../escrow/trade/states.ts'
import { unshippedOf, type Trade } from '../../escrow/trade/trade.ts'
import { appendTradeEvent, requireTrade, saveTrade, type TradeTarget } from '../../escrow/trade/trade-operation.ts'
import { TRADES } from '../../escrow/trade/trade-rows.ts'
import { refuseField } from '../forms/refuse-field.ts'
import { KNOWN_IDENTITIES, TRADE_CUSTOMS, type TradeCustoms } from './trade-customs.ts'

/** Whose identities a trade is to name, by inside ids (null for a text that was none); without a consignee it goes to who ordered it. */
export interface NamedParties {
  readonly payerId: string | null
  readonly ordererId: string | null
  readonly consigneeId?: string | null | undefined
}

/** The customs parties of a trade as callers see them. */
export interface CustomsPartiesJson {
  readonly trade: string
  readonly payer: string
  readonly orderer: string
  readonly consignee: string
  readonly declared_at: string | null
  readonly version: number
}

const POINTERS = { payerId: '/payer', ordererId: '/orderer', consigneeId: '/consignee' } as const

/**
 * Names, or names anew, who paid for a trade, who ordered it and to whom it goes; where the tenant wants it so, a hold then waits for a match. Naming the same again changes nothing. Refuses `not_found`, `version_mismatch`, `unknown_identity` and
 * `identity_erased` with a pointer, and `frozen_after_declaration`.
 */
export function nameParties (origin: Origin, target: TradeTarget, parties: NamedParties): Operation<CustomsPartiesJson> {
  const { tradeId } = target
  const wanted = { payerId: parties.payerId, ordererId: parties.ordererId, consigneeId: parties.consigneeId === undefined ? parties.ordererId : parties.consigneeId }
  const ids = Object.values(wanted).flatMap((id) => id ?? [])
  return {
    ...origin,
    name: 'trade.name_customs_parties',
    lane: 'request',
    weight: 3,
    needs: [
      { kind: KNOWN_IDENTITIES, ids: () => ids },
      { kind: TRADES, ids: () => tradeId === null ? [] : [tradeId] },
      { kind: TRADE_CUSTOMS, ids: () => tradeId === null ? [] : [tradeId] }
    ],
    decide (books) {
      const trade = requireTrade(books, target)
      const known = books.find(TRADE_CUSTOMS, trade.id)
      const named = requireIdentities(books, wanted)
      if (known !== null && isSameParties(known, named)) return showParties(known)
      if (known !== null && known.declaredAt !== null) throw new Refusal('frozen_after_declaration')
      const after: TradeCustoms = { tradeId: trade.id, ...named, declaredAt: null, holdId: holdUntilMatch(books, trade, known), clearedBy: null, version: (known?.version ?? 0) + 1 }
      books.save(TRADE_CUSTOMS, after)
      const { declared_at: declaredAt, trade: id, ...facts } = showParties(after)
      appendTradeEvent(books, 'trade.customs_parties_named', trade, {}, facts)
      return showParties(after)
    }
  }
}

/** The outside form of a trade's customs parties. */
export function showParties ({ tradeId, payerId, ordererId, consigneeId, declaredAt, version }: TradeCustoms): CustomsPartiesJson {
  return {
    trade: externalId('trd', tradeId),
    payer: externalId('idn', payerId),
    orderer: externalId('idn', ordererId),
    consignee: externalId('idn', consigneeId),
    declared_at: declaredAt?.toISOString() ?? null,
    version
  }
}

/** The hold that keeps a trade from being shipped until somebody has found that these people are who they say: none where the tenant does not want that, or nothing is left to ship. */
function holdUntilMatch (books: Books, trade: Trade, known: TradeCustoms | null): string | null {
  const standing = trade.holds.find(({ id }) => id === known?.holdId)
  if (standing !== undefined) return standing.id
  const isShipped = isClosed(tradeState(trade)) || trade.lines.every((line) => unshippedOf(line) === 0)
  if (!books.settings.identity_before_shipment || isShipped) return null
  const held = withHold(books, trade, 'identity')
  saveTrade(books, trade, held.trade)
  return held.holdId
}

type Parties = Pick<TradeCustoms, 'payerId' | 'ordererId' | 'consigneeId'>

function requireIdentities (books: Books, wanted: Readonly<Record<keyof Parties, string | null>>): Parties {
  const known = (name: keyof Parties): string => {
    const id = wanted[name]
    const identity = id === null ? null : books.find(KNOWN_IDENTITIES, id)
    if (identity === null) throw refuseField('unknown_identity', POINTERS[name])
    if (identity.isErased) throw refuseField('identity_erased', POINTERS[name])
    return identity.id
  }
  return { payerId: known('payerId'), ordererId: known('ordererId'), consigneeId: known('consigneeId') }
}

function isSameParties (one: Parties, other: Parties): boolean {
  return one.payerId === other.payerId && one.ordererId === other.ordererId && one.consigneeId === other.consigneeId
}
