import { money, type Action, type Plan, type Trading } from './soak-action.ts'
import { cancelUnits, confirmUnits, openFor, unconfirmedOf, unshippedOf, type Line } from './soak-line.ts'

/** Pays the rest, a part of it, or too much. */
export function pay (trade: Trading): Plan {
  const { due, random, id, ref } = trade
  const amount = random.chance(0.3) ? random.whole(1, due) : random.chance(0.1) ? due + random.whole(1, 100) : due
  return {
    path: `/v1/trades/${id}/payments`,
    body: { amount: money(amount), provider: 'sandbox', provider_ref: `${ref}-${trade.nextPayment()}` },
    done: () => { trade.paid(amount) }
  }
}

/** What is to be returned first is not shipped beside it: more of it would be returned then. */
export const ship: Action = (trade) => planUnits(trade, 'shipments', {
  left: (line) => line.refundCase?.kind === 'return_refund' ? 0 : unshippedOf(line),
  become: (line, units) => { line.shipped += units }
})

export const confirm: Action = (trade) => planUnits(trade, 'confirmations', { left: (line) => isArgued(line) ? 0 : unconfirmedOf(line), become: confirmUnits, moves: true })

/** The seller gives up what is not shipped. */
export const cancel: Action = (trade) => {
  if (trade.isInstant) return null
  const plan = planUnits(trade, 'cancellation', { left: (line) => isArgued(line) ? 0 : unshippedOf(line), become: cancelUnits, moves: true })
  return plan && { ...plan, body: { ...plan.body, by: 'seller' } }
}

/** Whether a refund case or a dispute is open about a line. */
export function isArgued (line: Line): boolean {
  return line.refundCase !== null || line.contest !== null
}

interface Units {
  readonly left: (line: Line) => number
  readonly become: (line: Line, units: number) => void
  /** Whether money moves with them, which must be an even sum. */
  readonly moves?: boolean
}

/** Some of the units that are left of some line, or all that are left of all. */
function planUnits ({ id, lines, random, isInstant }: Trading, path: string, { left, become, moves = false }: Units): Plan | null {
  const open = lines.filter((line) => left(line) > 0)
  if (open.length === 0) return null
  const picked = isInstant || random.chance(0.5)
    ? open.map((line) => ({ line, units: left(line) }))
    : [random.one(open)].map((line) => ({ line, units: random.whole(1, left(line)) }))
  const possible = picked.filter(({ line, units }) => !moves || openFor(line, units) !== null)
  if (possible.length === 0) return null
  return {
    path: `/v1/trades/${id}/${path}`,
    body: { lines: possible.map(({ line, units }) => ({ line: line.id, quantity: units })) },
    done: () => { for (const { line, units } of possible) become(line, units) }
  }
}
