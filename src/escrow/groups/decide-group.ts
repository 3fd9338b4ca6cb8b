import { externalId } from '../../kernel/ids.ts'
import type { Books } from '../../journal/operation.ts'
import type { Group } from './group.ts'
import { GROUPS } from './group-rows.ts'

/**
 * The group as it stands now, by its inside id. One whose time is over has failed, whoever comes first to see it: its timer, or somebody
 * who acts on a member. So after its deadline, by the books' clock, nobody takes a seat, however late the timer is.
 */
export function currentGroup (books: Books, id: string): Group {
  const group = books.find(GROUPS, id)
  if (group === null) throw new Error(`there is no group ${id}`)
  return group.state === 'open' && group.fillBy <= books.now ? decide(books, group, 'failed') : group
}

/** Gives the next seat of an open group to a member that is paid in full. The last one fills the group, in this very decision. */
export function takeSeat (books: Books, group: Group): Group {
  if (group.state !== 'open') throw new Error(`group ${group.id} is ${group.state}: it has no seat to take`)
  const seated = { ...group, seats: group.seats + 1 }
  return seated.seats === group.size ? decide(books, seated, 'filled') : saveGroup(books, seated)
}

/** Saves a changed group as its next version. */
export function saveGroup (books: Books, group: Group): Group {
  const saved = { ...group, version: group.version + 1 }
  books.save(GROUPS, saved)
  return saved
}

/** Filling or failing a group is this one row's decision, whatever its size: its members follow by themselves. */
function decide (books: Books, group: Group, state: 'filled' | 'failed'): Group {
  const decided = saveGroup(books, { ...group, state, decidedAt: books.now })
  books.append({ type: `group.${state}`, subject: externalId('grp', group.id), data: { state, seats: group.seats, size: group.size } })
  return decided
}
