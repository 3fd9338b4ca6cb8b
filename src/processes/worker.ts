import cluster from 'node:cluster'
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

function tell (message: FromWorker): void {
  process.send?.(message)
}
