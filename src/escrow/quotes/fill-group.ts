import type { Operation, Origin } from '../../journal/operation.ts'
import { currentGroup, takeSeat } from '../groups/decide-group.ts'
import { GROUPS } from '../groups/group-rows.ts'

/**
 * As if as many others as it takes had joined an open group and paid: its last seat fills it. For lives that are only supposed. Answers how many others
 * that are. The caller has named the group.
 */
export function fillGroup (origin: Origin, groupId: string): Operation<{ others: number }> {
  return {
    ...origin,
    name: 'group.suppose_filled',
    lane: 'request',
    weight: 1,
    needs: [{ kind: GROUPS, ids: () => [groupId] }],
    decide (books) {
      const group = currentGroup(books, groupId)
      takeSeat(books, { ...group, seats: group.size - 1 })
      return { others: group.size - group.seats }
    }
  }
}
