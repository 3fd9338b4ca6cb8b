import { createHash } from 'node:crypto'
import { externalId } from '../../kernel/ids.ts'
import type { Operation } from '../../journal/operation.ts'
import { currentGroup, saveGroup } from './decide-group.ts'
import { GROUPS } from './group-rows.ts'

/** A group that the sweep found due: its time is over, or every member has followed its decision. */
export interface DueGroup {
  readonly tenantId: number
  readonly groupId: string
  /** Its end while it was open, and after that when it was decided. */
  readonly deadline: Date
  /** The group's, when it was found. */
  readonly version: number
}

/**
 * Fails an open group whose time is over; notes of a decided one that its members are done, so that the sweep looks for them no more. Decided
 * from the group as it then stands. Its key is that of what was found, so that it is done once.
 */
export function meetGroupDeadline ({ tenantId, groupId, deadline, version }: DueGroup): Operation<{ group: string }> {
  const key = `timer:${externalId('grp', groupId)}:${deadline.toISOString()}:${version}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'group.deadline',
    lane: 'due',
    weight: 3,
    needs: [{ kind: GROUPS, ids: () => [groupId] }],
    decide (books) {
      const answer = { group: externalId('grp', groupId) }
      const group = books.find(GROUPS, groupId)
      if (group === null) return answer
      if (group.state !== 'open') {
        // Of the decision it was found with; one that came since has members to reach first.
        if (group.version === version && group.followedAt === null) saveGroup(books, { ...group, followedAt: books.now })
        return answer
      }
      // A stored answer would use up the key: a clock that was set back must not cost the group its deadline.
      if (currentGroup(books, groupId).state === 'open') throw new Error(`the deadline of ${groupId} is not reached by the books' clock`)
      return answer
    }
  }
}
