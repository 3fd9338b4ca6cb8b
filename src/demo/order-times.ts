import type { OrderRow } from './csv.ts'
import type { Note } from './findings.ts'

/** When an order's steps happened: RFC 3339 in UTC, null where nothing of the row says so. */
export interface OrderTimes {
  readonly paidAt: string | null
  readonly shippedAt: string | null
  readonly deliveredAt: string | null
  /** The latest time the row gives: the earliest a cancellation can have been. */
  readonly latestAt: string | null
}

/** What the file calls each of its times. */
const NAMES = { purchasedAt: 'purchase', approvedAt: 'approval', carrierAt: 'hand-over to the carrier', deliveredAt: 'delivery' } as const

/** How far an order came. Later stages need the times of all earlier ones. */
export type Stage = 'unpaid' | 'paid' | 'shipped' | 'delivered'

const STAGES: readonly Stage[] = ['unpaid', 'paid', 'shipped', 'delivered']

/** Whether an order that came as far as `reached` has passed `stage`. */
export function passed (reached: Stage, stage: Stage): boolean {
  return STAGES.indexOf(reached) >= STAGES.indexOf(stage)
}

/**
 * The times of an order's steps. The file has no zone: its times are taken as UTC.
 * A time that a step needs and the row lacks becomes the latest earlier one that the row has, and is noted; so are times that run backwards.
 */
export function timesOf (row: OrderRow, reached: Stage, note: Note): OrderTimes {
  const [purchased, approved, carrier, delivered] = [
    readTime(row, 'purchasedAt', note), readTime(row, 'approvedAt', note), readTime(row, 'carrierAt', note), readTime(row, 'deliveredAt', note)
  ]
  const paidAt = approved ?? purchased
  const shippedAt = carrier ?? latest(purchased, approved)
  const deliveredAt = delivered ?? latest(purchased, approved, carrier)
  if (passed(reached, 'paid') && approved === null) note('no_approval_time', 'paid, but never approved', dated(paidAt, 'purchase'))
  if (passed(reached, 'shipped') && carrier === null) {
    note('no_carrier_time', 'shipped, but never handed to the carrier', dated(shippedAt, 'payment'))
  }
  if (passed(reached, 'delivered') && delivered === null) {
    note('no_delivery_time', 'delivered, but nobody knows when', dated(deliveredAt, 'latest time it has'))
  }
  noteDisorder([['purchasedAt', purchased], ['approvedAt', approved], ['carrierAt', carrier], ['deliveredAt', delivered]], note)
  return { paidAt, shippedAt, deliveredAt, latestAt: latest(purchased, approved, carrier, delivered) }
}

function dated (at: string | null, like: string): string {
  return at === null ? 'dated by the service, which plays it' : `dated like the ${like}, ${at}`
}

function readTime (row: OrderRow, name: keyof typeof NAMES, note: Note): string | null {
  const text = row[name]
  if (text === '') return null
  const time = toUtc(text)
  if (time === null) note('unreadable_time', `the time of its ${NAMES[name]} is "${text}"`, 'played as if the file had none')
  return time
}

/** `2017-05-18 02:11:37` → `2017-05-18T02:11:37Z`; null for a time or day that does not exist, or a year the service has no books for. */
function toUtc (text: string): string | null {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)$/.exec(text)
  if (parts === null) return null
  const time = `${parts[1]}T${parts[2]}Z`
  const date = new Date(time)
  if (Number.isNaN(date.getTime()) || date.toISOString() !== time.replace('Z', '.000Z')) return null
  return date.getTime() >= 0 && date.getUTCFullYear() < 2100 ? time : null
}

function latest (...times: ReadonlyArray<string | null>): string | null {
  return times.filter((time) => time !== null).sort().at(-1) ?? null
}

function noteDisorder (times: ReadonlyArray<readonly [keyof typeof NAMES, string | null]>, note: Note): void {
  const known = times.filter((entry): entry is readonly [keyof typeof NAMES, string] => entry[1] !== null)
  for (const [index, [name, time]] of known.entries()) {
    const earlier = known[index - 1]
    if (earlier === undefined || earlier[1] <= time) continue
    note('times_disordered', `its ${NAMES[name]} (${time}) is before its ${NAMES[earlier[0]]} (${earlier[1]})`, 'played in the order of business, each step with the file\'s time')
  }
}
