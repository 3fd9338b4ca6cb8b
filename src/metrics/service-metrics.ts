import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry, type MetricObjectWithValues, type MetricValue } from 'prom-client'
import type { JournalObserver } from '../journal/observer.ts'
import { countBatches } from './journal-metrics.ts'
import { countRequests, type AnsweredRequest } from './request-metrics.ts'

/** A reading of one process, which can be sent to another. */
export type Reading = Array<MetricObjectWithValues<MetricValue<string>>>

/** Everything that one process counts. */
export interface ServiceMetrics {
  readonly registry: Registry
  readonly observer: JournalObserver
  readonly count: (request: AnsweredRequest) => void
}

/** The metrics of this process: its own, those of node, and none that names a tenant or a person. */
export function createMetrics (): ServiceMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'holdfast_processes', help: 'Processes that answered this reading.', registers: [registry] }).set(1)
  return { registry, observer: countBatches(registry), count: countRequests(registry) }
}

/** Several readings as one: what is counted is added up, and each gauge says itself how. */
export function addReadings (readings: readonly Reading[]): Registry {
  return AggregatorRegistry.aggregate([...readings])
}

/** Of a process that has ended only what it counted still counts: without it a restart would look like a counter that went back. */
export async function countersOf (readings: readonly Reading[]): Promise<Reading> {
  const all = await addReadings(readings).getMetricsAsJSON()
  return all.filter(({ type }) => COUNTING.has(String(type)))
}

const COUNTING = new Set(['counter', 'histogram'])
