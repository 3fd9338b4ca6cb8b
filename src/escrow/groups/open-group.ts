import { externalId, internalId } from '../../kernel/ids.ts'
import { formatAmount, parsePositiveAmount } from '../../kernel/money.ts'
import { DAY_MS } from '../../kernel/time.ts'
import { findUnit, unitOf } from '../../kernel/units.ts'
import type { Operation, Origin } from '../../journal/operation.ts'
import { PARTIES } from '../../parties/party-rows.ts'
import { refuseAt } from '../trade/named-lines.ts'
import { requireParty } from '../trade/required-party.ts'
import type { Group, Offer } from './group.ts'
import { GROUPS } from './group-rows.ts'
import { showGroup, type GroupJson } from './show-group.ts'

/** How far away the end of a group may be. */
export const FILL_MS_MAX = 30 * DAY_MS

/** A group as a caller proposes it: outside ids, amounts as texts. */
export interface ProposedGroup {
  readonly seller: string
  readonly description?: string
  readonly currency: string
  readonly unit_price: string
  readonly size: number
  readonly quantity_max?: number
}

/** Understands a proposed offer. Refuses `unknown_currency`, `invalid_amount` also for a price of nothing, and `unknown_party` for what is no party's id. */
export function parseOffer (proposed: ProposedGroup): Offer {
  const unit = findUnit(proposed.currency)
  if (unit === null) throw refuseAt('unknown_currency', '/currency')
  const sellerId = internalId('pty', proposed.seller)
  if (sellerId === null) throw refuseAt('unknown_party', '/seller')
  return {
    sellerId,
    description: proposed.description ?? '',
    currency: unit.code,
    unitPrice: parsePositiveAmount(proposed.unit_price, unit, '/unit_price'),
    size: proposed.size,
    quantityMax: proposed.quantity_max ?? null
  }
}

/**
 * Opens a group for an offer; without a time it has the tenant's `group_ms` to fill. Refuses `unknown_party`, `wrong_party_kind`, and
 * `invalid_time` for an end that has passed or is more than {@link FILL_MS_MAX} away.
 */
export function openGroup (origin: Origin, offer: Offer, fillBy: Date | null): Operation<GroupJson> {
  return {
    ...origin,
    name: 'group.open',
    lane: 'request',
    weight: 3,
    needs: [{ kind: PARTIES, ids: () => [offer.sellerId] }],
    decide (books) {
      requireParty(books, { id: offer.sellerId, kind: 'seller', pointer: '/seller' })
      const end = fillBy ?? new Date(books.now.getTime() + books.settings.group_ms)
      if (fillBy !== null && (end <= books.now || end.getTime() - books.now.getTime() > FILL_MS_MAX)) {
        throw refuseAt('invalid_time', '/fill_by', `A group ends in the future, at most ${FILL_MS_MAX / DAY_MS} days from now.`)
      }
      const group: Group = {
        ...offer, id: books.newId(), state: 'open', seats: 0, fillBy: end, decidedAt: null, followedAt: null, createdAt: books.now, version: 1
      }
      books.save(GROUPS, group)
      books.append({
        type: 'group.opened',
        subject: externalId('grp', group.id),
        data: {
          state: group.state,
          seller: externalId('pty', group.sellerId),
          currency: group.currency,
          unit_price: formatAmount(group.unitPrice, unitOf(group.currency)),
          size: group.size,
          fill_by: end.toISOString()
        }
      })
      return showGroup(group)
    }
  }
}
