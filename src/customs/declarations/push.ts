import type { Books, Operation, Origin } from '../../journal/operation.ts'
import { externalId } from '../../kernel/ids.ts'
import { parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import { workOnTrade } from '../../escrow/steps/trade-step.ts'
import { undeclaredOf } from '../../escrow/trade/declared.ts'
import { refuseAt } from '../../escrow/trade/named-lines.ts'
import { requireNotFrozen } from '../../escrow/trade/states.ts'
import type { Trade } from '../../escrow/trade/trade.ts'
import type { Changed } from '../../escrow/trade/trade-operation.ts'
import { MESSAGES_MAX, newestOf, pushAfter, type Declaration } from './declaration.ts'
import { DECLARATIONS, orderClaim } from './declaration-rows.ts'
import { show } from './declare.ts'
import { withMessage, type MessageChange } from './next-message.ts'
import { exceedsPayment } from './open-declaration.ts'
import type { DeclarationJson } from './show-declaration.ts'
import type { Jurisdiction } from './states.ts'
import { appendDeclarationEvent } from './tell-declaration.ts'

/** Which declaration, and what of it never changes; null where there is none of that id. The trade is locked before it. */
export interface DeclarationTarget {
  readonly declarationId: string | null
  readonly tradeId: string | null
  readonly jurisdiction: Jurisdiction
  readonly platformCode: string
}

/** What a declaration is made of, as a push may repeat it. Only the first four may differ from what they were. */
export interface WantedPush {
  readonly customs?: string
  readonly merchant_code?: string
  readonly amount?: string
  readonly sub_order?: string
  readonly request_id?: string
  readonly trade?: string
  readonly payment?: string
  readonly jurisdiction?: Jurisdiction
  readonly merchant_name?: string
  readonly platform_code?: string
  readonly platform_name?: string
}

interface Made extends Changed {
  readonly declaration: Declaration
}

/**
 * Sends a declaration to customs once more, as it is or with another customs, merchant code, amount or sub-order. Refuses `not_found`; with a pointer `immutable_field`, `invalid_amount`,
 * `amount_exceeds_payment` and `duplicate_at_customs`; `too_soon` within five minutes of the message before, `too_many_pushes`, `chargeback_open`.
 */
export function pushDeclaration (origin: Origin, target: DeclarationTarget, wanted: WantedPush): Operation<DeclarationJson> {
  const { declarationId, tradeId } = target
  const claims = wanted.sub_order === undefined ? [] : [orderClaim(target.jurisdiction, target.platformCode, wanted.sub_order)]
  const operation = workOnTrade<Made, DeclarationJson>(origin, { tradeId, expectedVersion: null }, {
    name: 'customs.push',
    weight: 6,
    needs: [{ kind: DECLARATIONS, ids: () => declarationId === null ? [] : [declarationId] }],
    decide (books, trade) {
      const declaration = declarationId === null ? null : books.find(DECLARATIONS, declarationId)
      if (declaration === null) throw new Refusal('not_found')
      requireSame(declaration, wanted)
      requireNotFrozen(trade)
      if (books.now < pushAfter(declaration)) {
        throw new Refusal('too_soon', `The message before was made at ${newestOf(declaration).madeAt.toISOString()}: push it at ${pushAfter(declaration).toISOString()} or later.`, { current_state: declaration.state })
      }
      if (declaration.messages.length >= MESSAGES_MAX) throw new Refusal('too_many_pushes', `A declaration has at most ${MESSAGES_MAX} messages.`, { current_state: declaration.state })
      return push(books, trade, declaration, wanted)
    },
    answer: ({ trade }, { declaration }) => show(trade, declaration)
  })
  return { ...operation, claims }
}

function push (books: Books, trade: Trade, declaration: Declaration, wanted: WantedPush): Made {
  const amount = amountOf(trade, declaration, wanted.amount)
  const { customs, merchant_code: merchantCode, sub_order: subOrder } = wanted
  if (subOrder !== undefined) takeOrder(books, declaration, subOrder)
  const change: MessageChange = {
    amount,
    ...customs === undefined ? {} : { customs },
    ...merchantCode === undefined ? {} : { merchantCode },
    ...subOrder === undefined ? {} : { subOrder, orderNo: subOrder }
  }
  const pushed = withMessage(books, declaration, change, books.now)
  books.save(DECLARATIONS, pushed)
  appendDeclarationEvent(books, 'declaration.pushed', pushed, amount, { customs: newestOf(pushed).customs, order_no: newestOf(pushed).orderNo })
  const isSameAmount = trade.declared.some((part) => part.id === declaration.id && part.amount === amount)
  if (isSameAmount) return { trade, transactions: [], declaration: pushed }
  return { trade: { ...trade, declared: trade.declared.map((part) => part.id === declaration.id ? { ...part, amount } : part) }, transactions: [], declaration: pushed }
}

function amountOf (trade: Trade, declaration: Declaration, wanted: string | undefined): bigint {
  const declared = trade.declared.find(({ id }) => id === declaration.id)?.amount ?? 0n
  const left = undeclaredOf(trade, declaration.paymentId) + declared
  const amount = wanted === undefined ? declared : parsePositiveAmount(wanted, unitOf(declaration.currency), '/amount')
  if (amount > left || amount === 0n) throw exceedsPayment(left, declaration.currency, '/amount')
  return amount
}

/** Another order number is taken; the former one stays taken as well, because customs may know it. */
function takeOrder (books: Books, { id, jurisdiction, platformCode }: Declaration, subOrder: string): void {
  const claim = orderClaim(jurisdiction, platformCode, subOrder)
  const holder = books.holder(claim)
  if (holder !== null && holder !== id) throw refuseAt('duplicate_at_customs', '/sub_order', `Order number "${subOrder}" is declared already.`)
  if (holder === null) books.take(claim, id)
}

function requireSame (declaration: Declaration, wanted: WantedPush): void {
  const kept: WantedPush = {
    request_id: declaration.requestId,
    trade: externalId('trd', declaration.tradeId),
    payment: externalId('pay', declaration.paymentId),
    jurisdiction: declaration.jurisdiction,
    merchant_name: declaration.merchantName,
    platform_code: declaration.platformCode,
    platform_name: declaration.platformName
  }
  for (const [name, value] of Object.entries(kept)) {
    const sent = wanted[name as keyof WantedPush]
    if (sent !== undefined && sent !== value) throw refuseAt('immutable_field', `/${name}`, `${name} is not what the declaration has: a push changes customs, merchant_code, amount and sub_order, and nothing else.`)
  }
}
