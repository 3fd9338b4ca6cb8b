import { setTimeout as sleep } from 'node:timers/promises'
import type { SoakClient } from './soak-client.ts'
import { tellRefunds, type Left } from './soak-refunds.ts'
import type { Random } from './soak-random.ts'
import type { Answer } from './service.ts'

/** How long tenants of a soak let things lie: what is unpaid closes, and what is instant is confirmed by silence. */
export const UNPAID_CLOSE_MS = 20_000
export const INSTANT_CONFIRM_MS = 1_500
const THINK_MS = 100

/** The parties of a soak, by their ids. */
export interface Cast {
  readonly buyer: string
  readonly sellers: readonly string[]
  readonly partner: string
}

/** A line as its client knows it: of its units, these were shipped, confirmed and refunded. Amounts are cents. */
interface Line {
  id: string
  readonly price: number
  readonly quantity: number
  shipped: number
  confirmed: number
  refunded: number
}

type Shown = Readonly<Record<'state' | 'paid' | 'held' | 'released' | 'refunded' | 'current_state', string>>

/** What a client may do to a trade when it is its turn. Whoever adds an action to trades adds it here. */
interface Action {
  readonly path: string
  /** The body, or null when there is nothing to do; `done` is told once it was accepted. */
  plan (life: Life): { readonly body: object, readonly done: () => void } | null
}

const ACTIONS: Readonly<Record<'pay' | 'ship' | 'confirm' | 'cancel', Action>> = {
  pay: { path: 'payments', plan: (life) => life.planPayment() },
  ship: { path: 'shipments', plan: (life) => life.planUnits((line) => line.quantity - line.shipped - line.refunded, 'shipped') },
  confirm: { path: 'confirmations', plan: (life) => life.planUnits((line) => line.shipped - line.confirmed, 'confirmed') },
  cancel: {
    path: 'cancellation',
    plan: (life) => {
      const units = life.planUnits((line) => line.quantity - line.shipped - line.refunded, 'refunded')
      return units && { ...units, body: { ...units.body, by: 'seller' } }
    }
  }
}

/** The life of one trade, as its client has it: every answer must be what this says, and the last sums what the books hold. */
export class Life {
  readonly lines: Line[]
  readonly #client: SoakClient
  readonly #random: Random
  readonly #finding: (what: string) => void
  readonly #startedAt = Date.now()
  readonly #ref: string
  /** Lines are confirmed by silence, whether or not their client says it as well. */
  readonly #isInstant: boolean
  #payments = 0
  #id = ''
  applied = 0
  suspended = 0
  closedUnpaid = false
  /** What was told to have left of its refunds. */
  left: Left = { owed: 0, excess: 0 }

