import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { externalId } from '../../../kernel/ids.ts'
import { SECOND_MS } from '../../../kernel/time.ts'
import { readTenant } from '../../../tenants/tenants.ts'
import { readDeclarationRows } from '../declaration-rows.ts'
import type { CustomsPorts } from './port.ts'
import type { DueMessage } from './record-sent.ts'
import { writeDocument, type IdentitySource } from './write-document.ts'

/** A port that does not end by then is given up for now: what waits behind it has waited long enough. */
export const SEND_TIMEOUT_MS = 10 * SECOND_MS

/** With what messages are handed over. */
export interface HandoverServices extends IdentitySource {
  readonly ports: CustomsPorts
}

/**
 * Writes a message and hands it to the port of its tenant's kind and jurisdiction. Throws where there is none, where the message cannot be written, and where the port
 * fails or does not end in time: then it may have been sent, and is sent again, with the same guid.
 */
export async function handOver (services: HandoverServices, { tenantId, declarationId, number }: DueMessage, timeoutMs = SEND_TIMEOUT_MS): Promise<void> {
  const { db, ports } = services
  const [declaration] = await readDeclarationRows(db, tenantId, sql`id = ${declarationId}`)
  const message = declaration?.messages.find((each) => each.number === number)
  if (declaration === undefined || message === undefined) throw new Error(`${externalId('dcl', declarationId)} has no message ${number}`)
  const { kind } = await readTenant(db, tenantId)
  const port = ports.portOf(kind, declaration.jurisdiction)
  if (port === null) throw new Error(`there is no way to the customs of ${declaration.jurisdiction} for ${kind} tenants`)
  const document = await writeDocument(services, tenantId, { declaration, message, sender: port.sender })
  const handover = { tenantId, declarationId, guid: message.guid, customs: message.customs, merchantCode: message.merchantCode, document }
  await withinTime(port.send(handover), timeoutMs)
}

async function withinTime (sent: Promise<void>, timeoutMs: number): Promise<void> {
  const ending = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: ending.signal, ref: false }).then(() => { throw new Error(`the way to customs did not take a message within ${timeoutMs} ms`) })
  // Whichever comes second is nobody's business.
  late.catch(() => {})
  try {
    await Promise.race([sent, late])
  } finally {
    ending.abort()
  }
}
