import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { idArray, unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import { readDisputedLine, storeDisputedLine, type StoredDisputedLine } from '../trade/store-disputes.ts'
import type { AwardedLine, Dispute } from './dispute.ts'

/** Disputes; they are locked after their trade. */
export const DISPUTES: RowKind<Dispute> = {
  name: 'dispute',
  rank: 70,
  idOf: (dispute) => dispute.id,
  load: loadDisputes,
  save: saveDisputes
}

interface StoredAwardedLine {
  readonly line: string
  readonly buyer: string
  readonly seller: string
}

/** A row as the database has it. */
export interface DisputeRow extends Omit<Dispute, 'lines' | 'proposal' | 'award'> {
  readonly lines: readonly StoredDisputedLine[]
  readonly proposal: readonly StoredAwardedLine[] | null
  readonly proposedBy: string | null
  readonly proposedAt: Date | null
  readonly award: readonly StoredAwardedLine[] | null
}

/** What a `DisputeRow` is read from. */
export const disputeColumns = sql`
  id, trade_id as "tradeId", state, opened_by as "openedBy", opened_key as "openedKey", reason, unit, lines, opened_at as "openedAt",
  evidence_by as "evidenceBy", evidence_count as "evidenceCount", proposal, proposed_by as "proposedBy", proposed_at as "proposedAt", award,
  decided_by as "decidedBy", decided_at as "decidedAt", transaction_id as "transactionId"`

/** The dispute of a row. */
export function disputeOf ({ lines, proposal, proposedBy, proposedAt, award, ...row }: DisputeRow): Dispute {
  return {
    ...row,
    lines: lines.map(readDisputedLine),
    proposal: proposal === null || proposedBy === null || proposedAt === null ? null : { lines: proposal.map(readAwardedLine), proposedBy, proposedAt },
    award: award?.map(readAwardedLine) ?? null
  }
}

async function loadDisputes (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<Dispute[]> {
  const { rows } = await sql<DisputeRow>`
    select ${disputeColumns} from disputes where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]) order by id for no key update`.execute(trx)
  return rows.map(disputeOf)
}

async function saveDisputes (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Dispute>>): Promise<void> {
  const opened = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const changed = changes.flatMap(({ before, after }) => before === null ? [] : [after])
  await Promise.all([
    opened.length === 0
      ? null
      : sql`
        insert into disputes (tenant_id, id, trade_id, opened_by, opened_key, reason, unit, lines, opened_at, evidence_by,
          state, evidence_count, proposal, proposed_by, proposed_at, award, decided_by, decided_at, transaction_id)
        select ${tenantId}, d.* from ${unnest('d', opened, { ...OPENED, ...PROGRESS })}`.execute(trx),
    changed.length === 0
      ? null
      : sql`
        with changed as (
          update disputes d set state = c.state, evidence_count = c.evidence_count, proposal = c.proposal, proposed_by = c.proposed_by,
            proposed_at = c.proposed_at, award = c.award, decided_by = c.decided_by, decided_at = c.decided_at, transaction_id = c.transaction_id
          from ${unnest('c', changed, { id: OPENED.id, ...PROGRESS })}
          where d.tenant_id = ${tenantId} and d.id = c.id
          returning 1
        )
        select demand(count(*) = ${changed.length}, 'a dispute is missing') from changed`.execute(trx)
  ])
}

const OPENED = {
  id: ['uuid', ({ id }) => id],
  trade_id: ['uuid', ({ tradeId }) => tradeId],
  opened_by: ['text', ({ openedBy }) => openedBy],
  opened_key: ['uuid', ({ openedKey }) => openedKey],
  reason: ['text', ({ reason }) => reason],
  unit: ['text', ({ unit }) => unit],
  lines: ['jsonb', ({ lines }) => JSON.stringify(lines.map(storeDisputedLine))],
  opened_at: ['timestamptz', ({ openedAt }) => openedAt],
  evidence_by: ['timestamptz', ({ evidenceBy }) => evidenceBy]
} as const satisfies Columns<Dispute>

const PROGRESS: Columns<Dispute> = {
  state: ['text', ({ state }) => state],
  evidence_count: ['integer', ({ evidenceCount }) => evidenceCount],
  proposal: ['jsonb', ({ proposal }) => proposal === null ? null : JSON.stringify(proposal.lines.map(storeAwardedLine))],
  proposed_by: ['uuid', ({ proposal }) => proposal?.proposedBy ?? null],
  proposed_at: ['timestamptz', ({ proposal }) => proposal?.proposedAt ?? null],
  award: ['jsonb', ({ award }) => award === null ? null : JSON.stringify(award.map(storeAwardedLine))],
  decided_by: ['uuid', ({ decidedBy }) => decidedBy],
  decided_at: ['timestamptz', ({ decidedAt }) => decidedAt],
  transaction_id: ['uuid', ({ transactionId }) => transactionId]
}

function storeAwardedLine ({ lineId, buyer, seller }: AwardedLine): StoredAwardedLine {
  return { line: lineId, buyer: buyer.toString(), seller: seller.toString() }
}

function readAwardedLine ({ line, buyer, seller }: StoredAwardedLine): AwardedLine {
  return { lineId: line, buyer: BigInt(buyer), seller: BigInt(seller) }
}
