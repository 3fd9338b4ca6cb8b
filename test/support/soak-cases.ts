import { money, type Action, type Trading } from './soak-action.ts'
import { drawnBy, openOf, refundCase, someAmount, unconfirmedOf, unshippedOf, type Case, type Line } from './soak-line.ts'
import { isArgued } from './soak-sale.ts'

/** Who is done with everything does not always think of something to complain of. */
const ASKS = 0.4

/** The buyer wants money back of a line: units, an amount, or all; before shipment, after it, and after the confirmation. */
export const ask: Action = (trade) => {
  const { id, lines, random } = trade
  const refundable = lines.filter((line) => !isArgued(line) && openOf(line) + line.released > 0)
  if (trade.isInstant || refundable.length === 0 || !random.chance(ASKS)) return null
  const line = random.one(refundable)
  const wanted = chooseCase(trade, line)
  if (wanted === null) return null
  const { kind, quantity, asked } = wanted
  const isAgreed = random.chance(0.3)
  return {
    path: `/v1/trades/${id}/refunds`,
    body: {
      lines: [{ line: line.id, kind, ...quantity === null ? {} : { quantity }, ...asked === null ? {} : { amount: money(asked) } }], reason: 'damaged', ...isAgreed ? { agreed_by_seller: true } : {}
    },
    done: ({ body }) => {
      line.refundCase = { ...wanted, id: body.refund_cases.find((each) => each.line === line.id)?.id ?? '' }
      if (isAgreed) agree(line, line.refundCase)
    }
  }
}

/** Somebody does to a case what its state allows. */
export const answerCase: Action = ({ id, lines, random }) => {
  const open = lines.flatMap((line) => line.refundCase === null ? [] : [{ line, refundCase: line.refundCase }])
  if (open.length === 0) return null
  const { line, refundCase } = random.one(open)
  const { path, become } = random.one(MOVES[refundCase.state])
  return { path: `/v1/trades/${id}/refunds/${refundCase.id}/${path}`, body: {}, done: () => { become(line, refundCase) } }
}

interface Move {
  readonly path: string
  readonly become: (line: Line, refundCase: Case) => void
}

const AGREE: Move = { path: 'agreement', become: agree }
const REFUSE: Move = { path: 'refusal', become: (_line, refundCase) => { refundCase.state = 'refused' } }
const WITHDRAW: Move = { path: 'withdrawal', become: (line) => { line.refundCase = null } }
const CONFIRM_RETURN: Move = { path: 'return-receipt', become: refundCase }
const SHIP_RETURN: Move = {
  path: 'return-shipment',
  become: (_line, refundCase) => {
    refundCase.state = 'return_shipped'
    refundCase.wasReturned = true
  }
}

const MOVES: Readonly<Record<Case['state'], readonly Move[]>> = {
  requested: [AGREE, AGREE, REFUSE, WITHDRAW],
  awaiting_return: [SHIP_RETURN, SHIP_RETURN, WITHDRAW],
  return_shipped: [CONFIRM_RETURN, CONFIRM_RETURN, REFUSE],
  refused: [AGREE, WITHDRAW]
}

/** What was sent back need not be sent back again. */
function agree (line: Line, open: Case): void {
  if (open.kind === 'refund_only' || open.wasReturned) refundCase(line)
  else open.state = 'awaiting_return'
}

function chooseCase ({ random }: Trading, line: Line): Omit<Case, 'id'> | null {
  const back = unconfirmedOf(line) + line.confirmed
  const kind = back > 0 && random.chance(0.4) ? 'return_refund' : 'refund_only'
  const units = back + (kind === 'refund_only' ? unshippedOf(line) : 0)
  if (units === 0) return null
  const claim = random.one([
    { quantity: null, asked: null },
    { quantity: random.whole(1, units), asked: null },
    { quantity: null, asked: someAmount(random, openOf(line) + line.released) }
  ])
  const drawn = drawnBy(line, { kind, ...claim })
  return drawn === null || drawn.held + drawn.back === 0 ? null : { kind, ...claim, state: 'requested', wasReturned: false }
}
