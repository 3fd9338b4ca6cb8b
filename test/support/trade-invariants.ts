import { isDeepStrictEqual } from 'node:util'
import { nextDeadline } from '../../src/escrow/trade/deadlines.ts'
import { showTrade, type TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { GROUPS } from '../../src/escrow/groups/group-rows.ts'
import { PAYMENTS } from '../../src/escrow/payments/payment-rows.ts'
import { REFUNDS } from '../../src/escrow/refunds/refund-rows.ts'
import type { Trade } from '../../src/escrow/trade/trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { externalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { unitOf } from '../../src/kernel/units.ts'
import { ruleOf } from '../../src/ledger/account-classes.ts'
import { balanceOf } from '../../src/ledger/accounts.ts'
import type { MemoryBooks } from './memory-books.ts'
import { lostBy } from './chargeback-model.ts'
import { isMet } from './condition-model.ts'
import { movesOf } from './refund-model.ts'
import * as model from './trade-model.ts'
import type { TradeWorld, WorldTrade } from './trade-world.ts'

/** Throws unless what `MemoryBooks` holds is, to the last unit, what the model says. */
export class Invariants {
  readonly #books: MemoryBooks
  readonly #world: TradeWorld
  readonly #last = new Map<string, { version: bigint, balance: bigint }>()
  readonly #seen = new Map<string, Trade>()
  #checked = 0
  #changes = -1

  constructor (books: MemoryBooks, world: TradeWorld) {
    this.#books = books
    this.#world = world
  }

  /** After every step that changed something: what it posted, all accounts, and the trades that it changed. */
  check (): void {
    if (this.#books.changes === this.#changes) return
    this.#changes = this.#books.changes
    this.#checkTransfers()
    checkBalances(this.#world, [...this.#books.accounts.values()].map((account) => ({ ...account, balance: balanceOf(account) })))
    const rows = new Map(this.#books.rows(TRADES).map((row) => [row.externalRef, row]))
    for (const trade of this.#world.trades) {
      const row = rows.get(trade.model.ref)
      if (row === undefined) throw new Error(`trade ${trade.model.ref} is missing`)
      if (row !== this.#seen.get(row.id)) this.#checkTrade(trade, row)
      this.#seen.set(row.id, row)
    }
    this.#checkRefunds()
    this.#checkGroups()
  }

  /** In the end: the same, and all trades, also those that no step changed though the model says one did. */
  checkAll (): void {
    this.#seen.clear()
    this.#changes = -1
    this.check()
  }

  #checkTrade (trade: WorldTrade, row: Trade): void {
    const shown = showTrade(row)
    checkTrade(this.#world, trade, shown)
    checkDeadlines(trade, shown)
    const [due, expected] = [nextDeadline(row)?.getTime() ?? null, model.deadlineOf(trade.model)]
    if (due !== expected) throw new Error(`trade ${trade.model.ref} is swept at ${String(due)}, expected ${String(expected)}`)
  }

  /** Debits equal credits by construction; here versions have no gap, balances run on, and none with a floor is below it. */
  #checkTransfers (): void {
    for (const transaction of this.#books.transactions.slice(this.#checked)) {
      for (const { amount, unit, debit, credit } of transaction.transfers) {
        if (amount <= 0n || debit.account.unit !== unit || credit.account.unit !== unit) throw new Error('a transfer of nothing or of two units')
        for (const [side, sign] of [[debit, 'debit'], [credit, 'credit']] as const) {
          const last = this.#last.get(side.account.id) ?? { version: 0n, balance: 0n }
          const rule = ruleOf(side.account.class)
          const balance = last.balance + (rule.side === sign ? amount : -amount)
          if (side.account.version !== last.version + 1n) throw new Error(`a gap in the versions of ${side.account.class}`)
          if (side.balance !== balance || balanceOf(side.account) !== balance) throw new Error(`a wrong running balance of ${side.account.class}`)
          if (balance < 0n && rule.neverNegative) throw new Error(`${side.account.class} fell below zero`)
          this.#last.set(side.account.id, { version: side.account.version, balance })
        }
      }
    }
    this.#checked = this.#books.transactions.length
  }

  /** What each payment gives back is what the model took out of it, the newest first. */
  #checkRefunds (): void {
    const refunds = new Map<string, bigint>()
    const known = new Map(this.#world.refunds.map((refund) => [refund.id, refund.model]))
    for (const refund of this.#books.rows(REFUNDS)) {
      const owner = externalId('rfd', refund.id)
      const kept = known.get(owner)?.kept === true
      const owed = known.get(owner)?.paidBy === null && !kept ? refund.amount : 0n
      if (this.#books.balance({ class: 'refund_payable', owner, unit: refund.unit }) !== owed) throw new Error('a refund is not its account')
      if ((refund.status === 'charged_back') !== kept) throw new Error(`refund ${owner} is ${refund.status}`)
      if (!kept) refunds.set(refund.paymentId, (refunds.get(refund.paymentId) ?? 0n) + refund.amount)
    }
    const payments = new Map(this.#books.rows(PAYMENTS).map((payment) => [payment.providerRef, payment]))
    for (const { model: { key, amount, inSuspense, returned, chargedBack, reason } } of this.#world.payments) {
      const payment = payments.get(key)
      if (payment === undefined) throw new Error(`payment ${key} is missing`)
      if (payment.suspenseReason !== reason) throw new Error(`payment ${key} waits for ${String(payment.suspenseReason)}, expected ${String(reason)}`)
      if (payment.inSuspense !== inSuspense || payment.returned !== returned || payment.chargedBack !== chargedBack || payment.applied !== amount - inSuspense - returned - chargedBack) throw new Error(`payment ${key} is wrong`)
      const back = returned + model.sum(this.#world.trades.map((trade) => trade.model.applied.get(key)?.refunded ?? 0n))
      if ((refunds.get(payment.id) ?? 0n) !== back) throw new Error(`payment ${key} gives back ${refunds.get(payment.id)}, expected ${back}`)
    }
  }

  /** Each group is as the model has it, and its members have its seats, each once. */
  #checkGroups (): void {
    const seats = new Map<string, number[]>()
    for (const { group } of this.#books.rows(TRADES)) {
      if (group !== null && group.seat !== null) seats.set(group.id, [...seats.get(group.id) ?? [], group.seat])
    }
    const groups = new Map(this.#books.rows(GROUPS).map((group) => [externalId('grp', group.id), group]))
    for (const { id, model: { state, seats: taken } } of this.#world.groups) {
      const group = groups.get(id)
      const places = (seats.get(group?.id ?? '') ?? []).sort((a, b) => a - b)
      if (group?.state !== state || group.seats !== taken) throw new Error(`group ${id} is ${String(group?.state)} with ${String(group?.seats)} seats, expected ${state} with ${taken}`)
      if (!isDeepStrictEqual(places, Array.from({ length: taken }, (_, index) => index + 1))) throw new Error(`the members of group ${id} have the seats ${places.join()}`)
    }
  }
}

/** Throws unless these accounts, and no others, hold what the model says. */
export function checkBalances (world: TradeWorld, accounts: ReadonlyArray<{ class: string, owner: string, unit: string, balance: bigint }>): void {
  const expected = expectedBalances(world)
  const actual = new Map<string, bigint>()
  for (const { class: name, owner, unit, balance } of accounts) {
    // Each refund has an account of its own; which there are is checked with the refunds.
    const key = name === 'refund_payable' ? `${name} ${unit}` : `${name} ${owner} ${unit}`
    actual.set(key, (actual.get(key) ?? 0n) + balance)
  }
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [is, should] = [actual.get(key) ?? 0n, expected.get(key) ?? 0n]
    if (is !== should) throw new Error(`${key}: ${is}, expected ${should}`)
  }
}

/** The balance of every account, by class, owner and unit, that the model's trades, payments and debts lead to. */
function expectedBalances (world: TradeWorld): Map<string, bigint> {
  const balances = new Map<string, bigint>()
  const nets = new Map<string, bigint>()
  const add = (map: Map<string, bigint>, key: string, amount: bigint): void => { map.set(key, (map.get(key) ?? 0n) + amount) }
  for (const { model: { currency, amount, inSuspense, returned }, provider, id } of world.payments) {
    add(balances, `provider_clearing ${provider} ${currency}`, amount)
    add(balances, `suspense ${String(id)} ${currency}`, inSuspense)
    add(balances, `refund_payable ${currency}`, returned)
  }
  for (const { model: trade, id } of world.trades) {
    const { currency } = trade
    add(balances, `escrow ${id} ${currency}`, model.heldOf(trade))
    add(balances, `refund_payable ${currency}`, model.refundedOf(trade))
    for (const line of trade.lines) {
      const { released, taken: [commission = 0n, ...splits] } = model.lineMoney(line, trade.feeBase)
      add(balances, `commission_income  ${currency}`, commission)
      add(nets, `${line.seller}\n${currency}`, released - commission - model.sum(splits))
      for (const { quote: { from, to }, net, paid } of world.purses.exchangesOf(line)) {
        add(nets, `${line.seller}\n${from}`, -net)
        add(balances, `fx_position  ${from}`, net)
        add(nets, `${line.seller}\n${to}`, paid)
        add(balances, `fx_position  ${to}`, -paid)
      }
      line.splits.forEach(({ partner }, index) => { add(nets, `${partner}\n${currency}`, splits[index] ?? 0n) })
    }
  }
  for (const refund of world.refunds) for (const [key, amount] of movesOf(refund.model)) add(balances, key, amount)
  for (const chargeback of world.chargebacks) for (const [key, amount] of lostBy(chargeback)) add(balances, key, amount)
  for (const [key, amount] of world.charges) {
    add(nets, key, -amount)
    add(balances, `chargeback_loss  ${key.split('\n')[1]}`, -amount)
  }
  // A party owes only while it has nothing: one number says both.
  for (const [key, net] of nets) {
    const [party = '', currency = ''] = key.split('\n')
    const role = world.sellers.includes(party) ? 'seller' : 'partner'
    const reserve = role === 'seller' ? world.purses.reserveOf(key) : 0n
    if (role === 'seller' && world.purses.worthOf(key) !== net) throw new Error(`the model's purse of ${key} is worth ${world.purses.worthOf(key)}, expected ${net}`)
    balances.set(`${role}_available ${party} ${currency}`, net > 0n ? net - reserve : 0n)
    if (role === 'seller') balances.set(`seller_reserve ${party} ${currency}`, reserve)
    balances.set(`party_receivable ${party} ${currency}`, net < 0n ? -net : 0n)
  }
  return balances
}

/** Throws unless a trade shows what the model says of it. */
export function checkTrade ({ purses }: TradeWorld, { model: trade, lineIds }: WorldTrade, shown: TradeJson): void {
  const unit = unitOf(trade.currency)
  const money = (minor: bigint): string => formatAmount(minor, unit)
  const [paid, released, refunded, chargedBack] = [model.paidOf(trade), model.releasedOf(trade), model.refundedOf(trade), model.chargedBackOf(trade)]
  const state = model.stateOf(trade)
  const expected = {
    state,
    revision: trade.revision,
    total: money(model.totalOf(trade)),
    amount_due: money(model.dueOf(trade)),
    paid: money(paid),
    held: money(paid - released - refunded - chargedBack),
    released: money(released),
    refunded: money(refunded),
    charged_back: money(chargedBack),
    refund_pending: money(refunded - trade.left),
    allowed_actions: model.actionsOf(trade),
    holds: trade.holds,
    refund_cases: casesOf({ model: trade, lineIds }),
    disputes: trade.disputes.length,
    lines: trade.lines.map((line, index) => {
      const count = (word: model.ModelLine['units'][number]): number => model.countOf(line, word)
      const frozen = trade.disputes.flatMap(({ lines }) => lines.filter(({ place }) => place === index).map((each) => each.frozen.goods + each.frozen.shipping))
      return {
        id: lineIds[index],
        shipped: count('shipped') + count('confirmed') + count('frozen') + count('returned'),
        confirmed: count('confirmed'),
        refunded: count('refunded') + count('returned'),
        returned: count('returned'),
        frozen: money(model.sum(frozen)),
        frozen_units: count('frozen'),
        confirm_extended: line.extended,
        met: line.milestones.map((milestone) => isMet(line, milestone)),
        exchanged: purses.exchangesOf(line).map(({ quote, net, paid }) =>
          ({ fx_quote: quote.id, rate: quote.rate, net: money(net), currency: quote.to, paid: formatAmount(paid, unitOf(quote.to)) }))
      }
    })
  }
  const actual = {
    state: shown.state,
    revision: shown.revision,
    total: shown.total,
    amount_due: shown.amount_due,
    paid: shown.paid,
    held: shown.held,
    released: shown.released,
    refunded: shown.refunded,
    charged_back: shown.charged_back,
    refund_pending: shown.refund_pending,
    allowed_actions: shown.allowed_actions,
    refund_cases: shown.refund_cases.map(({ id, line, state }) => `${id} ${line} ${state}`).sort(),
    disputes: shown.disputes.length,
    holds: shown.holds.map(({ id, kind }) => ({ id, kind })),
    lines: shown.lines.map((line) => ({
      id: line.id,
      shipped: line.shipped,
      confirmed: line.confirmed,
      refunded: line.refunded,
      returned: line.returned,
      frozen: line.frozen,
      frozen_units: line.frozen_units,
      confirm_extended: line.confirm_extended,
      met: line.release_conditions.map(({ met }) => met),
      exchanged: line.exchanged
    }))
  }
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`trade ${trade.ref} is\n${JSON.stringify(actual)}, expected\n${JSON.stringify(expected)}`)
  if (['completed', 'closed_unpaid', 'closed_refunded', 'closed_charged_back'].includes(state) && !model.isFrozen(trade) && model.heldOf(trade) !== 0n) throw new Error(`trade ${trade.ref} is closed and holds money`)
}

/** The open cases of a trade, each as its id, its line and its state. */
function casesOf ({ model: trade, lineIds }: Pick<WorldTrade, 'model' | 'lineIds'>): string[] {
  return trade.lines.flatMap(({ refundCase }, place) => refundCase === null ? [] : [`${refundCase.id} ${lineIds[place] ?? ''} ${refundCase.state}`]).sort()
}

/** Throws unless a trade waits for what the model says, by the model's clock. */
function checkDeadlines ({ model: trade }: WorldTrade, { deadlines }: TradeJson): void {
  const isUnpaid = model.stateOf(trade) === 'awaiting_payment'
  const times = {
    pay_by: isUnpaid ? trade.payBy : null,
    fill_by: model.isWaiting(trade) ? trade.group?.of.fillBy ?? null : null,
    ship_by: trade.shipBy,
    confirm_by: model.confirmByOf(trade),
    refund_answer_by: model.caseDue(trade, 'requested'),
    return_by: model.caseDue(trade, 'awaiting_return'),
    return_confirm_by: model.caseDue(trade, 'return_shipped'),
    escalate_by: model.caseDue(trade, 'refused'),
    evidence_by: model.evidenceByOf(trade),
    after_sale_by: trade.afterSaleBy
  }
  const expected = Object.fromEntries(Object.entries(times).flatMap(([name, time]) => time === null ? [] : [[name, new Date(time).toISOString()]]))
  if (!isDeepStrictEqual(deadlines, expected)) throw new Error(`trade ${trade.ref} waits for ${JSON.stringify(deadlines)}, expected ${JSON.stringify(expected)}`)
}
