import { createHash } from 'node:crypto'
import { Draft } from '../journal/draft.ts'
import type { Books, Operation } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { coinBreakageIncome, coinLiability, coinSources, walletAccounts } from './coin-accounts.ts'
import { recordMoves } from './coin-moves.ts'
import type { Programme } from './programme.ts'
import { PROGRAMMES } from './programme-rows.ts'
import type { CoinLot } from './wallet.ts'
import { walletId } from './wallet-names.ts'
import { needWallet, saveWallet, WALLETS } from './wallet-rows.ts'
import { nextDeadline, passTime } from './wallet-time.ts'

/** A wallet of which the sweep found that time has work with it; its version then. */
export interface DueWallet {
  readonly tenantId: number
  readonly buyerId: string
  readonly currency: string
  readonly deadline: Date
  readonly version: number
}

/**
 * Does what time calls for in a wallet: earned coins become available, coins come to their end (what they were worth is earned), and the buyer is told of
 * coins that soon will. Decided from the wallet as it then stands; its key is that of the version it was found at, so that it is done once.
 */
export function meetWalletDeadline ({ tenantId, buyerId, currency, deadline, version }: DueWallet): Operation<{ transactions: string[] }> {
  const key = `timer:coins:${externalId('pty', buyerId)}:${currency}:${version}`
  return {
    tenantId,
    key,
    fingerprint: createHash('sha256').update(key).digest(),
    name: 'coins.deadline',
    lane: 'due',
    weight: 8,
    needs: [{ kind: PROGRAMMES, ids: () => [currency] }, needWallet(() => ({ buyerId, currency, parts: ['due'] }))],
    accounts (rows) {
      const programme = rows.find(PROGRAMMES, currency)
      if (programme === null) return []
      const { pending, available } = walletAccounts(buyerId, programme)
      return [pending, available, coinSources(programme).expired, coinLiability(programme), coinBreakageIncome(currency)]
    },
    decide (books) {
      const [programme, wallet] = [books.find(PROGRAMMES, currency), books.find(WALLETS, walletId(buyerId, currency))]
      if (programme === null || wallet === null) return { transactions: [] }
      const { wallet: after, matured, expired, warned } = passTime(wallet, books.now, programme.terms)
      if (after === wallet) {
        // A stored answer would use up the key: a clock that was set back must not cost anybody his coins.
        if (nextDeadline(wallet)?.getTime() === deadline.getTime()) throw new Error(`the coins of ${buyerId} are not due by the books' clock`)
        return { transactions: [] }
      }
      saveWallet(books, after)
      const draft = new Draft(books)
      const { pending, available } = walletAccounts(buyerId, programme)
      for (const { id, pending: coins } of matured) {
        draft.add(pending, available, coins)
        recordMoves(draft, pending, 'pending', [{ id, coins: -coins }])
        recordMoves(draft, available, 'available', [{ id, coins }])
      }
      const breakage = expired.reduce((sum, lot) => sum + lot.available, 0n)
      draft.add(available, coinSources(programme).expired, breakage)
      recordMoves(draft, available, 'available', expired.map((lot) => ({ id: lot.id, coins: -lot.available })))
      draft.add(coinLiability(programme), coinBreakageIncome(currency), breakage * programme.coinValue)
      const transaction = books.post({ kind: 'coins.deadline', subject: externalId('pty', buyerId), postings: draft.postings })
      for (const lot of matured) tell(books, buyerId, programme, { type: 'coins.matured', lot, coins: lot.pending })
      for (const lot of expired) tell(books, buyerId, programme, { type: 'coins.expired', lot, coins: lot.available })
      for (const { lot, days } of warned) tell(books, buyerId, programme, { type: 'coins.expiring', lot, coins: lot.available, facts: { days, expires_at: lot.expiresAt?.toISOString() } })
      return { transactions: transaction === null ? [] : [externalId('txn', transaction)] }
    }
  }
}

interface LotEvent {
  readonly type: 'coins.matured' | 'coins.expired' | 'coins.expiring'
  readonly lot: CoinLot
  readonly coins: bigint
  readonly facts?: Readonly<Record<string, unknown>>
}

function tell (books: Books, buyerId: string, programme: Programme, { type, lot, coins, facts = {} }: LotEvent): void {
  books.append({
    type,
    subject: externalId('pty', buyerId),
    data: { programme: externalId('cpr', programme.id), coin: programme.unit, coins: coins.toString(), lot: externalId('lot', lot.id), source: lot.sourceId, ...facts }
  })
}
