import { receiveAnswer, type ReceivedAnswer } from '../../src/customs/declarations/answers/receive.ts'
import { newestOf, type Declaration } from '../../src/customs/declarations/declaration.ts'
import { DECLARATIONS } from '../../src/customs/declarations/declaration-rows.ts'
import { declarePayment, splitDeclaration, type DeclarationGoal } from '../../src/customs/declarations/declare.ts'
import { lowerDeclared } from '../../src/customs/declarations/due-lowerings.ts'
import type { Addressee } from '../../src/customs/declarations/open-declaration.ts'
import { pushDeclaration, type WantedPush } from '../../src/customs/declarations/push.ts'
import type { DeclarationJson } from '../../src/customs/declarations/show-declaration.ts'
import { recordSent } from '../../src/customs/declarations/transports/record-sent.ts'
import { TRADE_CUSTOMS } from '../../src/customs/trades/trade-customs.ts'
import { createTrade } from '../../src/escrow/steps/create-trade.ts'
import type { TradeAnswer, TradeJson } from '../../src/escrow/trade/show-trade.ts'
import { parseTerms } from '../../src/escrow/trade/terms.ts'
import type { Trade } from '../../src/escrow/trade/trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import type { Operation } from '../../src/journal/operation.ts'
import { externalId, internalId } from '../../src/kernel/ids.ts'
import { origin } from './memory-books.ts'
import { KEY, target, TradeDesk } from './trade-desk.ts'

/** Somebody whose identity trades name; made up, like every code here. */
export const SOMEBODY = '0191d6a0-0000-7000-8000-00000000000d'

export const ADDRESSEE: Addressee = {
  jurisdiction: 'CN', customs: 'GUANGZHOU_ZS', merchantCode: '4401961234', merchantName: 'Example Store', platformCode: '4401961234', platformName: 'Example Store'
}

/** What a test says of a part that it declares. */
export interface Part {
  readonly requestId?: string
  readonly amount?: string | null
  readonly subOrder?: string | null
}

interface Wish {
  readonly payment?: string
  readonly addressee?: Partial<Addressee>
}

/** A marketplace whose payments are declared to customs, on books in memory. */
export class DeclarationDesk extends TradeDesk {
  #requests = 0

  /** A trade of so many units at 10.00, paid in full, whose customs parties are named. */
  paid (units = 10, currency = 'CNY'): TradeJson {
    const trade = this.pay(this.open([{ quantity: units }], currency))
    this.name(trade)
    return trade
  }

  /** Names the customs parties of a trade, as somebody had done it before. */
  name (trade: TradeJson): void {
    const parties = { tradeId: this.trade(trade).id, payerId: SOMEBODY, ordererId: SOMEBODY, consigneeId: SOMEBODY, declaredAt: null, holdId: null, clearedBy: null, version: 1 }
    this.books.submit({
      ...origin(),
      name: 'test.name_parties',
      lane: 'request',
      weight: 1,
      needs: [{ kind: TRADE_CUSTOMS, ids: () => [parties.tradeId] }],
      decide (books) {
        books.save(TRADE_CUSTOMS, parties)
        return {}
      }
    })
  }

  declare (trade: TradeJson, part: Part = {}, wish: Wish = {}): DeclarationJson {
    return this.books.submit(this.declaring(trade, part, wish))
  }

  declaring (trade: TradeJson, part: Part = {}, { payment, addressee = {} }: Wish = {}): Operation<DeclarationJson> {
    return declarePayment(origin(), this.goal(trade, payment), { addressee: { ...ADDRESSEE, ...addressee }, parts: [this.#part(part, '')], keyId: KEY })
  }

  split (trade: TradeJson, parts: readonly Part[], wish: Wish = {}): readonly DeclarationJson[] {
    return this.books.submit(this.splitting(trade, parts, wish)).data
  }

  splitting (trade: TradeJson, parts: readonly Part[], { payment, addressee = {} }: Wish = {}): Operation<{ readonly data: readonly DeclarationJson[] }> {
    const wanted = parts.map((part, index) => this.#part({ subOrder: `SUB-${++this.#requests}`, ...part }, `/parts/${index}`))
    return splitDeclaration(origin(), this.goal(trade, payment), { addressee: { ...ADDRESSEE, ...addressee }, parts: wanted, keyId: KEY })
  }

  push ({ id }: Pick<DeclarationJson, 'id'>, wanted: WantedPush = {}): DeclarationJson {
    const { tradeId, jurisdiction, platformCode } = this.declaration(id)
    return this.books.submit(pushDeclaration(origin(), { declarationId: internalId('dcl', id), tradeId, jurisdiction, platformCode }, wanted))
  }

  /** Notes that a message was handed over; the newest unless told otherwise. */
  handOver ({ id }: Pick<DeclarationJson, 'id'>, number = this.declaration(id).messages.length): void {
    this.books.submit(recordSent({ tenantId: 1, declarationId: this.declaration(id).id, number }))
  }

  /** Has customs answer the newest message now, or another one, or at another time. */
  answer ({ id }: Pick<DeclarationJson, 'id'>, code: string, { at = this.books.now, number, payTransactionId }: { readonly at?: Date, readonly number?: number, readonly payTransactionId?: string } = {}): ReceivedAnswer {
    const declaration = this.declaration(id)
    const message = declaration.messages.find((each) => each.number === number) ?? newestOf(declaration)
    return this.books.submit(receiveAnswer(origin(), declaration.id, { guid: message.guid.toUpperCase(), payTransactionId: payTransactionId ?? declaration.payTransactionId, code, at }))
  }

  /** Does what is due after money of a declared payment went back. */
  lower (trade: TradeJson): void {
    const { id, version } = this.trade(trade)
    this.books.submit(lowerDeclared({ tenantId: 1, tradeId: id, version }))
  }

  declaration (id: string): Declaration {
    const found = this.books.rows<Declaration>(DECLARATIONS).find((each) => externalId('dcl', each.id) === id)
    if (found === undefined) throw new Error('no such declaration')
    return found
  }

  trade (trade: TradeJson): Trade {
    const found = this.books.rows(TRADES).find(({ id }) => externalId('trd', id) === trade.id)
    if (found === undefined) throw new Error('no such trade')
    return found
  }

  /** What is declared of a trade now, minor units, in the order of its declarations. */
  declared (trade: TradeJson): bigint[] {
    return this.trade(trade).declared.map(({ amount }) => amount)
  }

  /** The outside ids of the payments of a trade, in the order in which they came. */
  payments (trade: TradeJson): string[] {
    return this.trade(trade).allocations.map(({ paymentId }) => externalId('pay', paymentId))
  }

  /** The outside id of the only declaration there is. */
  only (): string {
    return this.outside(this.books.rows<Declaration>(DECLARATIONS)[0]?.id ?? '')
  }

  outside (id: string): string {
    return externalId('dcl', id)
  }

  /** The opening of a trade with that reference. */
  opening (externalRef: string): Operation<TradeAnswer> {
    return createTrade(origin(), parseTerms(this.propose([{}], 'CNY', externalRef)))
  }

  goal (trade: TradeJson, payment: string | undefined): DeclarationGoal {
    return { ...target(trade), tradeRef: trade.external_ref, payment: payment ?? null }
  }

  #part ({ requestId = `REQ-${++this.#requests}`, amount = null, subOrder = null }: Part, pointer: string) {
    return { requestId, amount, subOrder, pointer }
  }
}
