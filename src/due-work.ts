import { DUE_CAMPAIGNS } from './coins/due-campaigns.ts'
import { DUE_WALLETS } from './coins/due-wallets.ts'
import { DUE_SLICES } from './escrow/reserves/due-slices.ts'
import { DUE_GROUPS } from './escrow/timers/due-groups.ts'
import { DUE_MEMBERS } from './escrow/timers/due-members.ts'
import { DUE_TRADES } from './escrow/timers/due-trades.ts'
import { DUE_FACTS } from './sandbox/provider/due-facts.ts'
import { DUE_REFUNDS } from './sandbox/provider/due-refunds.ts'
import type { DueWork } from './timers/due-work.ts'

/** Everything that time brings about, of all features: what the sweep does when it is due, and a test clock on its way. */
export const DUE_WORK: ReadonlyArray<DueWork<unknown>> = [DUE_TRADES, DUE_SLICES, DUE_REFUNDS, DUE_FACTS, DUE_GROUPS, DUE_MEMBERS, DUE_WALLETS, DUE_CAMPAIGNS]
