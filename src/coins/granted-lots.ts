import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { eachId } from '../db/unnest.ts'
import type { Claim } from '../journal/operation.ts'
import type { RowKind } from '../journal/row-kind.ts'
import { externalId } from '../kernel/ids.ts'
import type { CoinLot } from './wallet.ts'

/** What a lot tells for ever of the grant that made it, whatever became of its coins. */
export interface GrantedLot extends Pick<CoinLot, 'id' | 'expiresAt'> {
  readonly buyerId: string
  readonly coins: bigint
}

/** Lots that grants made, by their inside ids: read without a lock, because what they tell of their grant never changes. Their wallets write them. */
export const GRANTED_LOTS: RowKind<GrantedLot> = {
  name: 'granted lot',
  rank: 5,
  idOf: ({ id }) => id,
  load: loadGrantedLots,
  save: async () => {}
}

/** The claim that lets a reference be granted once in its campaign, for ever. Its holder is the lot. */
export function grantClaim (campaignId: string, ref: string): Claim {
  return { kind: 'coin_grant', key: `${externalId('cmp', campaignId)}:${ref}` }
}

async function loadGrantedLots (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<GrantedLot[]> {
  const { rows } = await sql<GrantedLot>`
    select lot.* from ${eachId(ids)}
    cross join lateral (
      select id, buyer_id as "buyerId", issued as coins, expires_at as "expiresAt"
      from coin_lots where tenant_id = ${tenantId} and id = wanted.id limit 1
    ) as lot`.execute(trx)
  return rows
}
