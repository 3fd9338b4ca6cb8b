import { planChargeback, planOutcome } from './plan-chargebacks.ts'
import { planAttestation } from './plan-conditions.ts'
import { planCase, planRefund } from './plan-cases.ts'
import { planAward, planDispute, planEvidence, planWithdrawal } from './plan-disputes.ts'
import { planMatch, planPayment, planRepetition, planReturn, report } from './plan-payments.ts'
import { firstQuotes, planQuote } from './plan-quotes.ts'
import { planGroup, planGroupTimer, planMember } from './plan-groups.ts'
import { learnRefunds, planReport } from './plan-refunds.ts'
import { planExtension, planHold, planLift, planReprice } from './plan-terms.ts'
import { planMaturity, planSellerTerms } from './plan-reserves.ts'
import { planDebt, planStep, planTimer, planTrade } from './plan-trades.ts'
import type { Command } from './trade-commands.ts'
import { keepTimes } from './trade-model.ts'
import { answerOf, type Planned, type TradeWorld } from './trade-world.ts'

/** Makes a world's parties, and quotes by which its sellers can be paid. */
export async function start (world: TradeWorld): Promise<void> {
  await world.start()
  await run(world, firstQuotes(world))
}

/** Runs commands as one batch, and throws where an outcome is not the model's. */
export async function runBatch (world: TradeWorld, commands: readonly Command[]): Promise<void> {
  const planned: Planned[] = []
  for (const command of commands) planned.push(...command.kind === 'charge' ? await planChargeback(world, command) : plan(world, command))
  await run(world, planned)
  await learnPaymentIds(world)
  await learnRefunds(world)
}

async function run (world: TradeWorld, planned: readonly Planned[]): Promise<void> {
  const outcomes = await world.runner.run(planned.map(({ operation }) => operation))
  planned.forEach(({ operation, expect }, index) => {
    const outcome = outcomes[index]
    if (outcome === undefined) throw new Error('no outcome')
    const expected = expect(answerOf(outcome))
    for (const trade of world.trades) {
      keepTimes(trade.model, world.now, world.settings)
      world.purses.follow(trade.model, world.now)
    }
    const actual = outcome.kind === 'refused' ? outcome.refusal.code : 'answered'
    if (actual !== expected) throw new Error(`${operation.name}: ${actual}, expected ${expected}`)
  })
}

/** Commands in the batches they share: waiting and sweeping are batches of their own. */
export function batchesOf (commands: readonly Command[]): Command[][] {
  const batches: Command[][] = []
  for (const command of commands) {
    const last = batches.at(-1)
    if (last === undefined || !command.joins || isAlone(command) || isFirst(command) || last.some(isAlone)) batches.push([command])
    else last.push(command)
  }
  return batches
}

function isAlone ({ kind }: Command): boolean {
  return kind === 'wait' || kind === 'timer' || kind === 'mature'
}

/** What is read before it can be told must not be changed by what shares the batch. */
function isFirst ({ kind }: Command): boolean {
  return kind === 'charge'
}

function plan (world: TradeWorld, command: Command): Planned[] {
  switch (command.kind) {
    case 'create': return planTrade(world, command)
    case 'pay': return planPayment(world, command)
    case 'repeat': return planRepetition(world, command)
    case 'match': return planMatch(world, command)
    case 'return': return planReturn(world, command)
    case 'report': return planReport(world, command)
    case 'ship': case 'confirm': case 'cancel': return planStep(world, command, command.kind)
    case 'attest': return planAttestation(world, command)
    case 'reprice': return planReprice(world, command)
    case 'extend': return planExtension(world, command)
    case 'hold': return planHold(world, command)
    case 'lift': return planLift(world, command)
    case 'refund': return planRefund(world, command)
    case 'case': return planCase(world, command)
    case 'timer': return planTimer(world, command)
    case 'owe': return planDebt(world, command)
    case 'quote': return planQuote(world, command)
    case 'terms': return planSellerTerms(world, command)
    case 'mature': return planMaturity(world, command)
    case 'group': return planGroup(world, command)
    case 'join': return planMember(world, command)
    case 'gather': return planGroupTimer(world, command)
    case 'dispute': return planDispute(world, command)
    case 'evidence': return planEvidence(world, command)
    case 'award': return planAward(world, command)
    case 'withdraw': return planWithdrawal(world, command)
    case 'outcome': return planOutcome(world, command)
    case 'wait': case 'charge': return []
  }
}

/** Who reported a payment by its trade's path learns its id by telling the same fact again. */
async function learnPaymentIds (world: TradeWorld): Promise<void> {
  const unknown = world.payments.filter(({ id }) => id === null)
  if (unknown.length === 0) return
  const planned = unknown.map((payment) => report(world, payment, false))
  const outcomes = await world.runner.run(planned.map(({ operation }) => operation))
  unknown.forEach((payment, index) => {
    const outcome = outcomes[index]
    const answer = outcome === undefined ? null : answerOf(outcome)
    if (planned[index]?.expect(answer) !== 'answered') throw new Error('a payment told again was refused')
    payment.id = String(answer?.['id'])
  })
}
