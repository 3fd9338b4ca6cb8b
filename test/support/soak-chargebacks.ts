import { money, type Action, type Chargeback, type Plan, type Trading } from './soak-action.ts'
import { isArgued } from './soak-sale.ts'

/** What a provider takes beside the money, in cents. */
export const CHARGEBACK_FEE = 1_500

const ONE_MORE = 0.03

/** The provider takes the payment back, in the middle of everything. */
export const takeBack: Action = (trade) => {
  if (!canBeTakenBack(trade) || !trade.random.chance(ONE_MORE)) return null
  return { ...opening(trade), done: () => { trade.chargedBack(takenNow(trade, 'open')) } }
}

/** The provider decides: until then nothing else is done to the trade. */
export const decide: Action = (trade) => {
  const { chargeback, random } = trade
  if (chargeback?.state !== 'open') return null
  const state = random.one(['won', 'lost'] as const)
  return { ...outcome(trade, state), done: () => { trade.chargedBack({ ...chargeback, state }) } }
}

/** The provider takes the payment back when everything is over; its outcome may be told first, or at the same time. Empty when it does not. */
export function takeBackLate (trade: Trading): { readonly inOrder: boolean, readonly plans: readonly Plan[] } {
  const { random } = trade
  if (!canBeTakenBack(trade) || !random.chance(0.15)) return { inOrder: true, plans: [] }
  const state = random.one(['open', 'won', 'lost'] as const)
  const after = takenNow(trade, state)
  const told = { open: opening(trade), ...state === 'open' ? {} : { outcome: outcome(trade, state) } }
  const plans = Object.values(told).map((plan) => ({ ...plan, done: () => { trade.chargedBack(after) } }))
  return { inOrder: random.chance(0.5), plans: random.chance(0.5) ? plans : plans.reverse() }
}

function canBeTakenBack ({ chargeback, payments, due, closed, lines }: Trading): boolean {
  return chargeback === null && payments === 1 && (due === 0 || closed) && !lines.some(isArgued)
}

/** What had left is found nowhere; everything else of the payment is. */
function takenNow ({ applied, suspended, left }: Trading, state: Chargeback['state']): Chargeback {
  return { suspended, taken: applied - left.owed, loss: left.owed, state }
}

function opening ({ ref, applied, suspended }: Trading): Omit<Plan, 'done'> {
  const body = { payment_provider_ref: `${ref}-1`, amount: money(applied + suspended), currency: 'CNY', fee: money(CHARGEBACK_FEE) }
  return { path: '/v1/chargebacks', body: { provider: 'sandbox', provider_ref: ref, ...body } }
}

function outcome ({ ref }: Trading, state: 'won' | 'lost'): Omit<Plan, 'done'> {
  return { path: '/v1/chargebacks/outcomes', body: { provider: 'sandbox', provider_ref: ref, outcome: state } }
}
