import type { Kysely } from 'kysely'
import type { Database } from '../db/schema.ts'
import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { unitOf } from '../kernel/units.ts'
import type { AccountClass } from '../ledger/account-classes.ts'
import { reach, type Point } from '../ledger/as-of.ts'
import { listAccounts } from '../ledger/balances.ts'
import { listTransactions, type TransactionView } from '../ledger/transactions.ts'
import { REPORT_PAGE_MAX } from './page.ts'

/** Where accountants keep the accounts of a class, which is also what they call them. */
const PLACES = {
  provider_clearing: 'assets',
  settlement_in_transit: 'assets',
  own_transfer_in_transit: 'assets',
  bank_safeguarding: 'assets',
  bank_operating: 'assets',
  unidentified_debits: 'assets',
  party_receivable: 'assets',
  escrow: 'liabilities',
  seller_available: 'liabilities',
  seller_reserve: 'liabilities',
  partner_available: 'liabilities',
  refund_payable: 'liabilities',
  payout_in_transit: 'liabilities',
  suspense: 'liabilities',
  tax_payable: 'liabilities',
  commission_income: 'revenues',
  fx_gain_loss: 'revenues',
  platform_capital: 'equity',
  fx_position: 'equity',
  provider_fee_expense: 'expenses',
  chargeback_loss: 'expenses',
  bad_debt_expense: 'expenses',
  recon_difference: 'expenses',
  coin_liability: 'liabilities',
  coin_campaign_budget: 'liabilities',
  coin_breakage_income: 'revenues',
  coin_expense: 'expenses',
  // Counted in coins, which are nobody's money: what was issued is where the others came from.
  coin_issuance: 'equity',
  coins_pending: 'liabilities',
  coins_available: 'liabilities',
  coins_held: 'liabilities',
  coins_owed: 'assets',
  coins_redeemed: 'equity',
  coins_expired: 'equity'
} as const satisfies Record<AccountClass, keyof typeof TYPES>

const TYPES = { assets: 'A', liabilities: 'L', revenues: 'R', equity: 'E', expenses: 'X' } as const

/** The journal of a tenant in hledger's format. Everything up to `seq` is in it and nothing later. */
export interface HledgerExport {
  readonly seq: bigint
  /** The text, piece by piece. Read once; `onTransactions` is told how many each piece brought. */
  readonly pieces: (onTransactions?: (count: number) => void) => AsyncGenerator<string>
}

/**
 * The whole journal of a tenant, up to a moment, so that anybody can add the books again with a program that is not ours. Debits are above
 * zero and credits below. A transaction's date is its accounting day and its second date the day it was recorded, which is its order
 * here; its code is its `seq`. Every account and commodity is declared, with its type. No more than a page is in memory.
 * Source: the hledger manual, "Journal format", version 1.25. Refuses `invalid_request` for a `seq` that the books have not reached.
 */
export async function readHledger (db: Kysely<Database>, tenant: { readonly id: number, readonly name: string }, point: Point): Promise<HledgerExport> {
  const { seq, asOf, generatedAt } = await reach(db, tenant.id, point)
  return {
    seq,
    async * pieces (onTransactions = () => {}) {
      yield `; The journal of ${tenant.name} in Holdfast up to seq ${seq}, as of ${asOf.toISOString()}, written ${generatedAt.toISOString()}\ndecimal-mark .\n\n`
      yield * declarations(db, tenant.id)
      let after = 0n
      while (after < seq) {
        const page = await listTransactions(db, tenant.id, { after, upTo: seq }, REPORT_PAGE_MAX)
        const last = page.at(-1)
        if (last === undefined) throw new Error(`the transactions of tenant ${tenant.id} are not numbered without gaps; run "holdfast verify"`)
        yield page.map(showTransaction).join('')
        onTransactions(page.length)
        after = last.seq
      }
      yield `\n; complete: ${seq} transactions\n`
    }
  }
}

/** Accounts come into being with their first posting and never go, so those that exist by now are all that may be needed. */
async function * declarations (db: Kysely<Database>, tenantId: number): AsyncGenerator<string> {
  const units = new Set<string>()
  const declared = { class: '', name: '' }
  for (let startingAfter: string | null = null; ;) {
    const page = await listAccounts(db, tenantId, {}, { limit: REPORT_PAGE_MAX, startingAfter })
    const lines: string[] = []
    for (const account of page) {
      units.add(account.unit)
      const name = accountName(account)
      if (account.class !== declared.class) lines.push(`account ${accountName({ class: account.class, owner: '' })}  ; type:${TYPES[placeOf(account.class)]}`)
      // One account of ours for each unit is one account with several commodities there.
      if (name !== declared.name && account.owner !== '') lines.push(`account ${name}`)
      declared.class = account.class
      declared.name = name
    }
    if (lines.length > 0) yield `${lines.join('\n')}\n`
    startingAfter = page.at(-1)?.id ?? null
    if (page.length < REPORT_PAGE_MAX) break
  }
  yield [...units].sort().map((code) => `commodity ${commodityForm(code)} ${code}\n`).join('')
}

/** How amounts of a unit are written: `1000.00`, and `1000.` without decimals. */
function commodityForm (code: string): string {
  const unit = unitOf(code)
  return unit.exponent === 0 ? '1000.' : formatAmount(1000n * 10n ** BigInt(unit.exponent), unit)
}

function showTransaction (transaction: TransactionView): string {
  const { seq, kind, subject, description, reverses } = transaction
  const words = plain(description === '' ? subject : description)
  const tags = [
    `id:${externalId('txn', transaction.id)}`,
    `seq:${seq}`,
    ...subject === '' ? [] : [`subject:${plain(subject)}`],
    `occurred_at:${transaction.occurred_at.toISOString()}`,
    `recorded_at:${transaction.recorded_at.toISOString()}`,
    ...reverses === null ? [] : [`reverses:${externalId('txn', reverses)}`]
  ]
  const postings = transaction.transfers.flatMap(({ debit, credit, amount, unit }) => {
    const text = formatAmount(amount, unitOf(unit))
    return [`    ${accountName(debit)}  ${text} ${unit}\n`, `    ${accountName(credit)}  -${text} ${unit}\n`]
  })
  const dates = `${transaction.booked_on}=${transaction.recorded_at.toISOString().slice(0, 10)}`
  return `\n${dates} (${seq}) ${kind}${words === '' ? '' : ` | ${words}`}\n    ; ${tags.join(', ')}\n${postings.join('')}`
}

function accountName ({ class: accountClass, owner }: { readonly class: string, readonly owner: string }): string {
  const name = `${placeOf(accountClass)}:${accountClass.replaceAll('_', '-')}`
  return owner === '' ? name : `${name}:${plain(owner).replaceAll(/[ :]/g, '_')}`
}

function placeOf (accountClass: string): keyof typeof TYPES {
  const place = (PLACES as Partial<Record<string, keyof typeof TYPES>>)[accountClass]
  if (place === undefined) throw new Error(`there is no account class ${accountClass}`)
  return place
}

/** A text in one line, without what begins a comment, a note or a tag there. */
function plain (text: string): string {
  return text.replaceAll(/[\s\p{C}]+/gu, ' ').replaceAll(/[;,]/g, '·').replaceAll('|', '/').trim()
}
