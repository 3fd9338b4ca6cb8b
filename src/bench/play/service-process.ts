import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { BenchDatabase } from '../bench-database.ts'

const START_TIMEOUT_MS = 60_000
const LOG_SHOWN = 5000

/** The real service in a process of its own. */
export interface ServiceProcess {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts the service on a free port with the database that is measured, and answers once it listens. Throws with its log where it does not. */
export async function startService ({ url, ownerUrl, folder }: BenchDatabase): Promise<ServiceProcess> {
  // As npm start does it. A process group of its own: Ctrl-C in a terminal reaches this program only, which stops the service in good order.
  const child = spawn(process.execPath, ['--max-semi-space-size=64', fileURLToPath(new URL('../../main.js', import.meta.url))], {
    env: {
      ...process.env, DATABASE_URL: url, DATABASE_MIGRATION_URL: ownerUrl, DATABASE_REPLICA_URL: '', DATA_DIR: join(folder, 'service'),
      HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn', DRAIN_MS: '0',
      // Requests are counted as everywhere, and no machine reaches the limit.
      RATE_LIMIT: '10000000'
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log = (log + text).slice(-LOG_SHOWN) })
  const address = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /listens at (http:\/\/\S+?)\.?\s/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const patience = new AbortController()
  try {
    return {
      url: await Promise.race([
        address,
        once(child, 'exit', { signal: patience.signal }).then(() => { throw new Error(`the service did not start:\n${log}`) }),
        sleep(START_TIMEOUT_MS, undefined, { signal: patience.signal }).then(() => { throw new Error(`the service did not start in time:\n${log}`) })
      ]),
      stop: async () => { await stop(child) }
    }
  } catch (error) {
    await stop(child)
    throw error
  } finally {
    patience.abort()
  }
}

async function stop (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
