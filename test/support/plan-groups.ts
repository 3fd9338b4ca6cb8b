import { meetGroupDeadline } from '../../src/escrow/groups/meet-group-deadline.ts'
import { openGroup, parseOffer } from '../../src/escrow/groups/open-group.ts'
import type { GroupJson } from '../../src/escrow/groups/show-group.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { HOUR_MS } from '../../src/kernel/time.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { planTrade } from './plan-trades.ts'
import type { Command } from './trade-commands.ts'
import { choose, chooseFitting, CURRENCIES, type Planned, type TradeWorld, type WorldGroup } from './trade-world.ts'

/** Few groups, so that some of them fill. */
const GROUPS_MAX = 4

/** A new group, of two or three, with the usual time or some hours. */
export function planGroup (world: TradeWorld, { size, choice, lines: [draft] }: Command): Planned[] {
  if (world.groups.length >= GROUPS_MAX || draft === undefined) return []
  const currency = CURRENCIES[choice % 3] ?? 'CNY'
  const seller = world.sellers[draft.seller] ?? ''
  const price = 1n + BigInt(draft.price)
  const quantityMax = choice % 4 === 0 ? null : 3 + choice % 5
  const fillBy = choice % 5 === 0 ? null : world.now + (1 + size % 48) * HOUR_MS
  const wanted = 2 + size % 2
  const offer = parseOffer({
    seller, currency, unit_price: formatAmount(price, unitOf(currency)), size: wanted, ...quantityMax === null ? {} : { quantity_max: quantityMax }
  })
  return [{
    operation: openGroup(world.origin(), offer, fillBy === null ? null : new Date(fillBy)),
    expect: (answer) => {
      const end = fillBy ?? world.now + world.settings.group_ms
      const shown = answer as unknown as GroupJson
      world.groups.push({ id: shown.id, model: { size: wanted, price, currency, seller, quantityMax, fillBy: end, seats: 0, state: 'open' } })
      return 'answered'
    }
  }]
}

/** A trade that joins a group: mostly with what the group offers, now and then with another price, too many pieces, or something beside it. */
export function planMember (world: TradeWorld, command: Command): Planned[] {
  const group = chooseFitting(world.groups, command.size, ({ model }) => model.state === 'open' && model.fillBy > world.now)
  if (group === undefined) return []
  const { choice, lines } = command
  const offered = lines.map((line) => ({ ...line, seller: world.sellers.indexOf(group.model.seller), price: Number(group.model.price) + (choice % 17 === 0 ? 1 : 0) }))
  return planTrade(world, { ...command, choice: choice % 19 === 0 ? choice + 1 : CURRENCIES.indexOf(group.model.currency as 'CNY'), lines: choice % 13 === 0 ? offered : offered.slice(0, 1) }, group)
}

/** The timer of a group whose time is over: on time, late, or again. */
export function planGroupTimer (world: TradeWorld, { target }: Command): Planned[] {
  const group: WorldGroup | undefined = choose(world.groups, target)
  if (group === undefined || (group.model.state === 'open' && group.model.fillBy > world.now)) return []
  const due = { tenantId: world.tenantId, groupId: internalId('grp', group.id) ?? '', deadline: new Date(group.model.fillBy), version: 0 }
  return [{
    operation: { ...meetGroupDeadline(due), key: world.origin().key },
    expect: () => {
      if (group.model.state === 'open') group.model.state = 'failed'
      return 'answered'
    }
  }]
}
