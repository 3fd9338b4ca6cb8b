import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from './client.ts'

const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 30_000
const POLL_MS = 50
const LOG_LINES_SHOWN = 20

/** A service to play against: a client for the marketplace's own work and one for what finance reads. */
export interface Service {
  readonly url: string
  readonly marketplace: Client
  readonly finance: Client
  /** Whether nobody else uses it, so that all its books come from this play. */
  readonly ours: boolean
}

/**
 * Starts a service with a database of its own in a temporary folder, and stops it and deletes the folder when `use` is done,
 * when it fails, and when `interrupted` rejects.
 */
export async function withThrowAwayService<Result> (use: (service: Service) => Promise<Result>, interrupted: Promise<never>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'))
  // The service may have to run its database as another user than this program's; its secrets are protected file by file.
  await chmod(folder, 0o711)
  const started: Started = { over: false }
  try {
    return await Promise.race([interrupted, start(folder, started).then(use)])
  } finally {
    started.over = true
    if (started.child !== undefined) await stop(started.child)
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/** A service that is running already, with one key for everything or the keys of its credentials file. */
export async function runningService (url: string, access: { readonly key: string } | { readonly credentials: string }): Promise<Service> {
  const keys = 'key' in access ? { marketplace: access.key, finance: access.key } : (await readCredentials(access.credentials)).keys
  return { url, marketplace: new Client(url, keys.marketplace), finance: new Client(url, keys.finance), ours: false }
}

interface Started {
  child?: ChildProcess
  /** Whether the service is not wanted any more, perhaps before it ran. */
  over: boolean
}

async function start (folder: string, started: Started): Promise<Service> {
  const data = join(folder, 'data')
  const logFile = join(folder, 'service.log')
  const log = await open(logFile, 'a')
  if (started.over) throw new Error('The service is not wanted any more.')
  const { DATABASE_URL: _url, DATABASE_MIGRATION_URL: _migration, DATABASE_REPLICA_URL: _replica, ...environment } = process.env
  // A process group of its own: Ctrl-C in a terminal reaches this program only, which then stops the service in good order.
  const child = spawn(process.execPath, [fileURLToPath(new URL('../main.js', import.meta.url))], {
    env: { ...environment, DATA_DIR: data, HOST: '127.0.0.1', PORT: '0', DRAIN_MS: '0' },
    stdio: ['ignore', log.fd, log.fd],
    detached: true
  })
  started.child = child
  await log.close()
  const url = await listening(child, logFile)
  const { keys } = await readCredentials(join(data, 'credentials.json'))
  return { url, marketplace: new Client(url, keys.marketplace), finance: new Client(url, keys.finance), ours: true }
}

/** The address a service says it listens at, once it is ready there. Throws with the end of its log when it ends instead, or takes too long. */
async function listening (child: ChildProcess, logFile: string): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const log = await readFile(logFile, 'utf8')
    const url = /listens at (http:\/\/\S+?)\.?\s/.exec(log)?.[1]
    if (url !== undefined && await isReady(url)) return url
    if (hasEnded(child) || Date.now() > deadline) {
      throw new Error(`The service did not start. The end of its log:\n${log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n')}`)
    }
    await sleep(POLL_MS)
  }
}

function hasEnded (child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function isReady (url: string): Promise<boolean> {
  return await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).then((response) => response.ok, () => false)
}

async function stop (child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const killer = setTimeout(() => { child.kill('SIGKILL') }, STOP_TIMEOUT_MS)
  await ended
  clearTimeout(killer)
}

async function readCredentials (file: string): Promise<{ keys: { marketplace: string, finance: string } }> {
  const { keys } = JSON.parse(await readFile(file, 'utf8')) as { keys?: { marketplace?: string, finance?: string } }
  if (keys?.marketplace === undefined || keys.finance === undefined) throw new Error(`${file} names no keys for marketplace and finance.`)
  return { keys: { marketplace: keys.marketplace, finance: keys.finance } }
}
