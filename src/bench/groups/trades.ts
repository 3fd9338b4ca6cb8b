import { randomUUID } from 'node:crypto'
import { openTenant } from '../bench-database.ts'
import { drive, type Step } from '../drive.ts'
import type { Group, Variant } from '../group.ts'
import { openMarket } from '../play/market.ts'
import { playTrade, propose } from '../play/trade-life.ts'

const IN_FLIGHT = [1, 64, 1000]

/** Whole trades, each four operations one after the other; and new trades that are each sent twice. */
export const trades: Group = {
  name: 'trades',
  about: 'whole trades (create, pay, ship, confirm with a commission and a split), and requests of which half are repeated',
  async open (stage) {
    const { cast, inProcess, overHttp, close } = await openMarket(stage, { tenantId: await openTenant(stage.database, 'trades') })
    const ways = [['journal', 'in process', inProcess], ['http', 'over HTTP', overHttp]] as const
    return {
      variants: ways.flatMap(([way, where, steps]) => IN_FLIGHT.flatMap((clients) => [
        variant(`trades.${way}.${clients}`, `whole trades, ${where}`, { unit: 'trades', clients }, async () => {
          await playTrade(steps, cast)
          return 1
        }),
        variant(`replays.${way}.${clients}`, `new trades, ${where}, each sent twice`, { unit: 'requests', clients }, async () => {
          const [proposed, key] = [propose(cast), randomUUID()]
          const [first, again] = [await steps.create(proposed, key), await steps.create(proposed, key)]
          if (first.replayed || !again.replayed || first.id !== again.id) throw new Error('a repeated request was not recognised')
          return 2
        })
      ])),
      comparisons: ['trades', 'replays'].flatMap((what) => [64, 1000].map((clients) => ({
        name: `${what} http/journal ${clients}`,
        about: `${what === 'trades' ? 'whole trades' : 'repeated requests'} over HTTP beside those in process, ${clients} in flight`,
        of: 'rate_per_second',
        ours: [`${what}.http.${clients}`],
        theirs: [`${what}.journal.${clients}`],
        aim: null
      }))),
      close
    }
  }
}

function variant (name: string, about: string, { unit, clients }: Pick<Variant, 'unit' | 'clients'>, step: Step): Variant {
  return { name, about, unit, clients, run: async (seconds) => await drive({ clients, seconds, step }) }
}
