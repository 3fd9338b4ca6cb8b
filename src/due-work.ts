import { DUE_CAMPAIGNS } from './coins/due-campaigns.ts'
import { DUE_WALLETS } from './coins/due-wallets.ts'
import { DUE_LOWERINGS } from './customs/declarations/due-lowerings.ts'
import { DUE_ANSWERS } from './customs/declarations/sandbox/due-answers.ts'
import { dueMessages } from './customs/declarations/transports/due-messages.ts'
import { handOver, type HandoverServices } from './customs/declarations/transports/hand-over.ts'
import { DUE_SLICES } from './escrow/reserves/due-slices.ts'
import { DUE_GROUPS } from './escrow/timers/due-groups.ts'
import { DUE_MEMBERS } from './escrow/timers/due-members.ts'
import { DUE_TRADES } from './escrow/timers/due-trades.ts'
import { DUE_LIFTS } from './customs/trades/lift-hold.ts'
import { DUE_FACTS } from './sandbox/provider/due-facts.ts'
import { DUE_REFUNDS } from './sandbox/provider/due-refunds.ts'
import type { DueWork } from './timers/due-work.ts'

/** Everything that time brings about in the books alone, of all features: what the sweep does when it is due, and a test clock on its way. */
export const DUE_WORK: ReadonlyArray<DueWork<unknown>> = [DUE_TRADES, DUE_SLICES, DUE_REFUNDS, DUE_FACTS, DUE_GROUPS, DUE_MEMBERS, DUE_WALLETS, DUE_CAMPAIGNS, DUE_LIFTS, DUE_LOWERINGS, DUE_ANSWERS]

/** What is handed to somebody outside when it is due. A test clock does it as well; the sweep has a turn of its own for it, because whoever is outside may hang. */
export function outgoingWork (services: HandoverServices): ReadonlyArray<DueWork<unknown>> {
  return [dueMessages(async (message) => { await handOver(services, message) })]
}
