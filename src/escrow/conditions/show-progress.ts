import type { MilestoneJson } from '../trade/show-conditions.ts'
import type { TradeAnswer, TradeJson } from '../trade/show-trade.ts'
import type { LineState, TradeState } from '../trade/states.ts'

/** How far a trade is, without its money and parties: what those see who attest. */
export interface ProgressJson {
  readonly id: string
  readonly external_ref: string
  readonly state: TradeState
  readonly lines: ReadonlyArray<{ readonly id: string, readonly ref: string, readonly state: LineState, readonly release_conditions: readonly MilestoneJson[] }>
  readonly version: number
}

/** The same as an attestation left it, and the transactions that it posted. */
export interface ProgressAnswer extends ProgressJson {
  readonly transactions: readonly string[]
}

/** Of a trade only how far it is. */
export function showProgress (trade: TradeAnswer): ProgressAnswer {
  return { ...progressOf(trade), transactions: trade.transactions }
}

/** Of a trade as callers see it only how far it is. */
export function progressOf ({ id, external_ref: externalRef, state, lines, version }: TradeJson): ProgressJson {
  return {
    id,
    external_ref: externalRef,
    state,
    lines: lines.map((line) => ({ id: line.id, ref: line.ref, state: line.state, release_conditions: line.release_conditions })),
    version
  }
}
