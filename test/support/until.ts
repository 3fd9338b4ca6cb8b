import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 20

/** Waits until something is so. A test that waits in vain is ended by its own time limit, which names it. */
export async function until (reached: () => boolean | Promise<boolean>): Promise<void> {
  while (!await reached()) await sleep(POLL_MS)
}
