import type { Books, Operation, Origin, Rows } from '../../journal/operation.ts'
import { externalId, internalId } from '../../kernel/ids.ts'
import { parsePositiveAmount } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusals.ts'
import { unitOf } from '../../kernel/units.ts'
import { PAYMENTS, type Payment } from '../../escrow/payments/payment-rows.ts'
import { workOnTrade } from '../../escrow/steps/trade-step.ts'
import { refuseAt } from '../../escrow/trade/named-lines.ts'
import type { Trade } from '../../escrow/trade/trade.ts'
import type { Changed, TradeTarget } from '../../escrow/trade/trade-operation.ts'
import { TRADES } from '../../escrow/trade/trade-rows.ts'
import { TRADE_CUSTOMS } from '../trades/trade-customs.ts'
import type { Declaration } from './declaration.ts'
import { DECLARATIONS, orderClaim, requestClaim } from './declaration-rows.ts'
import { openDeclaration, requireDeclarable, type Addressee, type WantedPart } from './open-declaration.ts'
import { showDeclaration, type DeclarationJson } from './show-declaration.ts'

/** Of which trade a payment is declared, with its reference, which never changes (null where there is no such trade); and which payment, where that is named. */
export interface DeclarationGoal extends TradeTarget {
  readonly tradeRef: string | null
  /** The outside id. */
  readonly payment: string | null
}

/** What is to be declared, and who does: the inside id of the acting key. */
export interface WantedDeclarations {
  readonly addressee: Addressee
  readonly parts: readonly WantedPart[]
  readonly keyId: string
}

interface Made extends Changed {
  readonly declarations: readonly Declaration[]
}

/**
 * Declares a payment of a trade to customs, as one or as one sub-order of it, and answers the declaration; its message is handed over by the next sweep. The same request told again changes
 * nothing; other facts under its request id are `declaration_known`. Refuses what {@link splitDeclaration} refuses.
 */
export function declarePayment (origin: Origin, goal: DeclarationGoal, wanted: WantedDeclarations): Operation<DeclarationJson> {
  return declareParts(origin, goal, wanted, 'customs.declare', (trade, [declaration]) => {
    if (declaration === undefined) throw new Error('nothing was declared')
    return show(trade, declaration)
  })
}

/**
 * Declares sub-orders of a payment, all or none, and answers them. Refuses `not_found`, `version_mismatch`, `illegal_in_state`, `chargeback_open`, `customs_parties_required`;
 * `unknown_payment` for a payment that is none of the trade's, or none where it has several; and what `openDeclaration` refuses.
 */
export function splitDeclaration (origin: Origin, goal: DeclarationGoal, wanted: WantedDeclarations): Operation<{ readonly data: readonly DeclarationJson[] }> {
  return declareParts(origin, goal, wanted, 'customs.split', (trade, declarations) => ({ data: declarations.map((declaration) => show(trade, declaration)) }))
}

