import type { PostedTransaction } from '../../journal/batch-state.ts'
import { formatAmount } from '../../kernel/money.ts'
import { unitOf } from '../../kernel/units.ts'
import type { AccountName } from '../../ledger/accounts.ts'
import type { LineJson } from '../trade/show-trade.ts'
import { gainsOf } from './party-gains.ts'
import type { Life, LivedStep } from './quoted-life.ts'

/** What a party would get, in one currency, as a decimal string. */
interface PartyAmount {
  readonly party: string
  readonly currency: string
  readonly amount: string
}

interface AccountJson {
  readonly class: string
  readonly owner: string
}

interface QuotedTransaction {
  readonly kind: string
  readonly subject: string
  readonly description: string
  readonly transfers: ReadonlyArray<{ readonly debit: AccountJson, readonly credit: AccountJson, readonly amount: string, readonly unit: string }>
}

/** A quote as callers see it: amounts as decimal strings of the currency beside them, times in UTC. */
export interface QuoteJson {
  readonly currency: string
  readonly total: string
  readonly coins_value: string
  readonly amount_due: string
  readonly commission: string
  readonly splits: readonly PartyAmount[]
  readonly sellers: readonly PartyAmount[]
  /** Null where the trade would join none. */
  readonly group: { readonly id: string, readonly others: number, readonly fill_by: string } | null
  readonly lines: ReadonlyArray<{
    readonly ref: string
    readonly seller: string
    readonly earliest_release: { readonly by_buyer: string, readonly by_silence: string | null }
  }>
  readonly steps: ReadonlyArray<{ readonly action: LivedStep['action'], readonly at: string, readonly transactions: readonly QuotedTransaction[] }>
}

/** The outside form of a quote, all of it read from the life that was rehearsed. */
export function showQuote ({ steps, opened, shipped, others }: Life, shippedAt: Date): QuoteJson {
  const transactions = steps.flatMap((step) => step.transactions)
  const commission = gainsOf(transactions, (account) => account.class === 'commission_income').find(({ unit }) => unit === opened.currency)
  return {
    currency: opened.currency,
    total: opened.total,
    coins_value: opened.coins_value,
    amount_due: opened.amount_due,
    commission: formatAmount(commission?.amount ?? 0n, unitOf(opened.currency)),
    splits: amountsOf(transactions, opened.lines.flatMap((line) => line.splits.map(({ partner }) => partner))),
    sellers: amountsOf(transactions, opened.lines.map(({ seller }) => seller)),
    group: opened.group === null || opened.deadlines.fill_by === undefined ? null : { id: opened.group, others, fill_by: opened.deadlines.fill_by },
    lines: shipped.lines.map((line) => showRelease(line, shippedAt)),
    steps: steps.map(({ action, at, transactions: posted }) => ({ action, at: at.toISOString(), transactions: posted.map(showTransaction) }))
  }
}

function amountsOf (transactions: readonly PostedTransaction[], parties: readonly string[]): PartyAmount[] {
  return [...new Set(parties)].flatMap((party) => gainsOf(transactions, ({ owner }) => owner === party)
    .map(({ unit, amount }) => ({ party, currency: unit, amount: formatAmount(amount, unitOf(unit)) })))
}

/** With its attestations a line is released at the moment of shipment when the buyer confirms it, as was rehearsed; silence confirms when the shipped line says. */
function showRelease (line: LineJson, shippedAt: Date): QuoteJson['lines'][number] {
  return { ref: line.ref, seller: line.seller, earliest_release: { by_buyer: shippedAt.toISOString(), by_silence: line.confirm_by } }
}

function showTransaction ({ kind, subject, description, transfers }: PostedTransaction): QuotedTransaction {
  return {
    kind,
    subject,
    description,
    transfers: transfers.map(({ debit, credit, amount, unit }) => ({
      debit: showAccount(debit.account), credit: showAccount(credit.account), amount: formatAmount(amount, unitOf(unit)), unit
    }))
  }
}

function showAccount (account: AccountName): AccountJson {
  return { class: account.class, owner: account.owner }
}
