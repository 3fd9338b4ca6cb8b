import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../../ledger/checks.ts'

interface SeatFinding {
  readonly tenant_id: number
  readonly id: string
  readonly state: string
  readonly size: number
  readonly seats: number
  readonly taken: number
  readonly last: number
}

const groupSeats = sqlCheck<SeatFinding>({
  name: 'group-seats',
  about: 'The seats of every group are those its members have, each once and from the first on; it is filled when all of them are taken, and only then.',
  query: sql`
    select g.tenant_id, g.id, g.state, g.size, g.seats, coalesce(m.taken, 0)::integer as taken, coalesce(m.last, 0) as last
    from trade_groups g
    left join (
      select tenant_id, group_id, count(distinct group_seat) as taken, max(group_seat) as last from trades where group_seat is not null group by tenant_id, group_id
    ) m on m.tenant_id = g.tenant_id and m.group_id = g.id
    where g.seats <> coalesce(m.taken, 0) or coalesce(m.last, 0) <> coalesce(m.taken, 0) or (g.state = 'filled') <> (g.seats = g.size)`,
  tell: ({ id, state, size, seats, taken, last }) =>
    `${tellId('grp', id)}: ${state} with ${seats} of ${size} seats, but its members have ${taken} seats, the last of which is ${last}`
})

interface MemberFinding {
  readonly tenant_id: number
  readonly id: string
  readonly group_id: string
  readonly what: string
}

const groupMembers = sqlCheck<MemberFinding>({
  name: 'group-members',
  about: 'Every member of a group buys its offer, has a seat when it is paid in full and only then, and has followed no other decision than its group\'s.',
  query: sql`
    with lines as (
      select tenant_id, trade_id, count(*) as lines, min(seller_id::text)::uuid as seller_id, min(unit_price) as unit_price, sum(quantity) as quantity
      from trade_lines group by tenant_id, trade_id
    )
    select m.tenant_id, m.id, m.group_id, each.what
    from trades m
    join trade_groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
    left join lines l on l.tenant_id = m.tenant_id and l.trade_id = m.id
    cross join lateral (values
      ('its line is not the offer', (l.lines, l.seller_id, l.unit_price, m.currency) is distinct from (1::bigint, g.seller_id, g.unit_price, g.currency) or l.quantity > g.quantity_max),
      ('it waits for another end', m.fill_by <> g.fill_by),
      ('it has a seat and is not paid in full', m.group_seat is not null and m.paid < m.total - m.coins_value),
      ('it is paid in full and has no seat', m.group_seat is null and m.group_outcome is null and m.closed_unpaid_at is null and m.paid >= m.total - m.coins_value),
      ('it goes on, but the group is ' || g.state || ' or gave it no seat', m.group_outcome = 'filled' and (g.state <> 'filled' or m.group_seat is null)),
      ('it missed a group that is open, or full with it', m.group_outcome = 'missed' and (g.state = 'open' or (g.state = 'filled' and m.group_seat is not null))),
      ('it missed the group and holds money', m.group_outcome = 'missed' and m.paid <> m.released + m.refunded + m.charged_back),
      ('it has not followed a decision that all had followed', g.followed_at is not null and m.group_outcome is null and m.closed_unpaid_at is null)
    ) as each (what, holds)
    where each.holds`,
  tell: ({ id, group_id: group, what }) => `${tellId('trd', id)}, member of ${tellId('grp', group)}: ${what}`
})

interface DecisionFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly told: string | null
  readonly state: string | null
}

const groupDecisions = sqlCheck<DecisionFinding>({
  name: 'group-decisions',
  about: 'Every group was decided as its event tells, once, and no event tells of another decision.',
  query: sql`
    with decided as (
      select tenant_id, external_id('grp', id) as subject, state from trade_groups where state <> 'open'
    ), told as (
      select tenant_id, subject, string_agg(data ->> 'state', ' and ' order by seq) as told from events
      where type in ('group.filled', 'group.failed') group by tenant_id, subject
    )
    select tenant_id, subject, told.told, decided.state from decided full join told using (tenant_id, subject) where told.told is distinct from decided.state`,
  tell: ({ subject, told, state }) => `${subject}: it is ${state ?? 'open, or not there'}, but its events say ${told ?? 'nothing'}`
})

/** What must hold of groups and their members. */
export const GROUP_CHECKS: readonly Check[] = [groupSeats, groupMembers, groupDecisions]
