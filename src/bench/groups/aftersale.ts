import { randomUUID } from 'node:crypto'
import { createKey } from '../../auth/keys.ts'
import { inTransaction } from '../../db/transaction.ts'
import { createTrade } from '../../escrow/steps/create-trade.ts'
import type { TradeAnswer } from '../../escrow/trade/show-trade.ts'
import { parseTerms } from '../../escrow/trade/terms.ts'
import { openTenant } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Comparison, Group, Variant } from '../group.ts'
import { afterSaleSteps, type SoldTrade } from '../play/aftersale-steps.ts'
import { journalSteps, openCast, originOf } from '../play/journal-steps.ts'
import { propose } from '../play/trade-life.ts'
import { TradeStock } from '../play/trade-stock.ts'

const CLIENTS = 64
/** How many operations a run may need before one has shown it, for each second, and how much faster the next may be. */
const RATE_GUESS = 4000
const SPARE = 1.3

/** Refunds and disputes beside payments: each is one operation on one trade. */
export const aftersale: Group = {
  name: 'aftersale',
  about: 'refund cases and disputes, beside payments',
  async open ({ database, journal }) {
    const tenantId = await openTenant(database, 'aftersale')
    const cast = await openCast(journal, tenantId)
    const { pay, ship, confirm } = journalSteps(journal, tenantId)
    const { apiKey } = await inTransaction(database.databases.read, async (trx) =>
      await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'bench', role: 'arbitrator', actor: 'cli' }))
    const { refund, dispute, award } = afterSaleSteps(journal, tenantId, apiKey.id)
    const opened = async (): Promise<SoldTrade> => {
      const { answer } = await journal.submit(createTrade(originOf(tenantId), parseTerms(propose(cast))))
      const { id, lines } = JSON.parse(answer) as TradeAnswer
      return { trade: id, line: lines[0]?.id ?? '' }
    }
    const shipped = async (): Promise<SoldTrade> => {
      const sold = await opened()
      await pay(sold.trade, randomUUID())
      await ship(sold.trade)
      return sold
    }
    const confirmed = async (): Promise<SoldTrade> => {
      const sold = await shipped()
      await confirm(sold.trade)
      return sold
    }
    const disputed = async (): Promise<SoldTrade & { dispute: string }> => {
      const sold = await shipped()
      return { ...sold, dispute: await dispute(sold) }
    }
    return {
      variants: [
        variant('payment', 'payments', opened, async ({ trade }) => { await pay(trade, randomUUID()) }),
        variant('refund_held', 'refunds of what is held, agreed by the seller', shipped, refund),
        variant('refund_released', 'refunds of what was released, with what partner and commission give back', confirmed, refund),
        variant('dispute', 'disputes opened', shipped, async (sold) => { await dispute(sold) }),
        variant('award', 'awards that divide what is in dispute', disputed, award)
      ],
      comparisons: [
        beside('refund_held', 'refunds of what is held', 1 / 2),
        beside('refund_released', 'refunds of what was released, which post six transfers', null),
        beside('dispute', 'disputes', 1 / 2),
        beside('award', 'awards, which refund and release', null)
      ],
      close: async () => {}
    }
  }
}

function beside (name: string, about: string, least: number | null): Comparison {
  return {
    name: `${name}/payment`,
    about: `${about}, beside payments, ${CLIENTS} in flight`,
    of: 'rate_per_second',
    ours: [`aftersale.${name}.${CLIENTS}`],
    theirs: [`aftersale.payment.${CLIENTS}`],
    aim: least === null ? null : { least }
  }
}

/** One operation on each of the trades that `make` makes ready. */
function variant<Sold extends object> (name: string, about: string, make: () => Promise<Sold>, act: (sold: Sold) => Promise<void>): Variant {
  const stock = new TradeStock(make)
  let rate = RATE_GUESS
  return {
    name: `aftersale.${name}.${CLIENTS}`,
    about: `${about}, in process`,
    unit: 'operations',
    clients: CLIENTS,
    prepare: async (seconds) => { await stock.fill(Math.ceil(rate * seconds * SPARE)) },
    async run (seconds) {
      const sample = await drive({
        clients: CLIENTS,
        seconds,
        step: async () => {
          const sold = stock.take()
          if (sold === null) return 0
          await act(sold)
          return 1
        }
      })
      rate = Math.max(rate, sample.ratePerSecond)
      return sample
    }
  }
}