function declareParts<Answer> (
  origin: Origin, goal: DeclarationGoal, { addressee, parts, keyId }: WantedDeclarations, name: string, answer: (trade: Trade, declarations: readonly Declaration[]) => Answer
): Operation<Answer> {
  const { tradeId, tradeRef } = goal
  const requests = parts.map(({ requestId }) => requestClaim(requestId))
  const orders = parts.flatMap(({ subOrder }) => subOrder ?? tradeRef ?? []).map((orderNo) => orderClaim(addressee.jurisdiction, addressee.platformCode, orderNo))
  const operation = workOnTrade<Made, Answer>(origin, goal, {
    name,
    weight: 3 + 5 * parts.length,
    needs: [
      { kind: TRADE_CUSTOMS, ids: () => tradeId === null ? [] : [tradeId] },
      { kind: PAYMENTS, ids: (rows) => paymentIds(rows, goal) },
      { kind: DECLARATIONS, ids: (rows) => requests.flatMap((claim) => rows.holder(claim) ?? []) }
    ],
    decide (books, trade) {
      const known = knownDeclarations(books, trade, { goal, addressee, parts })
      if (known !== null) return { trade, transactions: [], declarations: known }
      requireDeclarable(trade)
      const parties = books.find(TRADE_CUSTOMS, trade.id)
      if (parties === null) throw new Refusal('customs_parties_required')
      const payment = requirePayment(books, trade, goal)
      let declared = trade
      const declarations = parts.map((part) => {
        const opened = openDeclaration(books, declared, { addressee, payment, parties, keyId }, part)
        declared = opened.trade
        return opened.declaration
      })
      // From here on its parties stay who they are.
      if (parties.declaredAt === null) books.save(TRADE_CUSTOMS, { ...parties, declaredAt: books.now, version: parties.version + 1 })
      return { trade: declared, transactions: [], declarations }
    },
    answer: ({ trade }, { declarations }) => answer(trade, declarations)
  })
  return { ...operation, claims: [...requests, ...orders] }
}

/** The outside form of a declaration of a trade. */
export function show (trade: Trade, declaration: Declaration): DeclarationJson {
  return showDeclaration(declaration, trade.declared.find(({ id }) => id === declaration.id)?.amount ?? 0n)
}

function paymentIds (rows: Rows, { tradeId, payment }: DeclarationGoal): string[] {
  const allocations = (tradeId === null ? null : rows.find(TRADES, tradeId))?.allocations ?? []
  const named = payment === null ? null : internalId('pay', payment)
  const ids = allocations.map(({ paymentId }) => paymentId)
  return payment === null ? (ids.length === 1 ? ids : []) : ids.filter((id) => id === named)
}

function requirePayment (books: Books, trade: Trade, goal: DeclarationGoal): Payment {
  const [id] = paymentIds(books, goal)
  const payment = id === undefined ? null : books.find(PAYMENTS, id)
  if (payment !== null) return payment
  const detail = goal.payment === null ? `The trade was paid by ${trade.allocations.length} payments: name the one that is declared.` : 'This payment is none of the trade\'s.'
  throw refuseAt('unknown_payment', '/payment', detail)
}

interface Asked {
  readonly goal: DeclarationGoal
  readonly addressee: Addressee
  readonly parts: readonly WantedPart[]
}

/** The declarations that were made for the same request before; null where it is new. Refuses `declaration_known` for any other use of a request id. */
function knownDeclarations (books: Books, trade: Trade, { goal, addressee, parts }: Asked): Declaration[] | null {
  const holders = parts.map(({ requestId }) => books.holder(requestClaim(requestId)))
  if (holders.every((holder) => holder === null)) return null
  return parts.map((part, index) => {
    const holder = holders[index] ?? null
    const known = holder === null ? null : books.find(DECLARATIONS, holder)
    if (known === null || !isSame(known, trade, { goal, addressee, part })) throw refuseAt('declaration_known', `${part.pointer}/request_id`)
    return known
  })
}

/** Whether a declaration was asked for in these words. What was left out was left to us, and is the same. */
function isSame (known: Declaration, trade: Trade, { goal, addressee, part }: { readonly goal: DeclarationGoal, readonly addressee: Addressee, readonly part: WantedPart }): boolean {
  const [first] = known.messages
  if (first === undefined || known.tradeId !== trade.id) return false
  if (goal.payment !== null && goal.payment !== externalId('pay', known.paymentId)) return false
  if (part.amount !== null && parsePositiveAmount(part.amount, unitOf(known.currency), `${part.pointer}/amount`) !== first.amount) return false
  const { customs, merchantCode, ...facts } = addressee
  return first.subOrder === part.subOrder && first.customs === customs && first.merchantCode === merchantCode &&
    known.jurisdiction === facts.jurisdiction && known.merchantName === facts.merchantName && known.platformCode === facts.platformCode && known.platformName === facts.platformName
}
