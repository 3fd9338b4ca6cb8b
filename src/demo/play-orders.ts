import { SingleBar } from 'cli-progress'
import { sumFiles } from './csv-sums.ts'
import { readOrders } from './csv.ts'
import { reportOrders, type OrderReport } from './order-report.ts'
import { showOrderReport } from './order-text.ts'
import { planOrder } from './orders.ts'
import { playAll, readBack } from './play.ts'
import type { Service } from './service.ts'
import { readTrialBalance } from './trial-balance.ts'

/** What a play shows: the report as data and as text, and whether everything is as it should be. */
export interface Shown<Report> {
  readonly report: Report
  readonly text: string
  readonly right: boolean
}

/** Plays the orders of a folder on a service, with a progress bar where somebody watches. */
export async function playOrders (service: Service, folder: string, inFlight: number): Promise<Shown<OrderReport>> {
  const { orders, unreadable } = await readOrders(folder)
  const files = await sumFiles(folder)
  const plans = orders.map(planOrder)
  const { marketplace } = service
  const bar = new SingleBar({ format: '{bar} {value}/{total} orders, {duration} s', stream: process.stderr, clearOnComplete: true, hideCursor: true, gracefulExit: true })
  const startedAt = performance.now()
  if (process.stderr.isTTY) bar.start(plans.length, 0)
  const played = await playAll(marketplace, plans, { inFlight, onPlayed: () => { bar.increment() } }).finally(() => { bar.stop() })
  const elapsedMs = performance.now() - startedAt
  const { requests, retries } = marketplace
  const report = reportOrders({
    source: folder,
    service,
    played,
    unreadable,
    readBack: await readBack(marketplace, played, inFlight),
    files,
    trialBalance: await readTrialBalance(service),
    elapsedMs,
    requests,
    retries
  })
  return { report, text: showOrderReport(report), right: report.adds_up.ok && report.surprises.length === 0 }
}
