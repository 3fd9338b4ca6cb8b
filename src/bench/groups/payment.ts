import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { internalId } from '../../kernel/ids.ts'
import { openOwnerPool, openTenant } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Group, Variant } from '../group.ts'
import { openMarket } from '../play/market.ts'
import { propose } from '../play/trade-life.ts'
import { TradeStock } from '../play/trade-stock.ts'

/** More than are paid one after the other in a second. */
const PAYMENTS_PER_SECOND_MAX = 1000

/** One payment after the other, with nothing else to do: what a lonely caller waits for. */
export const payment: Group = {
  name: 'payment',
  about: 'payments one after the other, and bare transactions that write the same rows',
  async open (stage) {
    const { tenantId, cast, inProcess, overHttp, close } = await openMarket(stage, { tenantId: await openTenant(stage.database, 'payment') })
    const pool = openOwnerPool(stage.database.ownerUrl, 1)
    const { id: model } = await inProcess.create(propose(cast))
    await inProcess.pay(model, randomUUID())
    const bare = await barePayment(pool, tenantId, model)
    const unpaid = new TradeStock(async () => (await inProcess.create(propose(cast))).id)
    const variant = (name: string, about: string, pay: (trade: string, providerRef: string) => Promise<void>): Variant => ({
      name,
      about,
      unit: 'payments',
      clients: 1,
      prepare: async (seconds) => { await unpaid.fill(Math.ceil(seconds * PAYMENTS_PER_SECOND_MAX)) },
      run: async (seconds) => await drive({
        clients: 1,
        seconds,
        step: async () => {
          const trade = unpaid.take()
          if (trade === null) return 0
          await pay(trade, randomUUID())
          return 1
        }
      })
    })
    const alone = { of: 'p50_ms', theirs: ['payment.bare.1'] } as const
    return {
      variants: [
        variant('payment.bare.1', 'a payment alone, as a bare transaction of the same writes', bare),
        variant('payment.journal.1', 'a payment alone, in process', inProcess.pay),
        variant('payment.http.1', 'a payment alone, over HTTP', overHttp.pay)
      ],
      comparisons: [
        { ...alone, name: 'alone http/bare', about: 'p50 of a payment alone over HTTP beside that of the bare transaction', ours: ['payment.http.1'], aim: { most: 2 } },
        { ...alone, name: 'alone journal/bare', about: 'the same in process', ours: ['payment.journal.1'], aim: null }
      ],
      close: async () => {
        await Promise.all([close(), pool.end()])
      }
    }
  }
}

/** Pays trades by SQL alone, so that each looks as `model` does, which the Journal saw paid. */
async function barePayment (pool: pg.Pool, tenantId: number, model: string): Promise<(trade: string, providerRef: string) => Promise<void>> {
  const { rows: [found] } = await pool.query<{ clearing: string, answer: string }>(`
    select a.id as clearing, k.answer
    from accounts a join idempotency_keys k on k.tenant_id = a.tenant_id
    where a.tenant_id = $1 and a.class = 'provider_clearing' and a.owner = 'bench' and k.answer like $2 and k.answer like '%"state":"awaiting_shipment"%'`,
  [tenantId, `{"id":"${model}"%`])
  if (found === undefined) throw new Error('the payment that the bare ones are modelled on is not there')
  return async (trade, providerRef) => {
    const { rows: [row] } = await pool.query<{ paid: boolean }>({
      name: 'bare payment',
      text: 'select bench.pay_one($1, $2, $3, $4, $5, $6, $7, $8) as paid',
      values: [tenantId, `api:${randomUUID()}`, internalId('trd', trade), trade, found.clearing, providerRef, found.answer, internalId('trd', model)]
    })
    if (row?.paid !== true) throw new Error('the trade was not paid')
  }
}
