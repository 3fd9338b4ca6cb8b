import { readExchange, storeExchange, type StoredExchange } from '../trade/exchange-rows.ts'
import type { LineAmount } from '../trade/line-amount.ts'
import type { LineTake, Takes, TradeTake } from './chargeback.ts'

type StoredAmount = readonly [goods: string, shipping: string]

/** Takes as they are stored: JSON has no `bigint`. */
export interface StoredTakes {
  readonly suspense: string
  readonly returned: string
  readonly loss: string
  readonly trades: ReadonlyArray<{
    readonly trade: string
    readonly refunded: string
    readonly held: string
    readonly released: string
    readonly lines: ReadonlyArray<{
      readonly line: string
      readonly refunded: StoredAmount
      readonly held: StoredAmount
      readonly frozen: StoredAmount
      readonly released: StoredAmount
      /** Left out where nothing was exchanged. */
      readonly exchanged?: readonly StoredExchange[]
    }>
  }>
}

/** What was taken, as JSON text. */
export function storeTakes ({ suspense, returned, loss, trades }: Takes): string {
  const stored: StoredTakes = {
    suspense: String(suspense),
    returned: String(returned),
    loss: String(loss),
    trades: trades.map((take) => ({
      trade: take.tradeId,
      refunded: String(take.refunded),
      held: String(take.held),
      released: String(take.released),
      lines: take.lines.map(({ lineId, refunded, held, frozen, released, exchanged }) => ({
        line: lineId,
        refunded: store(refunded),
        held: store(held),
        frozen: store(frozen),
        released: store(released),
        ...exchanged.length === 0 ? {} : { exchanged: exchanged.map(storeExchange) }
      }))
    }))
  }
  return JSON.stringify(stored)
}

/** What was taken, from its JSON. */
export function readTakes ({ suspense, returned, loss, trades }: StoredTakes): Takes {
  return {
    suspense: BigInt(suspense),
    returned: BigInt(returned),
    loss: BigInt(loss),
    trades: trades.map(({ trade, refunded, held, released, lines }): TradeTake => ({
      tradeId: trade,
      refunded: BigInt(refunded),
      held: BigInt(held),
      released: BigInt(released),
      lines: lines.map((line): LineTake => ({
        lineId: line.line,
        refunded: read(line.refunded),
        held: read(line.held),
        frozen: read(line.frozen),
        released: read(line.released),
        exchanged: (line.exchanged ?? []).map(readExchange)
      }))
    }))
  }
}

function store ({ goods, shipping }: LineAmount): StoredAmount {
  return [String(goods), String(shipping)]
}

function read ([goods, shipping]: StoredAmount): LineAmount {
  return { goods: BigInt(goods), shipping: BigInt(shipping) }
}
