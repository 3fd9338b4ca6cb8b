import { readFileSync } from 'node:fs'

/** What a process used of memory at some moment, in megabytes. */
export interface MemorySample {
  readonly atMs: number
  readonly megabytes: number
}

const GROWTH_MAX = 1.5
/** Below this a process may still be filling what it needs. */
const GROWTH_MEGABYTES_MIN = 32

/** What a process has in memory, or null where the system does not say so in a file, or the process is gone. */
export function residentMegabytes (pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) / 1024
  } catch {
    return null
  }
}

/** What was left of the heap after a full collection, from a line of `node --trace-gc`; null when the line is about something else. */
export function heapAfterCollection (line: string): number | null {
  const left = /Mark-Compact.*? -> ([\d.]+) \([\d.]+\) MB/.exec(line)?.[1]
  return left === undefined ? null : Number(left)
}

/** The medians of the four quarters of the time these samples span; null for a quarter without any. */
export function quarters (samples: readonly MemorySample[]): Array<number | null> {
  const first = samples[0]?.atMs ?? 0
  const span = (samples.at(-1)?.atMs ?? 0) - first
  return [0, 1, 2, 3].map((quarter) => {
    const part = samples.filter(({ atMs }) => Math.min(3, Math.floor((atMs - first) / Math.max(span, 1) * 4)) === quarter)
    return part.length === 0 ? null : median(part.map(({ megabytes }) => megabytes))
  })
}

/** Whether memory grew steadily: the last quarter stands well above the second, by which time a service is warm. */
export function grows (samples: readonly MemorySample[]): boolean {
  const [, second = null, , last = null] = quarters(samples)
  return second !== null && last !== null && last > second * GROWTH_MAX && last - second > GROWTH_MEGABYTES_MIN
}

function median (numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
