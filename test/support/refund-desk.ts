import { REPORTS, type Report } from '../../src/escrow/refunds/attempt-report.ts'
import type { AttemptName, FailureReason } from '../../src/escrow/refunds/refund.ts'
import { REFUNDS } from '../../src/escrow/refunds/refund-rows.ts'
import { reportRefund } from '../../src/escrow/refunds/report-refund.ts'
import type { RefundAnswer } from '../../src/escrow/refunds/show-refund.ts'
import type { TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { showTrade } from '../../src/escrow/trade/show-trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { externalId, internalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import type { AccountClass } from '../../src/ledger/account-classes.ts'
import { chargeBack } from './chargeback-desk.ts'
import { origin } from './memory-books.ts'
import { TradeDesk } from './trade-desk.ts'

/** An attempt in one word: `R…` goes through the provider `sandbox`, `X…` through another one, `B…` through the bank account `main`. */
export type AttemptWord = `${'R' | 'X' | 'B'}${number}`

export function attemptOf (word: AttemptWord): AttemptName {
  if (word.startsWith('B')) return { channel: 'bank', account: 'main', reference: word }
  return { channel: 'provider', account: word.startsWith('X') ? 'express' : 'sandbox', reference: word }
}

interface ReportFacts {
  /** Without it: the last refund that came into being. */
  readonly id?: string
  readonly reason?: FailureReason
  readonly occurredAt?: Date
}

/** Tells what became of an attempt to pay a refund of the desk out. */
export function tellRefund (desk: TradeDesk, report: Report, word: AttemptWord, facts: ReportFacts = {}): RefundAnswer {
  const { id = externalId('rfd', desk.books.rows(REFUNDS).at(-1)?.id ?? ''), reason = report === 'failure' ? 'other' : null, occurredAt = null } = facts
  return desk.books.submit(reportRefund(origin(), internalId('rfd', id), { ...attemptOf(word), report, reason, occurredAt }))
}

/** A refund of 10.00 of a trade, on books in memory, and what is told of it. */
export class RefundDesk extends TradeDesk {
  readonly trade: TradeJson
  readonly id: string

  constructor () {
    super()
    this.trade = this.cancel(this.pay(this.open()))
    this.id = externalId('rfd', this.books.rows(REFUNDS).at(-1)?.id ?? '')
  }

  tell (report: Report, word: AttemptWord, more: ReportFacts = {}): RefundAnswer {
    return tellRefund(this, report, word, { id: this.id, ...more })
  }

  /** Tells what a text says, such as `success R1, bounce R1`, or `chargeback C1` of the payment. */
  tellAll (text: string): void {
    for (const told of text.split(', ').filter((each) => each !== '')) {
      const [report, word] = told.split(' ')
      if (report === 'chargeback') {
        chargeBack(this, { providerRef: word ?? '', amount: '10.00' })
        continue
      }
      this.tell(REPORTS.find((each) => each === report) ?? 'sending', word as AttemptWord)
    }
  }

  /** What an account holds, as a decimal string. */
  holds (accountClass: AccountClass, owner: string): string {
    return formatAmount(this.books.balance({ class: accountClass, owner, unit: 'CNY' }), unitOf('CNY'))
  }

  /** What of the trade is refunded and has not left. */
  pending (): string {
    const trade = this.books.rows(TRADES).find(({ id }) => externalId('trd', id) === this.trade.id)
    return trade === undefined ? 'no trade' : showTrade(trade).refund_pending
  }

  /** The types of the last events. */
  lastEvents (count: number): string[] {
    return this.books.events.slice(-count).map(({ type }) => type)
  }
}