  constructor (ref: string, { client, random, finding }: { client: SoakClient, random: Random, finding: (what: string) => void }) {
    this.#ref = ref
    this.#client = client
    this.#random = random
    this.#finding = finding
    this.#isInstant = random.chance(0.25)
    this.lines = Array.from({ length: random.whole(1, 3) }, () => (
      { id: '', price: 20 * random.whole(1, 500), quantity: this.#isInstant ? 1 : random.whole(1, 5), shipped: 0, confirmed: 0, refunded: 0 }))
  }

  get total (): number { return this.#sum(({ quantity }) => quantity) }
  get released (): number { return this.#sum(({ confirmed }) => confirmed) }
  get refunded (): number { return this.closedUnpaid ? this.applied : this.#sum(({ refunded }) => refunded) }

  /** Lives until nothing is left to do, or its people lose interest. */
  async run (cast: Cast): Promise<void> {
    const { status, body } = await this.#client.post('/v1/trades', {
      external_ref: this.#ref,
      buyer: cast.buyer,
      currency: 'CNY',
      lines: this.lines.map(({ price, quantity }, index) => ({
        ref: String(index + 1), seller: this.#random.one(cast.sellers), quantity, unit_price: money(price), fulfilment: this.#isInstant ? 'instant' : 'mail',
        commission_rate: '0.05', splits: [{ partner: cast.partner, rate: '0.10' }]
      }))
    })
    if (status !== 201) throw new Error(`a trade was not opened: ${JSON.stringify(body)}`)
    this.#id = body.id
    this.lines.forEach((line, index) => { line.id = body.lines[index]?.id ?? '' })
    await this.#act()
    this.left = await tellRefunds(this.#id, { client: this.#client, random: this.#random, finding: this.#finding })
  }

  async #act (): Promise<void> {
    while (!this.closedUnpaid && !this.#random.chance(0.03)) {
      const next = this.#choose()
      if (next === null) return
      const { path, body, done } = next
      await sleep(this.#random.whole(0, this.#isInstant && path === 'confirmations' ? 2 * INSTANT_CONFIRM_MS : THINK_MS))
      this.#check(path, await this.#client.post(`/v1/trades/${this.#id}/${path}`, body), done)
    }
  }

  /** What time brings about in the end, when nobody acts any more. */
  end (): void {
    if (this.applied < this.total) this.closedUnpaid = true
    if (this.#isInstant) for (const line of this.lines) line.confirmed = line.shipped
  }

  #choose (): { readonly path: string, readonly body: object, readonly done: () => void } | null {
    if (this.#isInstant && this.lines.every(({ shipped }) => shipped > 0) && this.#random.chance(0.5)) return null
    const isPaid = this.applied === this.total
    const names = isPaid ? ['ship', 'ship', 'confirm', 'confirm', 'cancel'] as const : ['pay'] as const
    const plans = names.flatMap((name) => {
      const plan = this.#isInstant && name === 'cancel' ? null : ACTIONS[name].plan(this)
      return plan === null ? [] : [{ path: ACTIONS[name].path, ...plan }]
    })
    return plans.length === 0 ? null : this.#random.one(plans)
  }

  /** The rest, a part of it, or too much. */
  planPayment (): { body: object, done: () => void } {
    const due = this.total - this.applied
    const amount = this.#random.chance(0.3) ? this.#random.whole(1, due) : this.#random.chance(0.1) ? due + this.#random.whole(1, 100) : due
    this.#payments += 1
    return {
      body: { amount: money(amount), provider: 'sandbox', provider_ref: `${this.#ref}-${this.#payments}` },
      done: () => {
        const taken = this.closedUnpaid ? 0 : Math.min(amount, due)
        this.applied += taken
        this.suspended += amount - taken
      }
    }
  }

  /** Some of the units that are left of some line, or all that are left of all. */
  planUnits (left: (line: Line) => number, becomes: 'shipped' | 'confirmed' | 'refunded'): { body: object, done: () => void } | null {
    const open = this.lines.filter((line) => left(line) > 0)
    if (open.length === 0) return null
    const picked = this.#isInstant || this.#random.chance(0.5)
      ? open.map((line) => ({ line, units: left(line) }))
      : [this.#random.one(open)].map((line) => ({ line, units: this.#random.whole(1, left(line)) }))
    return { body: { lines: picked.map(({ line, units }) => ({ line: line.id, quantity: units })) }, done: () => { picked.forEach(({ line, units }) => { line[becomes] += units }) } }
  }

  #check (path: string, { status, body }: Answer, done: () => void): void {
    const shown = body as unknown as Shown
    const state = status < 300 ? shown.state : shown.current_state
    if (state === 'closed_unpaid' && Date.now() - this.#startedAt >= UNPAID_CLOSE_MS) this.closedUnpaid = true
    // Silence may have been faster; it comes to the same.
    const wasConfirmed = this.#isInstant && path === 'confirmations' && body.code === 'illegal_in_state'
    if (status < 300 || wasConfirmed) done()
    else if (!this.closedUnpaid) this.#finding(`${path} of ${this.#ref} was refused: ${JSON.stringify(body)}`)
    if (status >= 300 || this.#isInstant) return
    const expected = { paid: this.applied, released: this.released, refunded: this.refunded, held: this.applied - this.released - this.refunded }
    for (const [name, cents] of Object.entries(expected)) {
      const is = shown[name as keyof typeof expected]
      if (is !== money(cents)) this.#finding(`${this.#ref} shows ${name} ${is}, expected ${money(cents)}`)
    }
  }

  #sum (units: (line: Line) => number): number {
    return this.lines.reduce((sum, line) => sum + line.price * units(line), 0)
  }
}

/** Cents as the service writes them. */
export function money (cents: number): string {
  return (cents / 100).toFixed(2)
}
