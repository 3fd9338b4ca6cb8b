import { randomUUID } from 'node:crypto'
import { createKey } from '../auth/keys.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Journal } from '../journal/journal.ts'
import { openTenant, type BenchDatabase } from './bench-database.ts'
import { drive } from './drive.ts'
import { HttpCaller } from './http-caller.ts'
import { httpSteps } from './http-steps.ts'
import { journalSteps, openCast } from './journal-trades.ts'
import { startService } from './service-process.ts'
import { playTrade, propose, type Cast, type TradeSteps } from './trade-life.ts'
import type { Variant } from './variant.ts'

const IN_PROCESS = [64, 1000]
const CONNECTIONS = 64
/** More trades than are paid one after the other in a second, so that none is made while payments are measured. */
const PAYMENTS_PER_SECOND_MAX = 1000

/** Variants that need something running meanwhile. `close` ends it. */
export interface RunningVariants {
  readonly variants: readonly Variant[]
  readonly close: () => Promise<void>
}

/** Whole trades and single payments, in process. */
export async function journalTradeVariants (database: BenchDatabase, journal: Journal): Promise<Variant[]> {
  const tenantId = await openTenant(database, 'trades')
  const cast = await openCast(journal, tenantId)
  const steps = journalSteps(journal, tenantId)
  return [
    ...IN_PROCESS.map((clients) => tradeVariant(`trades.journal.${clients}`, 'whole trades, in process', clients, steps, cast)),
    paymentVariant('payment.journal.1', 'payments, in process, alone', steps, steps, cast)
  ]
}

/** The same over HTTP, to a service in a process of its own, with authentication and idempotency keys; and requests that are sent twice. */
export async function httpTradeVariants (database: BenchDatabase, journal: Journal): Promise<RunningVariants> {
  const tenantId = await openTenant(database, 'http')
  const cast = await openCast(journal, tenantId)
  const { secret } = await inTransaction(database.databases.read, async (trx) =>
    await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'bench', role: 'marketplace', actor: 'cli' }))
  const service = await startService(database)
  const caller = new HttpCaller(service.url, secret, CONNECTIONS)
  const steps = httpSteps(caller)
  return {
    variants: [
      tradeVariant(`trades.http.${CONNECTIONS}`, 'whole trades, over HTTP', CONNECTIONS, steps, cast),
      replayVariant(caller, cast),
      paymentVariant('payment.http.1', 'payments, over HTTP, alone', steps, journalSteps(journal, tenantId), cast)
    ],
    close: async () => {
      caller.close()
      await service.stop()
    }
  }
}

function tradeVariant (name: string, about: string, clients: number, steps: TradeSteps, cast: Cast): Variant {
  return {
    name,
    about,
    unit: 'trades',
    clients,
    run: async (seconds) => await drive({
      clients,
      seconds,
      step: async () => {
        await playTrade(steps, cast)
        return 1
      }
    })
  }
}

function paymentVariant (name: string, about: string, steps: TradeSteps, preparing: TradeSteps, cast: Cast): Variant {
  const unpaid: string[] = []
  return {
    name,
    about,
    unit: 'payments',
    clients: 1,
    prepare: async (seconds) => {
      const missing = Math.max(Math.ceil(seconds * PAYMENTS_PER_SECOND_MAX) - unpaid.length, 0)
      unpaid.push(...await Promise.all(Array.from({ length: missing }, async () => await preparing.create(propose(cast)))))
    },
    run: async (seconds) => await drive({
      clients: 1,
      seconds,
      step: async () => {
        await steps.pay(unpaid.pop() ?? await steps.create(propose(cast)), randomUUID())
        return 1
      }
    })
  }
}

/** Every second request is the one before it, sent again by the same client. */
function replayVariant (caller: HttpCaller, cast: Cast): Variant {
  const send = async (key: string, body: object, repeated: boolean): Promise<string> => {
    const reply = await caller.post('/v1/trades', key, body)
    if (reply.replayed !== repeated) throw new Error(repeated ? 'a repeated request was not recognised' : 'a new request was taken for a repeated one')
    return reply.body.id
  }
  return {
    name: `replays.http.${CONNECTIONS}`,
    about: 'new trades over HTTP, each sent twice',
    unit: 'requests',
    clients: CONNECTIONS,
    run: async (seconds) => await drive({
      clients: CONNECTIONS,
      seconds,
      step: async () => {
        const [key, body] = [randomUUID(), propose(cast)]
        const id = await send(key, body, false)
        if (await send(key, body, true) !== id) throw new Error('a repeated request got another answer')
        return 2
      }
    })
  }
}
