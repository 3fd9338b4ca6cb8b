import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/db/package-root.ts'

const START_TIMEOUT_MS = 60_000
const ANSWER_TIMEOUT_MS = 30_000
const RETRY_PAUSE_MS = 40
const RETRY_TIMEOUT_MS = 60_000

/** A real service in a process of its own. */
export interface RunningService {
  readonly url: string
  readonly process: ChildProcess
  /** SIGKILL, and wait for the end. */
  kill (): Promise<void>
  /** SIGTERM; answers the exit code. */
  stop (): Promise<number | null>
}

/** A folder for a service's data that the database's user can pass, removed at the end. */
export async function dataFolder (): Promise<{ path: string, remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  await chmod(path, 0o755)
  return { path, remove: async () => { await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) } }
}

/** Starts the compiled service on a free port and waits until it says where it listens. `onLine` gets every line that it writes. */
export async function startService (
  env: Readonly<Record<string, string>>,
  { program = join(packageRoot(), 'dist/src/main.js'), nodeOptions = [], onLine = () => {} }: { program?: string, nodeOptions?: readonly string[], onLine?: (line: string) => void } = {}
): Promise<RunningService> {
  const child = spawn(process.execPath, [...nodeOptions, program], {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', DRAIN_MS: '200', ...env }, stdio: ['ignore', 'pipe', 'pipe']
  })
  // A test that ends early must not leave its services behind.
  const killChild = (): void => { child.kill('SIGKILL') }
  process.once('exit', killChild)
  child.once('exit', () => { process.off('exit', killChild) })
  let log = ''
  const keep = (line: string): void => {
    log = `${log}${line}\n`.slice(-5000)
    onLine(line)
  }
  createInterface({ input: child.stderr }).on('line', keep)
  const address = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line)
      const found = /listens at (http:\/\/[^ ]+)\. /.exec(line)
      if (found?.[1] !== undefined) resolve(found[1])
    })
  })
  const failed = once(child, 'exit').then(() => { throw new Error(`the service did not start:\n${log}`) })
  failed.catch(() => {})
  const late = sleep(START_TIMEOUT_MS, undefined, { ref: false }).then(() => { throw new Error(`the service did not start in time:\n${log}`) })
  // One that comes too late would serve beside those that are started instead of it.
  const url = await Promise.race([address, failed, late]).catch((error: unknown) => {
    killChild()
    throw error
  })
  const ended = once(child, 'exit')
  return {
    url,
    process: child,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    }
  }
}

/** The keys that the first start wrote. */
export async function firstKeys (dataDir: string): Promise<Record<'admin' | 'marketplace' | 'finance' | 'customs', string>> {
  return (JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8')) as { keys: Record<'admin' | 'marketplace' | 'finance' | 'customs', string> }).keys
}

export interface Answer {
  readonly status: number
  readonly replayed: boolean
  readonly body: AnswerBody
  readonly text: string
}

/** What tests read from answers, of all kinds of them; what an answer has not is undefined, and its test fails. */
export interface AnswerBody {
  readonly id: string
  readonly code: string
  readonly state: string
  readonly released: string
  readonly transactions: readonly string[]
  readonly lines: ReadonlyArray<{ readonly id: string }>
  readonly data: ReadonlyArray<{ readonly id: string }>
  readonly dispute: string
  readonly key: string
  readonly refund_cases: ReadonlyArray<{ readonly id: string, readonly line: string }>
  readonly units: ReadonlyArray<{ readonly accounts: ReadonlyArray<{ readonly class: string, readonly balance: string }> }>
}

/** Sends one request. A POST carries the idempotency key. Its connection ends with the answer: an idle one would hold up whoever stops the service. */
export async function send (url: string, key: string, method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<Answer> {
  const sent = request(url + path, {
    method,
    agent: false,
    headers: {
      authorization: `Bearer ${key}`,
      ...body === undefined ? {} : { 'content-type': 'application/json' },
      ...idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
    },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await answered
  const text = await readText(response)
  return { status: response.statusCode ?? 0, replayed: 'idempotent-replayed' in response.headers, body: JSON.parse(text) as AnswerBody, text }
}

/** Sends one request as a good client does: again with the same key while there is no answer, or one that says to try again. */
export async function sendUntilAnswered (urlOf: () => string, key: string, method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<Answer> {
  const giveUpAt = Date.now() + RETRY_TIMEOUT_MS
  for (;;) {
    try {
      const answer = await send(urlOf(), key, method, path, body, idempotencyKey)
      if (answer.status < 500 || Date.now() > giveUpAt) return answer
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
    }
    await sleep(RETRY_PAUSE_MS)
  }
}
