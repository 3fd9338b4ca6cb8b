import type { Answer } from './service.ts'
import { money, type Chargeback } from './soak-action.ts'
import { CHARGEBACK_FEE } from './soak-chargebacks.ts'
import type { Life } from './soak-life.ts'
import type { Stage } from './soak-stage.ts'

/** Shares of every line of a soak, in hundredths of what is released. */
const COMMISSION = 5
const PARTNER = 10

/** Compares what the clients were told with the trial balance, and looks for money left in trades that are closed. */
export async function checkBooks (
  stage: Stage, { lives, trialBalance, finding }: { lives: readonly Life[], trialBalance: Answer, finding: (what: string) => void }
): Promise<void> {
  const sum = (of: (life: Life) => number): number => lives.reduce((total, life) => total + of(life), 0)
  const [applied, suspended, released, refunded] = [sum((life) => life.applied), sum((life) => life.suspended), sum((life) => life.released), sum((life) => life.refunded)]
  const [gone, excess] = [sum((life) => life.left.owed), sum((life) => life.left.excess)]
  // Of a chargeback that was won only the fee stays gone.
  const taken = (of: (chargeback: Chargeback) => number): number => sum(({ isTaken, chargeback }) => isTaken && chargeback !== null ? of(chargeback) : 0)
  const [chargedBack, unsuspended, lost] = [taken((each) => each.taken), taken((each) => each.suspended), taken((each) => each.loss)]
  const fees = CHARGEBACK_FEE * sum(({ chargeback }) => chargeback === null ? 0 : 1)
  const expected = {
    provider_clearing: applied + suspended - gone - excess - chargedBack - unsuspended - lost - fees,
    suspense: suspended - unsuspended,
    escrow: applied - released - refunded - chargedBack,
    chargeback_loss: lost + fees,
    refund_payable: refunded - gone,
    unidentified_debits: excess,
    // How much of it waits in reserve depends on what came first.
    'seller_available + seller_reserve': released * (100 - COMMISSION - PARTNER) / 100,
    // Nothing is paid out, so whoever gives something back still has it.
    party_receivable: 0,
    partner_available: released * PARTNER / 100,
    commission_income: released * COMMISSION / 100
  }
  const accounts = trialBalance.body.units[0]?.accounts ?? []
  for (const [name, cents] of Object.entries(expected)) {
    const balance = name.split(' + ').reduce((total, each) => total + Math.round(100 * Number(accounts.find((row) => row.class === each)?.balance ?? 0)), 0)
    if (balance !== cents) finding(`${name} is ${money(balance)}, and clients were told ${money(cents)}`)
  }
  const left = await stage.query(`
    select t.external_ref from trades t join accounts a on a.tenant_id = t.tenant_id and a.class = 'escrow' and a.owner = external_id('trd', t.id)
    where t.state in ('completed', 'closed_unpaid', 'closed_refunded', 'closed_charged_back') and a.debits <> a.credits limit 10`)
  for (const trade of left) finding(`money is left in a closed trade: ${JSON.stringify(trade)}`)
}
