import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { JournalObserver } from '../journal/observer.ts'

/** Seconds, from half a millisecond, which is a commit on a fast disk, to the longest wait for a lock and more. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]
const MS_PER_SECOND = 1_000

/** An observer that counts what the Journal does, a handful of additions for each batch. */
export function countBatches (registry: Registry): JournalObserver {
  const registers = [registry]
  const histogram = (name: string, help: string, buckets: number[]): Histogram => new Histogram({ name: `holdfast_journal_${name}`, help, buckets, registers })
  const operations = histogram('batch_operations', 'Operations in one committed batch.', SIZES)
  const weight = histogram('batch_weight', 'Rows, about, that one committed batch wrote.', SIZES)
  const load = histogram('load_seconds', 'From the beginning of a batch\'s transaction until every row was locked and read: mostly waiting for locks when it is long.', SECONDS)
  const decide = histogram('decide_seconds', 'Deciding a batch in memory.', SECONDS)
  const commit = histogram('commit_seconds', 'From a batch\'s first write until its commit was acknowledged.', SECONDS)
  const failures = new Counter({
    name: 'holdfast_journal_batch_failures_total',
    help: 'Batches whose transaction was rolled back: they ran again as a whole, or their operations one by one.',
    labelNames: ['next'],
    registers
  })
  for (const next of ['again', 'one_by_one']) failures.inc({ next }, 0)
  return {
    committed (facts) {
      operations.observe(facts.operations)
      weight.observe(facts.weight)
      load.observe(facts.loadMs / MS_PER_SECOND)
      decide.observe(facts.decideMs / MS_PER_SECOND)
      commit.observe(facts.commitMs / MS_PER_SECOND)
    },
    failed (again) {
      failures.inc({ next: again ? 'again' : 'one_by_one' })
    }
  }
}

/** Shows what waits in the Journal and what runs, at the moment of asking. */
export function showQueue (registry: Registry, stats: () => { readonly queued: number, readonly running: number }): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number): Gauge => new Gauge({ name, help, registers, collect () { this.set(read()) } })
  gauge('holdfast_journal_queue_length', 'Operations that wait for a batch.', () => stats().queued)
  gauge('holdfast_journal_batches_running', 'Batches under way.', () => stats().running)
}
