import { pino } from 'pino'
import { sql } from 'kysely'
import { createProgramme } from '../../src/coins/create-programme.ts'
import { draftGrant, grantAccounts } from '../../src/coins/grant-coins.ts'
import { parseProgramme, type ProgrammeText } from '../../src/coins/parse-programme.ts'
import { PROGRAMMES } from '../../src/coins/programme-rows.ts'
import { needWallet } from '../../src/coins/wallet-rows.ts'
import type { Databases } from '../../src/db/pools.ts'
import { DUE_WORK } from '../../src/due-work.ts'
import { openChargeback } from '../../src/escrow/chargebacks/open-chargeback.ts'
import { readConcerned } from '../../src/escrow/chargebacks/read-chargebacks.ts'
import { tellOutcome } from '../../src/escrow/chargebacks/tell-outcome.ts'
import { payTrade } from '../../src/escrow/payments/record-payment.ts'
import { requestRefund, type WantedRefund } from '../../src/escrow/refund-cases/request-refund.ts'
import { cancelTrade } from '../../src/escrow/steps/cancel.ts'
import { confirmTrade } from '../../src/escrow/steps/confirm.ts'
import { createTrade } from '../../src/escrow/steps/create-trade.ts'
import { repriceTrade } from '../../src/escrow/steps/reprice.ts'
import { shipTrade } from '../../src/escrow/steps/ship.ts'
import type { TradeAnswer } from '../../src/escrow/trade/show-trade.ts'
import type { WantedUnits } from '../../src/escrow/trade/pick-units.ts'
import { parseTerms } from '../../src/escrow/trade/terms.ts'
import { Draft } from '../../src/journal/draft.ts'
import type { Journal } from '../../src/journal/journal.ts'
import type { Operation } from '../../src/journal/operation.ts'
import { externalId, internalId, newId } from '../../src/kernel/ids.ts'
import { changeTerms } from '../../src/parties/change-terms.ts'
import { createParty } from '../../src/parties/create-party.ts'
import { advanceClock } from '../../src/sandbox/clock/advance.ts'
import { tenantNow } from '../../src/tenants/clock.ts'
import { origin } from './memory-books.ts'
import { KEY, pick, target, type LineTerms } from './trade-desk.ts'

/** Whose coins are given, by which campaign, and which seller's budget pays for them; the platform does where none is told. */
interface Grant {
  readonly buyer?: string
  readonly campaign?: string
  readonly funder?: string
}

/** A loyalty programme of a tenant on a real database: two buyers, a shop that accepts coins, and one that also pays for those it lets its buyers earn. */
export class CoinBooks {
  readonly tenantId: number
  readonly campaign = externalId('cmp', newId())
  parties = { buyer: '', other: '', shop: '', funding: '', partner: '' }
  readonly #databases: Databases
  readonly #journal: Journal
  readonly #currency: string
  #count = 0

  private constructor (databases: Databases, journal: Journal, tenantId: number, currency: string) {
    this.#databases = databases
    this.#journal = journal
    this.tenantId = tenantId
    this.#currency = currency
  }

  static async open (databases: Databases, journal: Journal, tenantId: number, terms: Partial<ProgrammeText> = {}): Promise<CoinBooks> {
    const books = new CoinBooks(databases, journal, tenantId, terms.currency ?? 'CNY')
    await books.submit(createProgramme(origin(books.tenantId), newId(), parseProgramme({ currency: 'CNY', coin: 'TEACOIN', name: 'Tea coins', earn_rate: '0.10', ...terms })))
    const party = async (kind: 'buyer' | 'seller' | 'partner', ref: string): Promise<string> => (await books.submit(createParty(origin(books.tenantId), { kind, externalRef: ref, name: ref }))).id
    books.parties = {
      buyer: await party('buyer', 'B1'), other: await party('buyer', 'B2'), shop: await party('seller', 'S1'), funding: await party('seller', 'S2'), partner: await party('partner', 'P1')
    }
    for (const [seller, fundsCoins] of [[books.parties.shop, false], [books.parties.funding, true]] as const) {
      await books.submit(changeTerms(origin(books.tenantId), { partyId: internalId('pty', seller), terms: { acceptsCoins: true, fundsCoins }, person: newId() }))
    }
    return books
  }

