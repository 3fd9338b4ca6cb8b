import { setTimeout as sleep } from 'node:timers/promises'
import { money, type Action, type Chargeback, type Plan, type Trading } from './soak-action.ts'
import { answerCase, ask } from './soak-cases.ts'
import { decide, takeBack, takeBackLate } from './soak-chargebacks.ts'
import type { SoakClient } from './soak-client.ts'
import { argue, dispute } from './soak-disputes.ts'
import { confirmUnits, endUnits, newLine, unconfirmedOf, type Line } from './soak-line.ts'
import type { Random } from './soak-random.ts'
import { tellRefunds, type Left } from './soak-refunds.ts'
import { cancel, confirm, pay, ship } from './soak-sale.ts'
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

/** Those who act in a trade, and who hears what is found of it. */
export interface People {
  readonly client: SoakClient
  readonly arbitrator: SoakClient
  readonly random: Random
  readonly finding: (what: string) => void
}

/** What a trade buys as a member of a group, by their ids, and its price in cents. */
export interface Offer {
  readonly group: string
  readonly seller: string
  readonly price: number
}

interface Shown extends Readonly<Record<'state' | 'paid' | 'held' | 'released' | 'refunded' | 'charged_back' | 'current_state', string>> {
  readonly lines: ReadonlyArray<Readonly<Record<'shipped' | 'confirmed' | 'refunded' | 'returned', number>> & { readonly id: string }>
  readonly refund_cases: ReadonlyArray<{ readonly line: string, readonly state: string }>
}

/** What may be done to a trade that is paid, by how often it is thought of. Whoever adds an action to trades adds it here. */
const ACTIONS: readonly Action[] = [ship, ship, confirm, confirm, cancel, ask, answerCase, answerCase, dispute, argue, argue, takeBack]

/** The life of one trade, as its client has it: every answer must be what this says, and the last sums what the books hold. */
export class Life implements Trading {
  readonly ref: string
  readonly random: Random
  readonly isInstant: boolean
  readonly lines: readonly Line[]
  readonly arbitrator: SoakClient
  readonly #client: SoakClient
  readonly #finding: (what: string) => void
  readonly #offer: Offer | null
  readonly #startedAt = Date.now()
  #awaitsGroup: boolean
  id = ''
  applied = 0
  suspended = 0
  payments = 0
  closed = false
  left: Left = { owed: 0, excess: 0 }
  chargeback: Chargeback | null = null

  constructor (ref: string, { client, arbitrator, random, finding }: People, offer: Offer | null = null) {
    this.ref = ref
    this.#client = client
    this.arbitrator = arbitrator
    this.random = random
    this.#finding = finding
    this.#offer = offer
    this.#awaitsGroup = offer !== null
    this.isInstant = offer === null && random.chance(0.25)
    this.lines = Array.from({ length: offer === null ? random.whole(1, 3) : 1 }, () => newLine(offer?.price ?? 20 * random.whole(1, 500), this.isInstant ? 1 : random.whole(1, 5)))
  }

