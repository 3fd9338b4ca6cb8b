import { sql, type Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { toPage, type Page } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusals.ts'
import { tenantNow } from '../tenants/clock.ts'
import { campaignColumns } from './campaign-rows.ts'
import type { CampaignTarget } from './change-campaign.ts'
import type { Campaign, CampaignState } from './campaign.ts'
import { showCampaign, type CampaignJson } from './show-campaign.ts'

/** Which campaigns are wanted; parties and programmes by their inside ids. */
export interface CampaignFilter {
  readonly state: CampaignState | undefined
  /** The seller who pays; `platform` for those that the platform pays for. */
  readonly funder: string | undefined
  readonly programmeId: string | undefined
}

interface CampaignRow extends Campaign {
  readonly programmeId: string
  readonly unit: string
  readonly coinValue: bigint
  readonly now: Date
}

/** Campaigns `k` of a tenant with their programmes `p`, and what a `CampaignRow` is read from of them. */
const rowsOf = (tenantId: number) => sql`
  select k.*, p.id as "programmeId", p.unit, p.coin_value as "coinValue", ${tenantNow} as now
  from (select ${campaignColumns} from coin_campaigns where tenant_id = ${tenantId}) k
  join coin_programmes p on p.tenant_id = ${tenantId} and p.currency = k.currency
  join tenant_counters c on c.tenant_id = ${tenantId}`

/** A campaign and its currency, for an operation on it; null when the tenant has none of that inside id (null when the text was none). */
export async function findCampaign (db: Kysely<Database>, tenantId: number, id: string | null): Promise<CampaignTarget | null> {
  const { rows: [row] } = await sql<CampaignTarget>`select id, currency from coin_campaigns where tenant_id = ${tenantId} and id = ${id}`.execute(db)
  return row ?? null
}

/** One campaign by its inside id (null when the text was none). Refuses `not_found`. */
export async function readCampaign (db: Kysely<Database>, tenantId: number, id: string | null): Promise<CampaignJson> {
  const { rows: [row] } = await sql<CampaignRow>`${rowsOf(tenantId)} where k.id = ${id}`.execute(db)
  if (row === undefined) throw new Refusal('not_found')
  return show(row)
}

/** A page of a tenant's campaigns, newest first; `before` is the inside id of the last one of the page before. */
export async function listCampaigns (
  db: Kysely<Database>, tenantId: number, { state, funder, programmeId }: CampaignFilter, { limit, before }: { readonly limit: number, readonly before: string | null }
): Promise<Page<CampaignJson>> {
  const conditions = [sql`true`]
  if (funder !== undefined) conditions.push(funder === 'platform' ? sql`k."funderId" is null` : sql`k."funderId" = ${funder}`)
  if (programmeId !== undefined) conditions.push(sql`p.id = ${programmeId}`)
  if (state !== undefined) conditions.push(STATES[state])
  if (before !== null) conditions.push(sql`k.id < ${before}`)
  const { rows } = await sql<CampaignRow>`${rowsOf(tenantId)} where ${sql.join(conditions, sql` and `)} order by k.id desc limit ${limit + 1}`.execute(db)
  return toPage(rows, limit, ({ id }) => externalId('cmp', id), show)
}

/** As `campaignState` tells it. */
const STATES = {
  scheduled: sql`k."endedAt" is null and k."endsAt" > ${tenantNow} and k."startsAt" > ${tenantNow}`,
  running: sql`k."endedAt" is null and k."endsAt" > ${tenantNow} and k."startsAt" <= ${tenantNow}`,
  ended: sql`(k."endedAt" is not null or k."endsAt" <= ${tenantNow})`
} as const

function show ({ programmeId, unit, coinValue, now, ...campaign }: CampaignRow): CampaignJson {
  return showCampaign(campaign, { id: programmeId, unit, coinValue }, now)
}
