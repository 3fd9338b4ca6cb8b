import { openTenant } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Group, Variant } from '../group.ts'
import { openMarket } from '../play/market.ts'
import { MixedSteps } from '../play/mixed-steps.ts'

const IN_FLIGHT = [1, 64, 1000]
/** At how many the two ways are compared. */
const COMPARED = 64

/** Payments, shipments and confirmations, as many of each, in process and over HTTP. */
export const steps: Group = {
  name: 'steps',
  about: 'payments, shipments and confirmations, mixed',
  async open (stage) {
    const { cast, inProcess, overHttp, close } = await openMarket(stage, { tenantId: await openTenant(stage.database, 'steps') })
    const ways = [['journal', 'in process', inProcess], ['http', 'over HTTP', overHttp]] as const
    return {
      // Both ways at one count are neighbours, so that they are measured at nearly the same time.
      variants: IN_FLIGHT.flatMap((clients) => ways.map(([way, where, taken]): Variant => {
        const mixed = new MixedSteps({ steps: taken, preparing: inProcess, cast, clients })
        return {
          name: `steps.${way}.${clients}`,
          about: `payment, shipment, confirmation, ${where}`,
          unit: 'operations',
          clients,
          prepare: async (seconds) => { await mixed.prepare(seconds) },
          run: async (seconds) => mixed.learn(await drive({ clients, seconds, step: async (client) => await mixed.next(client) }))
        }
      })),
      comparisons: [
        {
          name: 'http/journal', about: `single operations over HTTP beside those in process, ${COMPARED} in flight`, of: 'rate_per_second',
          ours: [`steps.http.${COMPARED}`], theirs: [`steps.journal.${COMPARED}`], aim: { least: 0.4 }
        },
        {
          name: 'http/journal best', about: `single operations over HTTP, ${COMPARED} in flight, beside the best rate in process`, of: 'rate_per_second',
          ours: [`steps.http.${COMPARED}`], theirs: IN_FLIGHT.map((clients) => `steps.journal.${clients}`), aim: null
        }
      ],
      close
    }
  }
}
