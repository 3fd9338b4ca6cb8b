import { SingleBar } from 'cli-progress'
import { sumFiles, type FileSums } from './csv-sums.ts'
import { readOrders, type UnreadableRow } from './csv.ts'
import { reportOrders, type OrderReport } from './order-report.ts'
import { showOrderReport } from './order-text.ts'
import { planOrder, type OrderPlan } from './orders.ts'
import { playAll, readBack } from './play.ts'
import type { Service } from './service.ts'
import type { Shown } from './shown.ts'
import { readTrialBalance } from './trial-balance.ts'

/** A folder of orders, understood and added up. */
export interface OrderFolder {
  readonly path: string
  readonly plans: readonly OrderPlan[]
  readonly unreadable: readonly UnreadableRow[]
  readonly sums: FileSums
}

/** Reads a folder and plans its orders. Throws a sentence for people when it cannot. */
export async function readFolder (path: string): Promise<OrderFolder> {
  const { orders, unreadable } = await readOrders(path)
  return { path, plans: orders.map(planOrder), unreadable, sums: await sumFiles(path) }
}

/** Plays the orders of a folder on a service, with a progress bar where somebody watches. */
export async function playOrders (service: Service, { path, plans, unreadable, sums }: OrderFolder, inFlight: number): Promise<Shown<OrderReport>> {
  const { marketplace } = service
  const bar = new SingleBar({ format: '{bar} {value}/{total} orders, {duration} s', stream: process.stderr, clearOnComplete: true, hideCursor: true, gracefulExit: true })
  const startedAt = performance.now()
  if (process.stderr.isTTY) bar.start(plans.length, 0)
  const played = await playAll(marketplace, plans, { inFlight, onPlayed: () => { bar.increment() } }).finally(() => { bar.stop() })
  const elapsedMs = performance.now() - startedAt
  const { requests, retries } = marketplace
  const report = reportOrders({
    source: path,
    service,
    played,
    unreadable,
    readBack: await readBack(marketplace, played, inFlight),
    files: sums,
    trialBalance: await readTrialBalance(service),
    elapsedMs,
    requests,
    retries
  })
  return { report, text: showOrderReport(report), right: report.adds_up.ok && report.surprises.length === 0 }
}
