import { externalId } from '../../kernel/ids.ts'
import { formatAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import type { EventType } from '../../events/catalogue.ts'
import type { Books, Claim, Operation, Origin, Rows } from '../../journal/operation.ts'
import { Draft } from '../../journal/draft.ts'
import { saveTrade, transactionIds } from '../trade/trade-operation.ts'
import { TRADES } from '../trade/trade-rows.ts'
import { afterReport, type AttemptReport, type Told } from './attempt-report.ts'
import { draftMoves, reportAccounts } from './outflow.ts'
import { findAttempt, isOwed, type AttemptName, type Refund } from './refund.ts'
import { REFUNDS } from './refund-rows.ts'
import { showRefund, type RefundAnswer } from './show-refund.ts'

/** Attempts of one refund that have not moved money are at most this many. */
const ATTEMPTS_MAX = 100

/** A report as it comes in; `occurredAt` null means the decision's time. */
export type NewReport = Omit<AttemptReport, 'occurredAt'> & { readonly occurredAt: Date | null }

/**
 * Takes down what is told of an attempt to pay a refund out (by its inside id, null when the text was none), and posts what that moved. That money left
 * or came back is a fact: it is never refused for the refund's status, nor for any balance. The same report told again changes nothing.
 * Refuses `not_found`, and `refund_reference_taken` for an attempt of another refund. A sending, which the caller could leave undone, is also refused as
 * `refund_settled` or `refund_under_way`; a sending or failure as `too_many_attempts`.
 */
export function reportRefund (origin: Origin, refundId: string | null, told: NewReport): Operation<RefundAnswer> {
  const claim = attemptClaim(told)
  return {
    ...origin,
    name: `refund.${told.report}`,
    lane: 'request',
    weight: 6,
    claims: [claim],
    needs: [
      { kind: REFUNDS, ids: () => refundId === null ? [] : [refundId] },
      { kind: TRADES, ids: (rows) => tradesOf(findRefund(rows, refundId), told) }
    ],
    accounts (rows) {
      const refund = findRefund(rows, refundId)
      return refund === null ? [] : reportAccounts(refund, told.report, told)
    },
    decide (books) {
      const refund = findRefund(books, refundId)
      if (refund === null) throw new Refusal('not_found')
      if (findAttempt(refund, told) === null) {
        if (books.holder(claim) !== null) throw new Refusal('refund_reference_taken')
        requireRoom(refund, told)
        books.take(claim, refund.id)
      }
      const news = afterReport(refund, { ...told, occurredAt: told.occurredAt ?? books.now }, books.now)
      if (news === null) return { ...showRefund(refund), transactions: [] }
      books.save(REFUNDS, news.refund)
      const transaction = postMoves(books, news)
      keepPending(books, refund, news.refund)
      appendRefundEvent(books, news)
      return { ...showRefund(news.refund), transactions: transactionIds([transaction]) }
    }
  }
}

/** The claim that makes a reference of a provider or bank one attempt for ever. */
export function attemptClaim ({ channel, account, reference }: AttemptName): Claim {
  return { kind: 'refund_attempt', key: `${channel}:${account}:${reference}` }
}

function findRefund (rows: Rows, refundId: string | null): Refund | null {
  return refundId === null ? null : rows.find(REFUNDS, refundId)
}

/** The trade whose refund it is, where money moves. */
function tradesOf (refund: Refund | null, { report }: NewReport): string[] {
  return refund?.tradeId == null || report === 'sending' || report === 'failure' ? [] : [refund.tradeId]
}

/** What has not happened yet, or moved nothing, can be refused: a refund that is sent where it is sent already would be paid twice. */
function requireRoom (refund: Refund, { report, channel }: NewReport): void {
  const refuse = (code: 'refund_settled' | 'refund_under_way' | 'too_many_attempts', detail?: string): Refusal =>
    new Refusal(code, detail, { current_state: refund.status })
  if (report === 'sending' && !isOwed(refund)) throw refuse('refund_settled')
  const underWay = refund.attempts.find((attempt) => attempt.channel === channel && attempt.outcome === 'sent')
  if (report === 'sending' && underWay !== undefined) {
    throw refuse('refund_under_way', `The attempt "${underWay.reference}" through ${underWay.account} is under way: report what became of it before you send it again.`)
  }
  if ((report === 'sending' || report === 'failure') && refund.attempts.length >= ATTEMPTS_MAX) {
    throw refuse('too_many_attempts', `A refund has at most ${ATTEMPTS_MAX} attempts that moved nothing.`)
  }
}

function postMoves (books: Books, news: Told): string | null {
  const draft = new Draft(books)
  draftMoves(draft, news)
  if (draft.postings.length === 0) return null
  return books.post({
    kind: news.returned === null ? 'refund.success' : 'refund.bounce',
    subject: externalId('rfd', news.refund.id),
    occurredAt: news.attempt.occurredAt,
    postings: draft.postings
  })
}

/** What a trade has refunded is pending while its refund is payable. */
function keepPending (books: Books, before: Refund, after: Refund): void {
  const pending = (refund: Refund): bigint => isOwed(refund) ? refund.amount : 0n
  const change = pending(after) - pending(before)
  if (change === 0n || after.tradeId === null) return
  const trade = books.find(TRADES, after.tradeId)
  if (trade === null) throw new Error(`the trade of refund ${after.id} is missing`)
  saveTrade(books, trade, { ...trade, refundPending: trade.refundPending + change })
}

function appendRefundEvent (books: Books, { refund, attempt, left }: Told): void {
  const type: EventType = attempt.outcome === 'succeeded' && left !== 'payable' ? 'refund.paid_twice' : `refund.${attempt.outcome}`
  books.append({
    type,
    subject: externalId('rfd', refund.id),
    data: {
      status: refund.status,
      payment: externalId('pay', refund.paymentId),
      trade: refund.tradeId === null ? null : externalId('trd', refund.tradeId),
      amount: formatAmount(refund.amount, unitOf(refund.unit)),
      currency: refund.unit,
      channel: attempt.channel,
      account: attempt.account,
      reference: attempt.reference,
      ...attempt.reason === null ? {} : { reason: attempt.reason }
    }
  })
}
