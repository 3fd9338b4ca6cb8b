import { createHash } from 'node:crypto'
import type { Operation } from '../../../journal/operation.ts'
import { externalId } from '../../../kernel/ids.ts'
import { readCeb412, writeCeb412 } from '../answers/ceb412.ts'
import { isOld, takeDown, type Receipt } from '../answers/receive.ts'
import type { Declaration } from '../declaration.ts'
import { DECLARATIONS } from '../declaration-rows.ts'
import { koreanCodeOf } from '../states.ts'
import { SANDBOX_ANSWERS, type SandboxAnswer } from './sandbox-answer.ts'
import { SANDBOX_SENDER } from './sandbox-port.ts'

/** An answer that the sweep found to be told: whose it is. */
export type DueAnswer = SandboxAnswer & { readonly tenantId: number }

/**
 * Tells us what the imitated customs says, as the real one would: China's as a message CEB412, which is read as any other. What is older by then than
 * what is known changes nothing, as it would with a real one; it is told all the same.
 */
export function tellAnswer (answer: DueAnswer): Operation<unknown> {
  const key = `sandbox:${externalId('sbx', answer.id)}`
  return {
    tenantId: answer.tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'sandbox.customs_answer',
    lane: 'due',
    weight: 5,
    needs: [{ kind: DECLARATIONS, ids: () => [answer.declarationId] }, { kind: SANDBOX_ANSWERS, ids: () => [answer.id] }],
    decide (books) {
      const now = books.find(SANDBOX_ANSWERS, answer.id)
      const declaration = books.find(DECLARATIONS, answer.declarationId)
      if (now === null || declaration === null || now.isTold) return {}
      const receipt = receiptOf(declaration, now)
      if (!isOld(books, declaration, receipt)) takeDown(books, declaration, receipt)
      books.save(SANDBOX_ANSWERS, { ...now, isTold: true, version: now.version + 1 })
      return {}
    }
  }
}

function receiptOf ({ jurisdiction, payTransactionId }: Declaration, { id, guid, code, answeredAt: at }: SandboxAnswer): Receipt {
  if (jurisdiction === 'KR') return { guid, payTransactionId, code: koreanCodeOf(code), at }
  return readCeb412(writeCeb412({ guid, payCode: SANDBOX_SENDER.payCode, payTransactionId, code, at }, id))
}
