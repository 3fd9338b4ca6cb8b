import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { inTransaction } from '../../../db/transaction.ts'
import { newId } from '../../../kernel/ids.ts'
import { tenantNow } from '../../../tenants/clock.ts'
import type { Jurisdiction } from '../states.ts'
import type { CustomsPort, Handover } from '../transports/port.ts'
import { flawsOfUnipass } from '../voucher/unipass-document.ts'
import { readCeb411 } from '../voucher/read-ceb411.ts'
import type { Sender } from '../voucher/voucher.ts'
import { readPlan, type PlannedAnswer } from './plan.ts'

/** Codes that nobody has: they are made up, and say so. */
export const SANDBOX_SENDER: Sender = {
  payCode: 'SANDBOX001',
  payName: 'Sandbox Payments (made up)',
  copCode: 'SANDBOX001',
  copName: 'Sandbox Payments (made up)',
  dxpMode: 'DXP',
  dxpId: 'DXPSANDBOX00001'
}

/** What the imitation says to a message that does not keep to the rules. */
const UNFIT: readonly PlannedAnswer[] = [{ code: '-1', afterMs: 0, reportAfterMs: 0 }]

/** What reads a message as the customs of a jurisdiction does: whether something is wrong with it. */
const JUDGES: Readonly<Record<Jurisdiction, (document: string) => boolean>> = {
  CN: (document) => readCeb411(document).flaws.length > 0,
  KR: (document) => flawsOfUnipass(document).length > 0
}

/**
 * The way to an imitated customs, which lives in our database and nowhere else: it cannot be reached as often as its plan says, reads every message by the rules of the real one, and keeps
 * what it is going to say. A message that is handed over twice it takes once.
 */
export function sandboxPort (db: Kysely<Database>, jurisdiction: Jurisdiction): CustomsPort {
  return {
    sender: SANDBOX_SENDER,
    async send ({ tenantId, declarationId, guid, document }: Handover) {
      const plan = await readPlan(db, tenantId)
      const answers = JUDGES[jurisdiction](document) ? UNFIT : plan.answers
      const isTaken = await inTransaction(db, async (trx) => {
        const { rows: [message] } = await sql<{ tries: number, isNew: boolean }>`
          insert into sandbox_customs_messages as m (tenant_id, guid, declaration_id, tries) values (${tenantId}, ${guid}, ${declarationId}, 1)
          on conflict (tenant_id, guid) do update set tries = m.tries + 1
          returning tries, taken_at is null as "isNew"`.execute(trx)
        if (message === undefined || message.tries <= plan.failures) return false
        if (!message.isNew) return true
        await sql`
          update sandbox_customs_messages m set taken_at = ${tenantNow} from tenant_counters c where c.tenant_id = ${tenantId} and m.tenant_id = ${tenantId} and m.guid = ${guid}`.execute(trx)
        for (const { code, afterMs, reportAfterMs } of answers) {
          await sql`
            insert into sandbox_customs_answers (tenant_id, id, declaration_id, guid, code, answered_at, report_at, is_told, next_attempt_at, created_at, version)
            select ${tenantId}, ${newId()}, ${declarationId}, ${guid}, ${code}, said.at, said.at + ${reportAfterMs} * interval '1 millisecond', false,
              said.at + ${reportAfterMs} * interval '1 millisecond', ${tenantNow}, 1
            from tenant_counters c
            cross join lateral (select date_trunc('milliseconds', ${tenantNow}) + ${afterMs} * interval '1 millisecond' as at) as said
            where c.tenant_id = ${tenantId}`.execute(trx)
        }
        return true
      })
      if (!isTaken) throw new Error('the customs of the sandbox could not be reached, as its plan says')
    }
  }
}
