import { createHash } from 'node:crypto'
import { money, type Action } from './soak-action.ts'
import { award, evenly, openFor, openOf, someAmount, STEP, unconfirmedOf, type Contest, type Line } from './soak-line.ts'
import { isArgued } from './soak-sale.ts'
import type { Random } from './soak-random.ts'

const ARGUES = 0.3

/** The buyer disputes a line: units of it, an amount, or all that he has of it; before and after the confirmation. */
export const dispute: Action = (trade) => {
  const { id, lines, random, isInstant } = trade
  const disputable = lines.filter((line) => !isArgued(line) && unconfirmedOf(line) + line.confirmed > 0 && openOf(line) + line.released > 0)
  if (isInstant || disputable.length === 0 || !random.chance(ARGUES)) return null
  const line = random.one(disputable)
  const wanted = random.one([chooseAll, chooseUnits, chooseAmount])(line, random)
  if (wanted === null || wanted.contest.frozen + wanted.contest.released === 0) return null
  return {
    path: `/v1/trades/${id}/disputes`,
    body: { by: 'buyer', reason: 'damaged', lines: [{ line: line.id, ...wanted.named }] },
    done: ({ body }) => { line.contest = { ...wanted.contest, id: body.dispute } }
  }
}

/** Somebody hands something in, the buyer gives up, or an arbitrator decides. */
export const argue: Action = ({ lines, random, arbitrator }) => {
  const open = lines.flatMap((line) => line.contest === null ? [] : [{ line, contest: line.contest }])
  if (open.length === 0) return null
  const { line, contest } = random.one(open)
  const path = `/v1/disputes/${contest.id}`
  switch (random.one(['evidence', 'withdrawal', 'award', 'award'] as const)) {
    case 'evidence': {
      const attachments = [{ sha256: createHash('sha256').update(String(random.fraction())).digest('hex') }]
      return { path: `${path}/evidence`, body: { by: random.one(['buyer', 'seller']), kind: 'photo', attachments }, done: () => {} }
    }
    case 'withdrawal': return { path: `${path}/withdrawal`, body: { by: 'buyer' }, done: () => { line.contest = null } }
    case 'award': {
      const contested = contest.frozen + contest.released
      const buyer = random.chance(0.2) ? 0 : someAmount(random, contested)
      const body = { lines: [{ line: line.id, buyer: money(buyer), seller: money(contested - buyer) }] }
      return { path: `${path}/award`, body, client: arbitrator, done: () => { award(line, contest, buyer) } }
    }
  }
}

interface Wanted {
  readonly named: object
  readonly contest: Omit<Contest, 'id'>
}

function chooseAll (line: Line): Wanted | null {
  const units = unconfirmedOf(line)
  const frozen = openFor(line, units)
  return frozen === null ? null : { named: {}, contest: { units, frozen, releasedUnits: line.confirmed, released: line.released } }
}

function chooseUnits (line: Line, random: Random): Wanted | null {
  const quantity = random.whole(1, unconfirmedOf(line) + line.confirmed)
  const units = Math.min(quantity, unconfirmedOf(line))
  const releasedUnits = quantity - units
  const [frozen, released] = [openFor(line, units), evenly(line.released, releasedUnits, line.confirmed)]
  return frozen === null || released === null ? null : { named: { quantity }, contest: { units, frozen, releasedUnits, released } }
}

function chooseAmount (line: Line, random: Random): Wanted | null {
  const freezable = openFor(line, unconfirmedOf(line))
  if (freezable === null || freezable + line.released < STEP) return null
  const amount = someAmount(random, freezable + line.released)
  const frozen = Math.min(amount, freezable)
  return { named: { amount: money(amount) }, contest: { units: 0, frozen, releasedUnits: 0, released: amount - frozen } }
}