  get due (): number { return this.lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0) - this.applied }
  get isTaken (): boolean { return this.chargeback !== null && this.chargeback.state !== 'won' }
  get released (): number { return this.isTaken ? 0 : this.#sum('released') }
  get refunded (): number { return this.isTaken ? this.left.owed : this.closed ? this.applied : this.#sum('givenBack') }

  /** Lives until nothing is left to do, or its people lose interest. */
  async run (cast: Cast): Promise<void> {
    if (!await this.open(cast)) return
    await this.payUp()
    await this.live()
  }

  /** Opens the trade. Answers whether it lives: nobody joins a group that is decided. */
  async open (cast: Cast): Promise<boolean> {
    const offer = this.#offer
    const { status, body } = await this.#client.post('/v1/trades', {
      external_ref: this.ref,
      ...offer === null ? {} : { group: offer.group },
      buyer: cast.buyer,
      currency: 'CNY',
      lines: this.lines.map(({ price, quantity }, index) => ({
        ref: String(index + 1), seller: offer?.seller ?? this.random.one(cast.sellers), quantity, unit_price: money(price), fulfilment: this.isInstant ? 'instant' : 'mail',
        commission_rate: '0.05', splits: [{ partner: cast.partner, rate: '0.10' }]
      }))
    })
    if (status === 409 && body.code === 'group_decided') return false
    if (status !== 201) throw new Error(`a trade was not opened: ${JSON.stringify(body)}`)
    this.id = body.id
    this.lines.forEach((line, index) => { line.id = body.lines[index]?.id ?? '' })
    return true
  }

  /** Pays until everything is paid, it is closed, or its buyer loses interest. */
  async payUp (): Promise<void> {
    while (this.due > 0 && !this.closed && !this.random.chance(0.03)) await this.#do(pay(this))
  }

  /** Does what is to be done once it is paid, and tells what becomes of its refunds. */
  async live (): Promise<void> {
    while (this.due === 0 && !this.closed && !this.random.chance(0.03)) {
      const next = this.#choose()
      if (next === null) break
      await this.#do(next)
    }
    const left = await tellRefunds(this.id, { client: this.#client, random: this.random, finding: this.#finding })
    this.left = left
    const { inOrder, plans } = takeBackLate(this)
    const sent = await inTurn(plans, inOrder, async (plan) => ({ plan, answer: await this.#client.post(plan.path, plan.body) }))
    for (const { plan, answer } of sent) await this.#take(plan, answer)
  }

  /** Its group is decided, and it has followed: it goes on, or everything that was paid went back. */
  async follow ({ goesOn }: { readonly goesOn: boolean }): Promise<void> {
    this.#awaitsGroup = false
    this.closed = !goesOn
    this.#compare((await this.#client.get(`/v1/trades/${this.id}`)).body as unknown as Shown)
    // What is paid too late is owed at once.
    if (!goesOn && this.due > 0 && this.random.chance(0.5)) await this.#do(pay(this))
  }

  /** What time brings about in the end, when nobody acts any more. */
  end (): void {
    if (this.due > 0) this.closed = true
    if (this.isInstant && !this.isTaken) for (const line of this.lines) confirmUnits(line, unconfirmedOf(line))
  }

  paid (amount: number): void {
    const taken = this.closed && this.#offer === null ? 0 : Math.min(amount, this.due)
    this.applied += taken
    this.suspended += amount - taken
  }

  nextPayment (): string {
    this.payments += 1
    return String(this.payments)
  }

  chargedBack (as: Chargeback): void {
    if (as.state === 'lost' && this.chargeback?.state !== 'lost' && !this.closed) this.lines.forEach(endUnits)
    this.chargeback = as
  }

  async #do (plan: Plan): Promise<void> {
    const isConfirmation = plan.path.endsWith('/confirmations')
    await sleep(this.random.whole(0, this.isInstant && isConfirmation ? 2 * INSTANT_CONFIRM_MS : THINK_MS))
    await this.#take(plan, await (plan.client ?? this.#client).post(plan.path, plan.body))
  }

  async #take (plan: Plan, answer: Answer): Promise<void> {
    const isConfirmation = plan.path.endsWith('/confirmations')
    const shown = answer.body as unknown as Shown
    this.#notice(answer.status < 300 ? shown.state : shown.current_state)
    // Silence may have been faster; it comes to the same.
    const wasConfirmed = this.isInstant && isConfirmation && answer.body.code === 'illegal_in_state'
    if (answer.status < 300 || wasConfirmed) plan.done(answer)
    else if (!this.closed) this.#finding(`${plan.path} of ${this.ref} was refused: ${answer.text}`)
    if (answer.status < 300) await this.#check(answer)
  }

  /** Time closes what is unpaid; a group closes who has no seat in it when it is decided. */
  #notice (state: string): void {
    if (state === 'closed_unpaid' && Date.now() - this.#startedAt >= UNPAID_CLOSE_MS) this.closed = true
    if (this.#awaitsGroup && ['closed_unpaid', 'closed_refunded'].includes(state)) this.closed = true
  }

  #choose (): Plan | null {
    if (this.isInstant && this.lines.every(({ shipped }) => shipped > 0) && this.random.chance(0.5)) return null
    const plans = (this.isTaken ? [decide] : ACTIONS).flatMap((action) => action(this) ?? [])
    return plans.length === 0 ? null : this.random.one(plans)
  }

  /** Where the answer is no trade, the trade is read. */
  async #check ({ body }: Answer): Promise<void> {
    if (this.isInstant) return
    const shown = body.id === this.id ? body : (await this.#client.get(`/v1/trades/${this.id}`)).body
    this.#compare(shown as unknown as Shown)
  }

  #compare (shown: Shown): void {
    const expect = (name: string, is: unknown, expected: unknown): void => {
      if (is !== expected) this.#finding(`${this.ref} (${this.id}) shows ${name} ${String(is)}, expected ${String(expected)}`)
    }
    const chargedBack = this.isTaken ? this.chargeback?.taken ?? 0 : 0
    const sums = {
      paid: this.applied, released: this.released, refunded: this.refunded, charged_back: chargedBack, held: this.applied - this.released - this.refunded - chargedBack
    }
    for (const [name, cents] of Object.entries(sums)) expect(name, shown[name as keyof typeof sums], money(cents))
    for (const line of shown.lines) {
      const known = this.lines.find(({ id }) => id === line.id)
      for (const name of ['shipped', 'confirmed', 'refunded', 'returned'] as const) expect(`${name} of ${line.id}`, line[name], known?.[name])
      expect(`a case of ${line.id}`, shown.refund_cases.find((each) => each.line === line.id)?.state, known?.refundCase?.state)
    }
  }

  #sum (what: 'released' | 'givenBack'): number {
    return this.lines.reduce((sum, line) => sum + line[what], 0)
  }
}

async function inTurn<Of, Result> (all: readonly Of[], inOrder: boolean, act: (one: Of) => Promise<Result>): Promise<Result[]> {
  if (!inOrder) return await Promise.all(all.map(act))
  const results: Result[] = []
  for (const one of all) results.push(await act(one))
  return results
}
