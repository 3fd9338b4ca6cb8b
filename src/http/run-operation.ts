import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { Reply, Request } from './app-type.ts'
import { etagOf } from './etag.ts'
import { isDryRun } from './idempotency.ts'

interface PreviewAccount {
  readonly class: string
  readonly owner: string
  readonly unit: string
}

/** A transaction that would be posted. Amounts are minor units of the accounts' unit. */
interface PreviewTransaction {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly occurredAt: Date
  readonly transfers: ReadonlyArray<{ readonly debit: PreviewAccount, readonly credit: PreviewAccount, readonly amount: bigint }>
}

/** The part of the Journal that a route needs. */
interface Runs<Operation> {
  submit (operation: Operation): Promise<{ readonly answer: unknown, readonly replayed: boolean }>
  preview (operation: Operation): Promise<{ readonly answer: unknown, readonly transactions: readonly PreviewTransaction[] }>
}

/**
 * Runs an operation for a request and writes its answer with that status; an answer that has a `version` carries it as its `ETag`,
 * one that was stored before carries `Idempotent-Replayed: true`.
 * With `?dry_run=true` nothing changes: status 200, and beside the answer `dry_run` and `would_post`.
 */
export async function answerFromJournal<Operation> (
  journal: Runs<Operation>, request: Request, reply: Reply, operation: Operation, status: number
): Promise<Reply> {
  if (isDryRun(request)) {
    const { answer, transactions } = await journal.preview(operation)
    return reply.code(200).send({ ...answer as object, dry_run: true, would_post: transactions.map(showPreview) })
  }
  const { answer, replayed } = await journal.submit(operation)
  if (replayed) reply.header('idempotent-replayed', 'true')
  const version = (answer as { version?: unknown }).version
  if (typeof version === 'number') reply.header('etag', etagOf(version))
  return reply.code(status).send(answer)
}

function showPreview (transaction: PreviewTransaction): object {
  return {
    kind: transaction.kind,
    subject: transaction.subject,
    occurred_at: transaction.occurredAt.toISOString(),
    transfers: transaction.transfers.map(({ debit, credit, amount }) => ({
      debit: { class: debit.class, owner: debit.owner },
      credit: { class: credit.class, owner: credit.owner },
      amount: formatAmount(amount, unitOf(debit.unit)),
      currency: debit.unit
    }))
  }
}
