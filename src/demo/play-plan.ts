import { setTimeout as sleep } from 'node:timers/promises'
import type { PaymentAnswer, TradeAnswer } from './api.ts'
import { RefusedByService, type Answer, type Client } from './client.ts'
import { idempotencyKey } from './idempotency-key.ts'
import { sumOf } from './money.ts'
import type { Parties } from './parties.ts'
import type { Plan, Step } from './plan.ts'
import { paymentBody, requestOf, tradeBody } from './requests.ts'

const SILENCE_TIMEOUT_MS = 30_000
const SILENCE_POLL_MS = 200

/** What became of a plan. */
export interface Played<P extends Plan> {
  readonly plan: P
  /** The trade as the last step left it. */
  readonly trade: TradeAnswer | null
  /** What its payments left in suspense, a decimal string. */
  readonly suspense: string
  /** Sentences about everything that went other than planned. */
  readonly surprises: readonly string[]
  /** False when every step had been answered before, so that this time nothing happened. */
  readonly fresh: boolean
}

interface Progress {
  trade: TradeAnswer | null
  fresh: boolean
  readonly surprises: string[]
  /** The payments that the trade's own address took, by provider and reference: told twice, a payment is one. */
  readonly received: Map<string, string>
  /** What other payments left in suspense. */
  readonly stray: string[]
}

/** Plays one plan, step by step. A refused step is a surprise, and the next one follows all the same. */
export async function playPlan<P extends Plan> (client: Client, parties: Parties, plan: P): Promise<Played<P>> {
  const progress: Progress = { trade: null, fresh: false, surprises: [], received: new Map(), stray: [] }
  const steps = plan.trade === null ? plan.steps : await openTrade(client, parties, plan, progress)
  for (const step of steps) await take(client, plan.ref, step, progress)
  const { trade, received, stray, surprises, fresh } = progress
  const surplus = trade === null ? [] : [...received.values(), `-${trade.paid}`]
  return { plan, trade, suspense: sumOf([...stray, ...surplus]), surprises, fresh }
}

/** Opens the plan's trade and answers the steps to take: where the service refuses the trade, the payments that happened all the same. */
async function openTrade (client: Client, parties: Parties, { ref, trade: terms, steps }: Plan, progress: Progress): Promise<readonly Step[]> {
  if (terms === null) return steps
  const refusal = await attempt(progress, undefined, async () => {
    const answer = await client.post<TradeAnswer>('/v1/trades', idempotencyKey(ref, 'trade'), await tradeBody(ref, terms, parties))
    progress.trade = answer.body
    return answer
  })
  if (refusal === null) return steps
  // Somebody else's trade has this reference; money must not go there.
  if (refusal.code === 'external_ref_taken') return []
  return steps.flatMap((step): Step[] => step.kind === 'payment' ? [{ ...step, kind: 'unknown_payment', tradeRef: ref, currency: terms.currency }] : [])
}

async function take (client: Client, ref: string, step: Step, progress: Progress): Promise<void> {
  const key = idempotencyKey(ref, step.name)
  if (step.kind === 'unknown_payment') {
    await attempt(progress, step.refusedWith, async () => {
      const answer = await client.post<PaymentAnswer>('/v1/payments', key, { ...paymentBody(step), currency: step.currency, trade_external_ref: step.tradeRef })
      progress.stray.push(answer.body.in_suspense)
      return answer
    })
    return
  }
  const { trade } = progress
  if (trade === null) return
  if (step.kind === 'silence') {
    progress.trade = await waitFor(client, trade.id, step.until)
    if (progress.trade.state !== step.until) progress.surprises.push(`the trade is ${progress.trade.state} and did not become ${step.until} by itself`)
    return
  }
  const { path, body } = requestOf(step, trade)
  await attempt(progress, step.refusedWith, async () => {
    const answer = await client.post<TradeAnswer>(`/v1/trades/${trade.id}/${path}`, key, body)
    progress.trade = answer.body
    if (step.kind === 'payment') progress.received.set(`${step.provider} ${step.providerRef}`, step.amount)
    return answer
  })
}

/** Sends a request that should be refused with that code, or not at all, notes any surprise, and answers its refusal if there was one. */
async function attempt (progress: Progress, refusedWith: string | undefined, send: () => Promise<Answer<unknown>>): Promise<RefusedByService | null> {
  try {
    const { replayed } = await send()
    if (!replayed) progress.fresh = true
    if (refusedWith !== undefined) progress.surprises.push(`a step should have been refused with ${refusedWith}, and was not`)
    return null
  } catch (error) {
    // Who may not play at all need not try every step.
    if (!(error instanceof RefusedByService) || error.status === 401 || error.status === 403) throw error
    if (error.code !== refusedWith) progress.surprises.push(error.message)
    return error
  }
}

/** Polls a trade until it has that state, or for {@link SILENCE_TIMEOUT_MS} at most. */
async function waitFor (client: Client, id: string, state: string): Promise<TradeAnswer> {
  const deadline = Date.now() + SILENCE_TIMEOUT_MS
  for (;;) {
    const trade = await client.get<TradeAnswer>(`/v1/trades/${id}`)
    if (trade.state === state || Date.now() > deadline) return trade
    await sleep(SILENCE_POLL_MS)
  }
}
