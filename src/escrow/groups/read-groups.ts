import { sql, type Kysely } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { externalId } from '../../kernel/ids.ts'
import { toPage, type Page } from '../../kernel/page.ts'
import { Refusal } from '../../kernel/refusals.ts'
import type { TradeState } from '../trade/states.ts'
import type { Group, GroupState } from './group.ts'
import { groupColumns } from './group-rows.ts'
import { showGroup, type GroupJson } from './show-group.ts'

/** Which groups are wanted; the seller by his inside id. */
export interface GroupFilter {
  readonly state: GroupState | undefined
  readonly sellerId: string | null
}

/** A member of a group as callers see it. */
export interface MemberJson {
  readonly trade: string
  readonly external_ref: string
  readonly buyer: string
  readonly state: TradeState
  readonly seat: number | null
}

/** One group by its inside id (null when the text was none). Refuses `not_found` when the tenant has none of that id. */
export async function readGroup (db: Kysely<Database>, tenantId: number, id: string | null): Promise<GroupJson> {
  const { rows: [group] } = await sql<Group>`select ${groupColumns} from trade_groups where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  if (group === undefined) throw new Refusal('not_found')
  return showGroup(group)
}

/** A page of a tenant's groups, newest first; `before` is the inside id of the last one of the page before. */
export async function listGroups (
  db: Kysely<Database>, tenantId: number, { state, sellerId }: GroupFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<GroupJson>> {
  const conditions = [sql`tenant_id = ${tenantId}`]
  if (state !== undefined) conditions.push(sql`state = ${state}`)
  if (sellerId !== null) conditions.push(sql`seller_id = ${sellerId}`)
  if (before !== null) conditions.push(sql`id < ${before}`)
  const { rows } = await sql<Group>`
    select ${groupColumns} from trade_groups where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, (group) => externalId('grp', group.id), showGroup)
}

interface MemberRow {
  readonly id: string
  readonly externalRef: string
  readonly buyerId: string
  readonly state: TradeState
  readonly seat: number | null
}

/** A page of a group's members, oldest first; `after` is the inside id of the last one's trade on the page before. Refuses `not_found`. */
export async function listMembers (
  db: Kysely<Database>, tenantId: number, groupId: string | null, { limit, after }: { readonly limit: number, readonly after: string | null }
): Promise<Page<MemberJson>> {
  const { rows } = await sql<MemberRow>`
    select id, external_ref as "externalRef", buyer_id as "buyerId", state, group_seat as seat
    from trades where tenant_id = ${tenantId} and group_id = ${groupId} and (${after}::uuid is null or id > ${after})
    order by id limit ${limit + 1}`.execute(db)
  if (rows.length === 0) await readGroup(db, tenantId, groupId)
  return toPage(rows, limit, ({ id }) => externalId('trd', id), ({ id, externalRef, buyerId, state, seat }) =>
    ({ trade: externalId('trd', id), external_ref: externalRef, buyer: externalId('pty', buyerId), state, seat }))
}
