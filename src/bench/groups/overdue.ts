import { randomUUID } from 'node:crypto'
import { DUE_TRADES } from '../../escrow/timers/due-trades.ts'
import { internalId } from '../../kernel/ids.ts'
import { startSweeper } from '../../timers/sweeper.ts'
import { LOG, openTenant, type BenchDatabase } from '../bench-database.ts'
import { drive, type Sample } from '../drive.ts'
import type { Group, Variant } from '../group.ts'
import { journalSteps, openCast } from '../play/journal-steps.ts'
import { MixedSteps } from '../play/mixed-steps.ts'
import { propose } from '../play/trade-life.ts'
import { TradeStock } from '../play/trade-stock.ts'
import { median } from '../statistics.ts'

const CLIENTS = 16
/** More than are made up for in a second; a run of several finds tens of thousands. */
const OVERDUE_PER_SECOND = 5000
const AT_ONCE = 1000
/** Express parcels are confirmed by silence after 10 days; these waited three more. */
const LATE = "interval '13 days'"
const SWEEP_INTERVAL_MS = 100

/** People's steps while nothing else happens, and while the timers of three days are made up for. */
export const overdue: Group = {
  name: 'overdue',
  about: 'steps of people, without and beside timers that are three days late',
  async open ({ database, journal }) {
    const tenantId = await openTenant(database, 'overdue')
    const cast = await openCast(journal, tenantId)
    const steps = journalSteps(journal, tenantId)
    const mixed = new MixedSteps({ steps, preparing: steps, cast, clients: CLIENTS })
    const shipped = new TradeStock(async () => (await steps.create(propose(cast))).id)
    const rates: number[] = []

    const people = async (seconds: number, isOver = (): boolean => false): Promise<Sample> =>
      mixed.learn(await drive({ clients: CLIENTS, seconds, step: async (client) => isOver() ? 0 : await mixed.next(client) }))

    const makeOverdue = async (count: number): Promise<void> => {
      for (let missing = count - await countOverdue(database, tenantId); missing > 0; missing -= AT_ONCE) {
        const trades: string[] = []
        await shipped.fill(Math.min(missing, AT_ONCE))
        for (let trade = shipped.take(); trade !== null; trade = shipped.take()) trades.push(trade)
        await Promise.all(trades.map(async (trade) => {
          await steps.pay(trade, randomUUID())
          await steps.ship(trade)
        }))
        await letTimePass(database, tenantId, trades)
      }
    }

    /** Ends before its time when the timers have caught up: what comes after that is no measurement of them. */
    const besideTimers = async (seconds: number): Promise<Sample> => {
      let isOver = false
      const work = {
        ...DUE_TRADES,
        find: async (db: Parameters<typeof DUE_TRADES.find>[0], limit: number) => {
          const found = await DUE_TRADES.find(db, limit)
          if (found.length < limit) isOver = true
          return found
        }
      }
      const before = await countOverdue(database, tenantId)
      const startedAt = performance.now()
      const sweeper = startSweeper({ db: database.databases.read, journal, log: LOG, work: [work], intervalMs: SWEEP_INTERVAL_MS, keptDays: 30 })
      const sample = await people(seconds, () => isOver)
      const took = (performance.now() - startedAt) / 1000
      const swept = before - await countOverdue(database, tenantId)
      await sweeper.stop()
      rates.push(swept / took)
      return { ...sample, doneInAll: sample.done + swept }
    }

    const variant = (name: string, about: string, run: (seconds: number) => Promise<Sample>, prepare: (seconds: number) => Promise<void>): Variant =>
      ({ name: `overdue.${name}.${CLIENTS}`, about, unit: 'operations', clients: CLIENTS, run, prepare })
    const compared = { ours: [`overdue.with.${CLIENTS}`], theirs: [`overdue.without.${CLIENTS}`] }
    return {
      variants: [
        variant('without', 'payment, shipment, confirmation, nothing overdue', async (seconds) => await people(seconds), async (seconds) => { await mixed.prepare(seconds) }),
        variant('with', 'the same while late timers catch up', besideTimers, async (seconds) => {
          await mixed.prepare(seconds)
          await makeOverdue(Math.ceil(OVERDUE_PER_SECOND * seconds))
        })
      ],
      comparisons: [
        { ...compared, name: 'overdue p99', about: 'p99 of people while late timers catch up, and without', of: 'p99_ms', aim: { most: 2 } },
        { ...compared, name: 'overdue rate', about: 'the rate of people while late timers catch up, and without', of: 'rate_per_second', aim: null }
      ],
      facts: () => [{ name: 'late timers per second, beside people', value: median(rates) }],
      close: async () => {}
    }
  }
}

async function letTimePass ({ owner }: BenchDatabase, tenantId: number, trades: readonly string[]): Promise<void> {
  await owner.query(`
    with lines as (
      update trade_lines set confirm_by = confirm_by - ${LATE} where tenant_id = $1 and trade_id = any($2::uuid[]) returning trade_id, confirm_by
    )
    update trades t set next_deadline_at = lines.confirm_by, next_attempt_at = lines.confirm_by
    from lines where t.tenant_id = $1 and t.id = lines.trade_id`, [tenantId, trades.map((trade) => internalId('trd', trade))])
}

async function countOverdue ({ owner }: BenchDatabase, tenantId: number): Promise<number> {
  const { rows: [row] } = await owner.query<{ count: string }>('select count(*) from trades where tenant_id = $1 and next_attempt_at <= now()', [tenantId])
  return Number(row?.count)
}
