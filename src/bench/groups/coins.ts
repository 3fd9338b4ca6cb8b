import { randomUUID } from 'node:crypto'
import { openTenant } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Group, Variant } from '../group.ts'
import { openCoinShop } from '../play/coin-shop.ts'
import { openMarket } from '../play/market.ts'
import { COINS, playTrade } from '../play/trade-life.ts'

const IN_FLIGHT = [1, 64, 1000]
const ROWS = 1_000

/** Whole trades that coins pay a part of and that earn coins, beside trades in a tenant without a programme; and grants of a campaign. */
export const coins: Group = {
  name: 'coins',
  about: 'whole trades with coins (taken, redeemed, earned) and without, and grants of a campaign',
  async open (stage) {
    const bare = await openMarket(stage, { tenantId: await openTenant(stage.database, 'bare') })
    const market = await openMarket(stage, { tenantId: await openTenant(stage.database, 'coins') })
    const { campaign, grant } = await openCoinShop(stage.journal, market.tenantId, market.cast)
    const rows = (): Array<{ buyer: string, coins: number, ref: string }> =>
      Array.from({ length: ROWS }, (_, index) => ({ ref: randomUUID(), buyer: market.cast.buyers[index % market.cast.buyers.length] ?? '', coins: 5 }))
    const trades = (name: string, about: string, clients: number, play: () => Promise<void>): Variant => ({
      name: `coins.${name}.${clients}`,
      about,
      unit: 'trades',
      clients,
      run: async (seconds) => await drive({
        clients,
        seconds,
        step: async () => {
          await play()
          return 1
        }
      })
    })
    const grants = (name: string, about: string, send: () => Promise<void>): Variant => ({
      name: `coins.${name}.1`,
      about,
      unit: 'grants',
      clients: 1,
      run: async (seconds) => await drive({
        clients: 1,
        seconds,
        step: async () => {
          await send()
          return ROWS
        }
      })
    })
    return {
      // Both kinds at one count are neighbours, so that they are measured at nearly the same time.
      variants: [
        ...IN_FLIGHT.flatMap((clients) => [
          trades('without', 'whole trades, no programme', clients, async () => { await playTrade(bare.inProcess, bare.cast) }),
          trades('with', 'whole trades, coins taken and earned', clients, async () => { await playTrade(market.inProcess, market.cast, COINS) })
        ]),
        grants('grants.journal', `grants, ${ROWS} rows a request, in process`, async () => { await grant(rows()) }),
        grants('grants.http', `grants, ${ROWS} rows a request, over HTTP`, async () => {
          const { body } = await market.caller.post(`/v1/coin-campaigns/${campaign}/grants`, randomUUID(), { rows: rows() })
          if (!body.includes(`"granted":${ROWS},`)) throw new Error(`not all was granted: ${body.slice(0, 300)}`)
        })
      ],
      comparisons: IN_FLIGHT.map((clients) => ({
        name: `coins cost ${clients}`,
        about: `what a whole trade with coins costs, beside one without, ${clients} in flight`,
        of: 'rate_per_second',
        ours: [`coins.without.${clients}`],
        theirs: [`coins.with.${clients}`],
        aim: clients === 64 ? { most: 1.6 } : null
      })),
      close: async () => { await Promise.all([bare.close(), market.close()]) }
    }
  }
}
