import type { Books } from '../../journal/operation.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import { closeUnpaid } from '../refunds/give-back.ts'
import { escrowOf, heldAccounts } from '../trade/accounts.ts'
import { awaitsGroup, tradeState } from '../trade/states.ts'
import type { Membership, Trade } from '../trade/trade.ts'
import { appendTradeEvent, saveTrade, type Changed } from '../trade/trade-operation.ts'
import { currentGroup, takeSeat } from './decide-group.ts'

/**
 * The trade as the decision of its group leaves it, saved when that changes it: what every step on a trade begins with, so that no step ever
 * sees a member whose group is decided and which does not know. Costs nothing where a trade waits for no group; where it does, the group is
 * learnt from the trade, and so is the wallet that coins go back to. The caller has named {@link incomingAccounts}.
 */
export function catchUp (books: Books, trade: Trade): Changed {
  const followed = followGroup(books, trade)
  return followed.trade === trade ? followed : { ...followed, trade: saveTrade(books, trade, followed.trade) }
}

/** The accounts that money which comes for a trade may go through: its escrow, and what its group's decision may send back from there. */
export function incomingAccounts (trade: Trade): AccountName[] {
  return awaitsGroup(trade) ? heldAccounts(trade) : [escrowOf(trade)]
}

/** Saves what a step made of a trade: what every step ends with. A member that the step paid in full takes its seat, or misses it. */
export function saveStep (books: Books, before: Trade, { trade, transactions }: Changed): Changed {
  const followed = followGroup(books, trade)
  return { trade: saveTrade(books, before, followed.trade), transactions: [...transactions, ...followed.transactions] }
}

/**
 * What its group makes of a member: paid in full it takes a seat of an open group, once; when the group is decided, a member with a seat in
 * a full one goes on, and any other closes, and all its money goes back.
 */
function followGroup (books: Books, trade: Trade): Changed {
  if (!awaitsGroup(trade)) return { trade, transactions: [] }
  const { group: member } = trade
  const group = currentGroup(books, member.id)
  if (group.state !== 'open') return settle(books, trade, group.state)
  if (tradeState(trade) !== 'awaiting_group' || member.seat !== null) return { trade, transactions: [] }
  const taken = takeSeat(books, group)
  const seated = { ...trade, group: { ...member, seat: taken.seats } }
  appendTradeEvent(books, 'trade.seated', seated, {}, { seat: taken.seats })
  return taken.state === 'open' ? { trade: seated, transactions: [] } : settle(books, seated, taken.state)
}

type Member = Trade & { readonly group: Membership }

function settle (books: Books, trade: Member, state: 'filled' | 'failed'): Changed {
  if (state === 'filled' && trade.group.seat !== null) return { trade: { ...trade, group: { ...trade.group, outcome: 'filled' } }, transactions: [] }
  const description = state === 'filled' ? 'the group is full' : 'the group was not filled in time'
  const closed = closeUnpaid(books, trade, { kind: 'trade.group_missed', description, occurredAt: books.now })
  return { ...closed, trade: { ...closed.trade, group: { ...trade.group, outcome: 'missed' } } }
}
