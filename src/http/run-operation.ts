import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { Reply, Request } from './app-type.ts'
import { etagOf } from './etag.ts'
import { isDryRun } from './idempotency.ts'

interface Side {
  readonly account: { readonly class: string, readonly owner: string, readonly unit: string }
}

/** A transaction that would be posted. Amounts are minor units of the accounts' unit. */
interface WouldPost {
  readonly kind: string
  readonly subject: string
  readonly occurredAt: Date
  readonly transfers: ReadonlyArray<{ readonly debit: Side, readonly credit: Side, readonly amount: bigint }>
}

/** The part of the Journal that a route needs. Answers are JSON text. */
interface Runs<Operation> {
  submit (operation: Operation): Promise<{ readonly answer: string, readonly replayed: boolean }>
  preview (operation: Operation): Promise<{ readonly answer: string, readonly transactions: readonly WouldPost[] }>
}

/**
 * Runs an operation for a request and writes its answer with that status; an answer that has a `version` carries it as its `ETag`,
 * one that was stored before is written again byte for byte, with `Idempotent-Replayed: true`.
 * With `?dry_run=true` nothing changes: status 200, and beside the answer `dry_run` and `would_post`.
 */
export async function answerFromJournal<Operation> (
  journal: Runs<Operation>, request: Request, reply: Reply, operation: Operation, status: number
): Promise<Reply> {
  if (isDryRun(request)) {
    const { answer, transactions } = await journal.preview(operation)
    return reply.code(200).send({ ...JSON.parse(answer) as object, dry_run: true, would_post: transactions.map(show) })
  }
  const { answer, replayed } = await journal.submit(operation)
  if (replayed) reply.header('idempotent-replayed', 'true')
  const { version } = JSON.parse(answer) as { version?: unknown }
  if (typeof version === 'number') reply.header('etag', etagOf(version))
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(answer)
}

function show (transaction: WouldPost): object {
  return {
    kind: transaction.kind,
    subject: transaction.subject,
    occurred_at: transaction.occurredAt.toISOString(),
    transfers: transaction.transfers.map(({ debit, credit, amount }) => ({
      debit: { class: debit.account.class, owner: debit.account.owner },
      credit: { class: credit.account.class, owner: credit.account.owner },
      amount: formatAmount(amount, unitOf(debit.account.unit)),
      unit: debit.account.unit
    }))
  }
}
