import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import type { Books } from '../../journal/operation.ts'
import { refuseAt } from '../trade/named-lines.ts'
import type { TradeTerms } from '../trade/terms.ts'
import type { Membership } from '../trade/trade.ts'
import { currentGroup } from './decide-group.ts'
import type { Group } from './group.ts'
import { GROUPS } from './group-rows.ts'

/**
 * What makes a new trade a member of the open group with that inside id. A member buys the offer and nothing else: one line, of the group's
 * seller, in its currency, at its price; shipping, commission and splits are its own. It takes no seat before it is paid.
 * Refuses `unknown_group`, `group_decided` once the group is filled, failed or past its time, `group_offer_differs` with a pointer.
 */
export function joinGroup (books: Books, groupId: string, terms: TradeTerms): Membership {
  if (books.find(GROUPS, groupId) === null) throw refuseAt('unknown_group', '/group')
  const group = currentGroup(books, groupId)
  if (group.state !== 'open') throw new Refusal('group_decided', `It is ${group.state}.`, { current_state: group.state, errors: [{ pointer: '/group', code: 'group_decided' }] })
  requireOffer(group, terms)
  return { id: group.id, fillBy: group.fillBy, seat: null, outcome: null }
}

function requireOffer (group: Group, { currency, lines: [line, ...others] }: TradeTerms): void {
  if (currency !== group.currency) throw refuseAt('group_offer_differs', '/currency', `The group's offer is in ${group.currency}.`)
  if (line === undefined || others.length > 0) throw refuseAt('group_offer_differs', '/lines', 'A member of a group buys its offer and nothing else: one line.')
  if (line.sellerId !== group.sellerId) throw refuseAt('group_offer_differs', '/lines/0/seller', `The group's offer is of ${externalId('pty', group.sellerId)}.`)
  if (line.unitPrice !== group.unitPrice) {
    throw refuseAt('group_offer_differs', '/lines/0/unit_price', `The group's price is ${formatAmount(group.unitPrice, unitOf(group.currency))} ${group.currency}.`)
  }
  if (group.quantityMax !== null && line.quantity > group.quantityMax) {
    throw refuseAt('group_offer_differs', '/lines/0/quantity', `A member of the group buys at most ${group.quantityMax}.`)
  }
}
