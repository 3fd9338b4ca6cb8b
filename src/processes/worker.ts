import cluster from 'node:cluster'
import type { Reading } from '../metrics/service-metrics.ts'
import { ours, type FromWorker, type ToWorker } from './messages.ts'

/** Whether the first process started this one, to serve beside others at one address. */
export const isWorker = cluster.isWorker

/** Tells the first process that this one takes requests. Alone, it tells nobody. */
export function tellReady (address: string): void {
  tell({ holdfast: 'ready', address })
}

/** Calls `retire` when the first process has put another in this one's place. */
export function onRetire (retire: () => void): void {
  process.on('message', (message) => {
    if (ours<ToWorker>(message)?.holdfast === 'retire') retire()
  })
}

/**
 * Resolves when the first process can hand this one no more connections. Comes after the server stopped listening: a connection may
 * still have been on its way here, and who ends before it arrives leaves its caller waiting for ever.
 */
export async function takeLeave (): Promise<void> {
  if (!isWorker) return
  await new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (ours<ToWorker>(message)?.holdfast === 'farewell') resolve()
    })
    tell({ holdfast: 'leaving' })
  })
}

/** Lets the first process read what this one counts, and answers a function that reads what all of them count, as text. */
export function shareReadings (read: () => Promise<Reading>): () => Promise<string> {
  const asked = new Map<number, (text: string) => void>()
  process.on('message', (sent) => {
    const message = ours<ToWorker>(sent)
    if (message?.holdfast === 'count') void read().then((reading) => { tell({ holdfast: 'counted', request: message.request, reading }) })
    if (message?.holdfast === 'gathered') {
      asked.get(message.request)?.(message.text)
      asked.delete(message.request)
    }
  })
  let last = 0
  return async () => await new Promise((resolve) => {
    last += 1
    asked.set(last, resolve)
    tell({ holdfast: 'gather', request: last })
  })
}

/** Leaves what this process counted to the first one, so that it is not forgotten. Comes last. */
export async function bequeath (reading: Reading): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send === undefined) resolve()
    else process.send({ holdfast: 'bequeath', reading } satisfies FromWorker, () => { resolve() })
  })
}

function tell (message: FromWorker): void {
  process.send?.(message)
}
