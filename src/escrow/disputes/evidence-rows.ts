import { sql } from 'kysely'
import type { BatchTransaction } from '../../db/transaction.ts'
import { unnest, type Columns } from '../../db/unnest.ts'
import type { RowChange, RowKind } from '../../journal/row-kind.ts'
import type { Evidence } from './dispute.ts'

/** Evidence: written once, together with the dispute that counts it, and loaded by no operation. */
export const EVIDENCE: RowKind<Evidence> = {
  name: 'evidence',
  rank: 71,
  idOf: ({ disputeId, number }) => `${disputeId} ${number}`,
  load: async () => await Promise.resolve([]),
  save: insertEvidence
}

/** What an `Evidence` is read from. */
export const evidenceColumns = sql`
  dispute_id as "disputeId", number, handed_in_by as by, key_id as "keyId", kind, attachments, handed_in_at as at`

async function insertEvidence (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<Evidence>>): Promise<void> {
  await sql`
    insert into dispute_evidence (tenant_id, dispute_id, number, handed_in_by, key_id, kind, attachments, handed_in_at)
    select ${tenantId}, e.* from ${unnest('e', changes.map(({ after }) => after), COLUMNS)}`.execute(trx)
}

const COLUMNS: Columns<Evidence> = {
  dispute_id: ['uuid', ({ disputeId }) => disputeId],
  number: ['integer', ({ number }) => number],
  handed_in_by: ['text', ({ by }) => by],
  key_id: ['uuid', ({ keyId }) => keyId],
  kind: ['text', ({ kind }) => kind],
  attachments: ['jsonb', ({ attachments }) => JSON.stringify(attachments)],
  handed_in_at: ['timestamptz', ({ at }) => at]
}
