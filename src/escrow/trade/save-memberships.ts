import type { BatchTransaction } from '../../db/transaction.ts'
import { sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange } from '../../journal/row-kind.ts'
import { sql } from 'kysely'
import type { Membership, Trade } from './trade.ts'

interface Member {
  readonly tradeId: string
  readonly group: Membership
}

const MEMBER: Columns<Member> = {
  id: ['uuid', ({ tradeId }) => tradeId],
  group_id: ['uuid', ({ group }) => group.id],
  fill_by: ['timestamptz', ({ group }) => group.fillBy],
  // These two change: a seat is taken, and a decision is followed.
  group_seat: ['integer', ({ group }) => group.seat],
  group_outcome: ['text', ({ group }) => group.outcome]
}

/** Writes what groups have made of their members. A batch without members of undecided groups sends nothing. Fails when a trade is missing. */
export async function saveMemberships (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Trade>>): Promise<void> {
  const members = changes.flatMap(({ before, after }) =>
    after.group === null || after.group === before?.group ? [] : [{ tradeId: after.id, group: after.group }])
  await sendFor(members, async (part) => await sql`
    with changed as (
      update trades t set group_id = m.group_id, fill_by = m.fill_by, group_seat = m.group_seat, group_outcome = m.group_outcome
      from ${unnest('m', part, MEMBER)}
      where t.tenant_id = ${tenantId} and t.id = m.id and coalesce(t.group_id, m.group_id) = m.group_id
      returning 1
    )
    select demand(count(*) = ${part.length}, 'a member of a group is missing') from changed`.execute(trx))
}
