import { coinLiability, coinsHeld, walletAccounts } from '../../src/coins/coin-accounts.ts'
import { createProgramme } from '../../src/coins/create-programme.ts'
import { draftGrant, grantAccounts } from '../../src/coins/grant-coins.ts'
import { meetWalletDeadline } from '../../src/coins/meet-wallet-deadline.ts'
import { parseProgramme, type ProgrammeText } from '../../src/coins/parse-programme.ts'
import { PROGRAMMES } from '../../src/coins/programme-rows.ts'
import type { Programme } from '../../src/coins/programme.ts'
import { needWallet, WALLETS } from '../../src/coins/wallet-rows.ts'
import { nextDeadline } from '../../src/coins/wallet-time.ts'
import { createTrade } from '../../src/escrow/steps/create-trade.ts'
import { escrowOf } from '../../src/escrow/trade/accounts.ts'
import { heldCoinsOf } from '../../src/escrow/trade/line-coins.ts'
import type { TradeAnswer } from '../../src/escrow/trade/show-trade.ts'
import { isClosed, tradeState } from '../../src/escrow/trade/states.ts'
import { parseTerms } from '../../src/escrow/trade/terms.ts'
import { heldOf } from '../../src/escrow/trade/trade.ts'
import { TRADES } from '../../src/escrow/trade/trade-rows.ts'
import { Draft } from '../../src/journal/draft.ts'
import { internalId, newId } from '../../src/kernel/ids.ts'
import { DisputeDesk } from './dispute-desk.ts'
import { setTerms } from './exchange-steps.ts'
import { moveFaults } from './move-faults.ts'
import { origin } from './memory-books.ts'
import type { LineTerms } from './trade-desk.ts'

/** A marketplace with a loyalty programme, on books in memory. Its first seller accepts coins. */
export class CoinDesk extends DisputeDesk {
  readonly currency: string

  constructor (terms: Partial<ProgrammeText> = {}) {
    super()
    this.currency = terms.currency ?? 'CNY'
    this.books.submit(createProgramme(origin(), newId(), parseProgramme({ currency: 'CNY', coin: 'TEACOIN', name: 'Tea coins', ...terms })))
    setTerms(this, { acceptsCoins: true })
  }

  get programme (): Programme {
    const [programme] = this.books.rows(PROGRAMMES)
    if (programme === undefined) throw new Error('there is no programme')
    return programme
  }

  /** Gives coins to the buyer, paid for by the platform. */
  grant (coins: number, buyer = this.buyer): void {
    const buyerId = internalId('pty', buyer) ?? ''
    this.books.submit({
      ...origin(),
      name: 'test.grant',
      lane: 'request',
      weight: 5,
      needs: [{ kind: PROGRAMMES, ids: () => [this.currency] }, needWallet(() => ({ buyerId, currency: this.currency }))],
      accounts: (rows) => grantAccounts(buyerId, rows.find(PROGRAMMES, this.currency) ?? this.programme),
      decide: (books) => {
        const draft = new Draft(books)
        draftGrant(draft, this.programme, { buyerId, coins: BigInt(coins), sourceId: 'cmp_test', funder: null })
        return { transaction: books.post({ kind: 'coins.grant', subject: 'cmp_test', postings: draft.postings }) }
      }
    })
  }

  /** Opens a trade that is paid with coins. */
  buy (lines: readonly LineTerms[], coins: 'max' | number = 'max'): TradeAnswer {
    return this.books.submit(createTrade(origin(), parseTerms({ ...this.propose(lines, this.currency), coins })))
  }

  /** What the buyer has, coins. */
  coins (): { pending: bigint, available: bigint, owed: bigint } {
    const { pending, available, owed } = walletAccounts(internalId('pty', this.buyer) ?? '', this.programme)
    return { pending: this.books.balance(pending), available: this.books.balance(available), owed: this.books.balance(owed) }
  }

  /** Lets the sweep come to the buyer's wallet, if time has work with it. */
  sweepWallet (): void {
    for (const wallet of this.books.rows(WALLETS)) {
      const deadline = nextDeadline(wallet)
      if (deadline === null || deadline > this.books.now) continue
      const { buyerId, currency, version } = wallet
      this.books.submit(meetWalletDeadline({ tenantId: 1, buyerId, currency, deadline, version }))
    }
  }

  /** Everything that does not hold of coins and of the money of trades: empty when all is well. */
  faults (): string[] {
    const { books, programme } = this
    const faults: string[] = []
    const expect = (what: string, is: bigint, should: bigint): void => { if (is !== should) faults.push(`${what}: ${is} instead of ${should}`) }
    let outstanding = 0n
    for (const { buyerId, lots } of books.rows(WALLETS)) {
      const { pending, available } = walletAccounts(buyerId, programme)
      expect('pending lots', lots.reduce((sum, lot) => sum + lot.pending, 0n), books.balance(pending))
      expect('available lots', lots.reduce((sum, lot) => sum + lot.available, 0n), books.balance(available))
      outstanding += books.balance(pending) + books.balance(available)
    }
    for (const trade of books.rows(TRADES)) {
      const held = trade.lines.reduce((sum, line) => sum + heldCoinsOf(line.coins), 0n)
      const { taken, returned } = (trade.coins?.lots ?? []).reduce((sum, lot) => ({ taken: sum.taken + lot.coins, returned: sum.returned + lot.returned }), { taken: 0n, returned: 0n })
      expect('held coins', books.balance(coinsHeld(trade.id, programme)), held)
      expect('held cash', books.balance(escrowOf(trade)), heldOf(trade))
      expect('coins value', trade.coinsValue, trade.lines.reduce((sum, line) => sum + line.coins.taken, 0n) * programme.coinValue)
      expect('returned coins', returned, trade.lines.reduce((sum, line) => sum + line.coins.returned, 0n) + (taken - trade.lines.reduce((sum, line) => sum + line.coins.taken, 0n)))
      if (isClosed(tradeState(trade))) expect('coins of a closed trade', held, 0n)
      outstanding += held
    }
    expect('liability', books.balance(coinLiability(programme)), outstanding * programme.coinValue)
    return [...faults, ...moveFaults(books)]
  }
}
