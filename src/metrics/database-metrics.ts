import { sql } from 'kysely'
import { Gauge, type Aggregator, type Registry } from 'prom-client'
import type { Databases } from '../db/pools.ts'
import type { DueWork } from '../timers/due-work.ts'

/** Who asks for metrics does not wait longer than this for a database that does not answer. */
const PATIENCE_MS = 1_000

/** Shows the pools of this process. */
export function showPools (registry: Registry, { usage }: Databases): void {
  const gauge = (name: string, help: string, labelNames: readonly string[], collect: (this: Gauge) => void): Gauge =>
    new Gauge({ name: `holdfast_pool_${name}`, help, labelNames, registers: [registry], collect })
  gauge('connections', 'Connections to the database: in use, idle, and how many there may be.', ['pool', 'state'], function () {
    for (const { pool, used, idle, max } of usage()) {
      this.set({ pool, state: 'used' }, used)
      this.set({ pool, state: 'idle' }, idle)
      this.set({ pool, state: 'max' }, max)
    }
  })
  gauge('waiting', 'Who waits for a connection.', ['pool'], function () {
    for (const { pool, waiting } of usage()) this.set({ pool }, waiting)
  })
}

/** Shows what the database knows: due work that was not done yet, whether it answers, and how far behind a replica is. */
export function showDatabase (registry: Registry, { databases, work, hasReplica }: { databases: Databases, work: ReadonlyArray<DueWork<unknown>>, hasReplica: boolean }): void {
  let reading: Promise<void> | null = null
  // One look for all of them, however many ask.
  const collect = async (): Promise<void> => {
    reading ??= readAll().finally(() => { reading = null })
    await reading
  }
  const gauge = (name: string, help: string, labelNames: readonly string[] = [], aggregator: Aggregator = 'max'): Gauge =>
    new Gauge({ name: `holdfast_${name}`, help, labelNames, registers: [registry], aggregator, collect })
  const up = gauge('database_up', 'Whether the database answered within a second.', ['database'], 'min')
  const overdue = gauge('timers_overdue', 'Due work whose time has come and that was not done yet, counted up to 1,000 for each tenant.', ['work'])
  const oldest = gauge('timers_oldest_seconds', 'How long the oldest due work has been waiting; 0 where none is.', ['work'])
  const lag = hasReplica ? gauge('replica_lag_seconds', 'How far the replica is behind: 0 when it has all that the primary wrote, else the age of the last commit it knows.') : null

  async function readAll (): Promise<void> {
    await note('primary', async () => {
      for (const each of work) {
        const { count, oldestSeconds } = await each.overdue(databases.read)
        overdue.set({ work: each.name }, count)
        oldest.set({ work: each.name }, oldestSeconds)
      }
    })
    if (lag !== null) await note('replica', async () => { lag.set(await replicaLagSeconds(databases)) })
  }

  async function note (database: string, read: () => Promise<void>): Promise<void> {
    const isUp = await succeeds(read)
    up.set({ database }, isUp ? 1 : 0)
  }
}

/** Whether a reading was taken in time. Where not, the last one stays. */
async function succeeds (read: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<boolean>((resolve) => { timer = setTimeout(resolve, PATIENCE_MS, false) })
  const isRead = await Promise.race([patience, read().then(() => true, () => false)])
  clearTimeout(timer)
  return isRead
}

/** The position comes from the primary: a replica that lost its primary believes that it has everything. */
async function replicaLagSeconds ({ read, report }: Databases): Promise<number> {
  const { rows: [primary] } = await sql<{ position: string }>`select pg_current_wal_lsn()::text as position`.execute(read)
  const { rows: [replica] } = await sql<{ lag: number }>`
    select case when not pg_is_in_recovery() or pg_last_wal_replay_lsn() >= ${primary?.position}::pg_lsn then 0
      else greatest(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()), 0)::float8 end as lag`.execute(report)
  return replica?.lag ?? 0
}