  async submit<Answer> (operation: Operation<Answer>): Promise<Answer> {
    return JSON.parse((await this.#journal.submit(operation)).answer) as Answer
  }

  /** Gives coins to a buyer. What a seller pays for them was put into his budget in the same step. */
  async grant (coins: number, { buyer = this.parties.buyer, campaign = this.campaign, funder }: Grant = {}): Promise<void> {
    const buyerId = internalId('pty', buyer) ?? ''
    const budget = { class: 'coin_campaign_budget' as const, owner: campaign, unit: this.#currency }
    const clearing = { class: 'provider_clearing' as const, owner: 'sandbox', unit: this.#currency }
    const programmeOf: Operation<unknown>['accounts'] = (rows) => {
      const programme = rows.find(PROGRAMMES, this.#currency)
      return programme === null ? [] : [...grantAccounts(buyerId, programme), budget, clearing]
    }
    await this.submit({
      ...origin(this.tenantId),
      name: 'test.grant',
      lane: 'request',
      weight: 5,
      needs: [{ kind: PROGRAMMES, ids: () => [this.#currency] }, needWallet(() => ({ buyerId, currency: this.#currency }))],
      accounts: programmeOf,
      decide: (books) => {
        const programme = books.find(PROGRAMMES, this.#currency)
        if (programme === null) throw new Error('there is no programme')
        const draft = new Draft(books)
        if (funder !== undefined) draft.add(clearing, budget, BigInt(coins) * programme.coinValue)
        draftGrant(draft, programme, { buyerId, coins: BigInt(coins), sourceId: campaign, funder: funder === undefined ? null : { id: internalId('pty', funder) ?? '', budget } })
        return { transaction: books.post({ kind: 'coins.grant', subject: campaign, postings: draft.postings }) }
      }
    })
  }

  /** Opens a trade, of the shop unless a line says otherwise, paid with coins where they are asked for. */
  async open (lines: readonly LineTerms[], coins?: 'max' | number, buyer = this.parties.buyer): Promise<TradeAnswer> {
    return await this.submit(createTrade(origin(this.tenantId), parseTerms({
      external_ref: `ORD-${++this.#count}`,
      buyer,
      currency: this.#currency,
      ...coins === undefined ? {} : { coins },
      lines: lines.map((line, index) => ({ ref: String(index + 1), seller: this.parties.shop, quantity: 1, unit_price: '200.00', commission_rate: '0.05', fulfilment: 'express' as const, ...line }))
    })))
  }

  async pay (trade: TradeAnswer, amount = trade.amount_due): Promise<TradeAnswer> {
    return await this.submit(payTrade(origin(this.tenantId), target(trade), { provider: 'sandbox', providerRef: `P-${++this.#count}`, amount, currency: null, occurredAt: null }))
  }

  async ship (trade: TradeAnswer, lines: readonly WantedUnits[] | null = null): Promise<TradeAnswer> {
    return await this.submit(shipTrade(origin(this.tenantId), target(trade), { lines, carrier: null, trackingNumber: null, occurredAt: null }))
  }

  async confirm (trade: TradeAnswer, lines: readonly WantedUnits[] | null = null): Promise<TradeAnswer> {
    return await this.submit(confirmTrade(origin(this.tenantId), target(trade), { lines, occurredAt: null }))
  }

  async cancel (trade: TradeAnswer, lines: readonly WantedUnits[] | null = null): Promise<TradeAnswer> {
    return await this.submit(cancelTrade(origin(this.tenantId), target(trade), { lines, by: 'platform', occurredAt: null }))
  }

  async reprice (trade: TradeAnswer, price: string): Promise<TradeAnswer> {
    return await this.submit(repriceTrade(origin(this.tenantId), target(trade), { lines: [{ ...pick(trade, 0), unit_price: price }], occurredAt: null }))
  }

  /** Refunds a line by its place: an amount of it, units, or all. */
  async refund (trade: TradeAnswer, more: Partial<WantedRefund> = {}, place = 0): Promise<TradeAnswer> {
    return await this.submit(requestRefund(origin(this.tenantId), target(trade), {
      lines: [{ ...pick(trade, place), kind: 'refund_only', ...more }], reason: 'damaged', actor: { by: 'buyer', key: KEY }, sellerAgreed: true, occurredAt: null
    }))
  }

  /** Takes back the last payment, or an amount of it, and tells how that ends. */
  async chargeBack (paymentRef: string, amount: string, outcome: 'won' | 'lost'): Promise<void> {
    const fact = { provider: 'sandbox', providerRef: `C-${++this.#count}`, paymentProviderRef: paymentRef, amount, fee: null, currency: null, occurredAt: null }
    const { id } = await this.submit(openChargeback(origin(this.tenantId), fact, await readConcerned(this.#databases.read, this.tenantId, { provider: 'sandbox', providerRef: paymentRef })))
    await this.submit(tellOutcome(origin(this.tenantId), { id: internalId('chb', id) }, { outcome, fee: null, feeReturned: null, currency: null, occurredAt: null }))
  }

  /** The provider's name for the payment that was told last. */
  lastPayment (): string {
    return `P-${this.#count}`
  }

  /** A trade that is paid, shipped and confirmed in full. */
  async sell (lines: readonly LineTerms[], coins?: 'max' | number, buyer?: string): Promise<TradeAnswer> {
    const trade = await this.pay(await this.open(lines, coins, buyer))
    await this.ship(trade)
    return await this.confirm(trade)
  }

  /** Lets time pass, and does what is due on the way. */
  async wait (ms: number): Promise<void> {
    const { rows: [row] } = await sql<{ now: Date }>`select ${tenantNow} as now from tenant_counters c where tenant_id = ${this.tenantId}`.execute(this.#databases.read)
    if (row === undefined) throw new Error('there is no such tenant')
    const work = { db: this.#databases.read, journal: this.#journal, log: pino({ level: 'silent' }), work: DUE_WORK }
    while ((await advanceClock(work, this.tenantId, new Date(row.now.getTime() + ms))).hasMore);
  }
}
