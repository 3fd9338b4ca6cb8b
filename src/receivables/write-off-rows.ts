import { sql } from 'kysely'
import type { BatchTransaction } from '../db/transaction.ts'
import { idArray, unnest, type Columns } from '../db/unnest.ts'
import type { RowChange, RowKind } from '../journal/row-kind.ts'
import type { WriteOff } from './write-off.ts'

/** Write-offs: inserted when they are proposed, decided once. */
export const WRITE_OFFS: RowKind<WriteOff> = {
  name: 'write-off',
  rank: 62,
  idOf: (writeOff) => writeOff.id,
  load: loadWriteOffs,
  save: saveWriteOffs
}

/** What a `WriteOff` is read from. */
export const writeOffColumns = sql`
  id, state, party_id as "partyId", unit, amount, written_off as "writtenOff", reason, proposed_by as "proposedBy", proposed_at as "proposedAt",
  decided_by as "decidedBy", decided_at as "decidedAt", transaction_id as "transactionId"`

async function loadWriteOffs (trx: BatchTransaction, tenantId: number, ids: readonly string[]): Promise<WriteOff[]> {
  const { rows } = await sql<WriteOff>`
    select ${writeOffColumns} from write_offs where tenant_id = ${tenantId} and id = any(${idArray(ids)}::uuid[]) order by id for no key update`.execute(trx)
  return rows
}

async function saveWriteOffs (trx: BatchTransaction, tenantId: number, changes: ReadonlyArray<RowChange<WriteOff>>): Promise<void> {
  const added = changes.flatMap(({ before, after }) => before === null ? [after] : [])
  const decided = changes.flatMap(({ after }) => after.state === 'proposed' ? [] : [after])
  await Promise.all([
    added.length === 0
      ? null
      : sql`
        insert into write_offs (tenant_id, id, state, party_id, unit, amount, reason, proposed_by, proposed_at)
        select ${tenantId}, w.id, 'proposed', w.party_id, w.unit, w.amount, w.reason, w.proposed_by, w.proposed_at from ${unnest('w', added, ADDED)}`.execute(trx),
    decided.length === 0
      ? null
      : sql`
        with decided as (
          update write_offs w set state = d.state, written_off = d.written_off, decided_by = d.decided_by, decided_at = d.decided_at, transaction_id = d.transaction_id
          from ${unnest('d', decided, DECIDED)}
          where w.tenant_id = ${tenantId} and w.id = d.id
          returning 1
        )
        select demand(count(*) = ${decided.length}, 'a write-off changed while it was locked') from decided`.execute(trx)
  ])
}

const ADDED: Columns<WriteOff> = {
  id: ['uuid', ({ id }) => id],
  party_id: ['uuid', ({ partyId }) => partyId],
  unit: ['text', ({ unit }) => unit],
  amount: ['bigint', ({ amount }) => amount],
  reason: ['text', ({ reason }) => reason],
  proposed_by: ['uuid', ({ proposedBy }) => proposedBy],
  proposed_at: ['timestamptz', ({ proposedAt }) => proposedAt]
}

const DECIDED: Columns<WriteOff> = {
  id: ['uuid', ({ id }) => id],
  state: ['text', ({ state }) => state],
  written_off: ['bigint', ({ writtenOff }) => writtenOff],
  decided_by: ['uuid', ({ decidedBy }) => decidedBy],
  decided_at: ['timestamptz', ({ decidedAt }) => decidedAt],
  transaction_id: ['uuid', ({ transactionId }) => transactionId]
}
