import type { Operation } from '../journal/operation.ts'
import { rehearseBatch } from '../journal/rehearsal.ts'
import { showPosted, type WouldPostJson } from '../journal/show-posted.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { CampaignTarget } from './change-campaign.ts'
import { refused, type GrantRow, type RowResult } from './grant-in-bulk.ts'
import { grantToBuyer, type GrantJson, type GrantOrigin, type WantedGrant } from './grant-to-buyer.ts'

/** What would become of a row, and what it would post. */
export type TriedRow = RowResult & { readonly would_post: readonly WouldPostJson[] }

interface ValidRow extends GrantRow {
  readonly wanted: WantedGrant
}

/**
 * What grants would come to, each on what those before it would leave: by the very decisions of real ones, together, so that the last coins of a budget and of a buyer's cap are not given twice. The
 * operation writes nothing, and is meant for the Journal's preview, which does not even keep a key. All rows are one operation: there must not be too many.
 */
export function tryGrants (origin: GrantOrigin, campaign: CampaignTarget, rows: readonly GrantRow[]): Operation<readonly TriedRow[]> {
  const valid = rows.filter((row): row is ValidRow => !(row.wanted instanceof Refusal))
  const grants = valid.map(({ wanted }) => grantToBuyer(origin, campaign, wanted))
  const needs = grants.flatMap((grant) => grant.needs ?? [])
  return {
    ...origin,
    fingerprint: Buffer.alloc(0),
    name: 'coins.try_grants',
    lane: 'request',
    weight: grants.reduce((sum, { weight }) => sum + weight, 1),
    claims: grants.flatMap(({ claims = [] }) => claims),
    needs,
    accounts: (books, settings) => grants.flatMap((grant) => grant.accounts?.(books, settings) ?? []),
    decide (books) {
      const outcomes = rehearseBatch({ rows: books, settings: books.settings }, grants, books.now)
      const tried = new Map(valid.map(({ row }, index) => [row, outcomes[index]]))
      return rows.map(({ row, ref, wanted }): TriedRow => {
        if (wanted instanceof Refusal) return { row, ...refused(ref, wanted), would_post: [] }
        const outcome = tried.get(row)
        switch (outcome?.kind) {
          case 'answered': {
            const granted = JSON.parse(outcome.answer) as GrantJson
            return { row, ...granted, repeated: granted.repeated || outcome.replayed, would_post: outcome.transactions.map(showPosted) }
          }
          case 'refused': return { row, ...refused(ref, outcome.refusal), would_post: [] }
          case 'failed': throw outcome.error
          case undefined: throw new Error(`row ${row} was not tried`)
        }
      })
    }
  }
}
