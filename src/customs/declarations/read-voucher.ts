import { sql } from 'kysely'
import { recordAudit, type Actor } from '../../audit/record.ts'
import { inTransaction } from '../../db/transaction.ts'
import { externalId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { readTenant } from '../../tenants/tenants.ts'
import { newestOf } from './declaration.ts'
import { readDeclarationRows } from './declaration-rows.ts'
import { requirePort } from './require-port.ts'
import type { HandoverServices } from './transports/hand-over.ts'
import { writeDocument } from './transports/write-document.ts'

/**
 * The newest message of a declaration to China, by its inside id (null when the text was none), as customs gets it: with who paid. That it was read is on record before it is answered. Refuses `not_found`,
 * `no_voucher` for another jurisdiction, `no_customs_transport`, and what `writeDocument` refuses.
 */
export async function readVoucher (services: HandoverServices, tenantId: number, declarationId: string | null, actor: Actor): Promise<string> {
  const [declaration] = await readDeclarationRows(services.db, tenantId, sql`id = ${declarationId}`)
  if (declaration === undefined) throw new Refusal('not_found')
  if (declaration.jurisdiction !== 'CN') throw new Refusal('no_voucher')
  const { kind } = await readTenant(services.db, tenantId)
  const { sender } = requirePort(services.ports, kind, declaration.jurisdiction)
  const message = newestOf(declaration)
  const document = await writeDocument(services, tenantId, { declaration, message, sender })
  await inTransaction(services.db, async (trx) => {
    const details = { trade: externalId('trd', declaration.tradeId), payer: externalId('idn', declaration.payerId), message: message.number, guid: message.guid.toUpperCase() }
    await recordAudit(trx, tenantId, [{ actor, action: 'voucher.read', subject: externalId('dcl', declaration.id), details }])
  })
  return document
}
