import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { eachId, sendFor, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import type { Group } from './group.ts'

/** Groups: locked before their members, which are trades and no part of the row. */
export const GROUPS: RowKind<Group> = {
  name: 'group',
  rank: 10,
  idOf: (group) => group.id,
  load: loadGroups,
  save: saveGroups
}

/** What a `Group` is read from. */
export const groupColumns = sql`
  id, seller_id as "sellerId", description, currency, unit_price as "unitPrice", size, quantity_max as "quantityMax", state, seats,
  fill_by as "fillBy", decided_at as "decidedAt", followed_at as "followedAt", created_at as "createdAt", version`

async function loadGroups (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Group[]> {
  const { rows } = await sql<Group>`
    select found.* from ${eachId(ids)}
    cross join lateral (
      select ${groupColumns} from trade_groups where tenant_id = ${tenantId} and id = wanted.id limit 1 for no key update
    ) as found`.execute(trx)
  return rows
}

async function saveGroups (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Group>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [{ before, after }])
  await Promise.all([
    opened.length === 0
      ? null
      : sql`
        insert into trade_groups (tenant_id, id, seller_id, description, currency, unit_price, size, quantity_max, state, seats, fill_by, decided_at,
          next_attempt_at, created_at, version)
        select ${tenantId}, g.* from ${unnest('g', opened, OPENED)}`.execute(trx),
    sendFor(changed, async (part) => await sql`
      with changed as (
        update trade_groups g set state = c.state, seats = c.seats, decided_at = c.decided_at, followed_at = c.followed_at,
          next_attempt_at = c.next_attempt_at, version = c.version
        from ${unnest('c', part, CHANGED)}
        where g.tenant_id = ${tenantId} and g.id = c.id and g.version = c.loaded_version
        returning 1
      )
      select demand(count(*) = ${part.length}, 'a group changed while it was locked') from changed`.execute(trx))
  ])
}

/** When time has work with a group: at its end, at once when its members are to follow its decision, and never after that. */
function nextAttempt ({ fillBy, decidedAt, followedAt }: Group): Date | null {
  return followedAt === null ? decidedAt ?? fillBy : null
}

const OPENED: Columns<Group> = {
  id: ['uuid', ({ id }) => id],
  seller_id: ['uuid', ({ sellerId }) => sellerId],
  description: ['text', ({ description }) => description],
  currency: ['text', ({ currency }) => currency],
  unit_price: ['bigint', ({ unitPrice }) => unitPrice],
  size: ['integer', ({ size }) => size],
  quantity_max: ['integer', ({ quantityMax }) => quantityMax],
  state: ['text', ({ state }) => state],
  seats: ['integer', ({ seats }) => seats],
  fill_by: ['timestamptz', ({ fillBy }) => fillBy],
  decided_at: ['timestamptz', ({ decidedAt }) => decidedAt],
  next_attempt_at: ['timestamptz', nextAttempt],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  version: ['integer', ({ version }) => version]
}

const CHANGED: Columns<{ readonly before: Group, readonly after: Group }> = {
  id: ['uuid', ({ after }) => after.id],
  loaded_version: ['integer', ({ before }) => before.version],
  state: ['text', ({ after }) => after.state],
  seats: ['integer', ({ after }) => after.seats],
  decided_at: ['timestamptz', ({ after }) => after.decidedAt],
  followed_at: ['timestamptz', ({ after }) => after.followedAt],
  next_attempt_at: ['timestamptz', ({ after }) => nextAttempt(after)],
  version: ['integer', ({ after }) => after.version]
}
