import type { AccountName } from '../../ledger/accounts.ts'
import { reconDifference, refundPayableOf, unidentifiedOf } from '../trade/accounts.ts'
import type { Draft } from '../../journal/draft.ts'
import type { MoneySide, Report, Told } from './attempt-report.ts'
import type { AttemptName, Refund } from './refund.ts'

type Route = Pick<AttemptName, 'channel' | 'account'>

/** Where the money of an attempt leaves from, and comes back to. */
function moneyAt ({ channel, account }: Route, unit: string): AccountName {
  return { class: channel === 'provider' ? 'provider_clearing' : 'bank_safeguarding', owner: account, unit }
}

/** Every account that a report of an attempt through that channel may post to. */
export function reportAccounts (refund: Refund, report: Report, route: Route): AccountName[] {
  const { id, unit, attempts } = refund
  const paid = [refundPayableOf(id, unit), moneyAt(route, unit), unidentifiedOf(route.account, unit)]
  switch (report) {
    case 'sending': case 'failure': return []
    case 'success': return paid
    case 'bounce': return [...paid, ...attempts.filter(({ excess }) => excess).map((attempt) => unidentifiedOf(attempt.account, unit)), reconDifference(unit)]
  }
}

/**
 * Drafts what a report moves: the whole amount out, back, or both. What comes back of an excess and is no longer in `unidentified_debits`, because
 * somebody settled it by hand, is a difference: it came back all the same.
 */
export function draftMoves (draft: Draft, { refund, attempt, left, returned }: Told): void {
  const { unit, amount } = refund
  const money = moneyAt(attempt, unit)
  if (left !== null) draft.add(sideAccount(refund, left), money, amount)
  if (returned === null) return
  const side = sideAccount(refund, returned)
  const missing = returned === 'payable' ? amount : draft.balance(side)
  const made = missing < amount ? missing : amount
  draft.add(money, side, made)
  draft.add(money, reconDifference(unit), amount - made)
}

function sideAccount ({ id, unit }: Refund, side: MoneySide): AccountName {
  return side === 'payable' ? refundPayableOf(id, unit) : unidentifiedOf(side.account, unit)
}
