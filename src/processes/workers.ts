import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Gatherer } from './gather.ts'
import { ours, type FromWorker, type ToWorker } from './messages.ts'

export interface WorkersOptions {
  /** The program that each process runs. */
  readonly script: string
  readonly count: number
  /** What they find in their environment beside what is in ours. */
  readonly env: Readonly<Record<string, string>>
  readonly log: Logger
  /** After this a process that should end is killed. */
  readonly stopTimeoutMs: number
  /** Told when the processes die again and again and none is left. */
  readonly onGivenUp: (error: Error) => void
}

interface Member {
  readonly worker: Worker
  readonly startedAt: number
  readonly ended: Promise<unknown>
  isReady: boolean
  /** It ends because we want it to. */
  isLeaving: boolean
  /** What it counted is known, and it counts no more. */
  isCounted: boolean
}

/** Who lived this long did not die of its start. */
const STABLE_MS = 5_000
const BACKOFF_FIRST_MS = 100
const BACKOFF_MAX_MS = 10_000
/** So many deaths in a row, each soon after a start, and nobody left: something is wrong that starting again does not cure. */
const EARLY_DEATHS_MAX = 8

/**
 * Processes that share one address: this one accepts connections and hands them out in turn. One that dies is replaced, at once the first
 * time and with growing pauses when it goes on. There is one of these in a process.
 */
export class Workers {
  readonly #options: WorkersOptions
  readonly #members = new Set<Member>()
  readonly #gatherer = new Gatherer()
  #stopping = false
  #earlyDeaths = 0
  #rolling = false
  #rollAgain = false

  constructor (options: WorkersOptions) {
    this.#options = options
    cluster.setupPrimary({ exec: options.script, args: [] })
  }

  /** Starts all of them, the first one alone so that what is wrong is told once. Answers the address they listen at. */
  async start (): Promise<string> {
    const address = await this.#launch()
    await Promise.all(Array.from({ length: this.#options.count - 1 }, async () => await this.#launch()))
    return address
  }

  /** Replaces them one by one: the new one takes requests before the old one ends. Asked for meanwhile, it is done once more after that. */
  async roll (): Promise<void> {
    if (this.#rolling) {
      this.#rollAgain = true
      return
    }
    this.#rolling = true
    await this.#rollOnce()
    this.#rolling = false
    const again = this.#rollAgain
    this.#rollAgain = false
    if (again) await this.roll()
  }

  /** Ends all of them in good order. Answers whether each ended as it should. */
  async stop (): Promise<boolean> {
    this.#stopping = true
    const members = [...this.#members]
    for (const member of members) {
      member.isLeaving = true
      member.worker.process.kill('SIGTERM')
    }
    await Promise.all(members.map(async (member) => { await this.#ended(member) }))
    return members.every(({ isReady, worker }) => !isReady || worker.process.exitCode === 0)
  }

  async #rollOnce (): Promise<void> {
    const { log } = this.#options
    for (const old of [...this.#members]) {
      if (this.#stopping || !old.isReady || old.isLeaving || !this.#members.has(old)) continue
      try {
        await this.#launch()
      } catch (error) {
        log.error({ err: error }, 'the restart ends here, because a new process did not start; the old ones go on')
        return
      }
      old.isLeaving = true
      tell(old, { holdfast: 'retire' })
      await this.#ended(old)
    }
    log.info('every process was replaced')
  }

  /** Starts a process and answers the address it listens at, once it does. Rejects when it ends before that. */
  async #launch (): Promise<string> {
    const worker = cluster.fork(this.#options.env)
    const member: Member = { worker, startedAt: performance.now(), ended: once(worker, 'exit'), isReady: false, isLeaving: false, isCounted: false }
    this.#members.add(member)
    worker.on('error', (error) => { this.#options.log.warn({ err: error, process: worker.process.pid }, 'a process cannot be told something') })
    return await new Promise((resolve, reject) => {
      worker.on('message', (sent: unknown) => {
        const message = ours<FromWorker>(sent)
        switch (message?.holdfast) {
          case 'ready':
            member.isReady = true
            resolve(message.address)
            break
          case 'leaving':
            tell(member, { holdfast: 'farewell' })
            break
          case 'counted':
            this.#gatherer.answered(message.request, message.reading)
            break
          case 'gather':
            void this.#gather(member, message.request)
            break
          case 'bequeath':
            member.isCounted = true
            this.#gatherer.inherit(message.reading)
            break
          case undefined: // Not ours.
        }
      })
      worker.once('exit', (code: number | null, signal: string | null) => {
        const end = signal ?? code
        this.#members.delete(member)
        reject(new Error(`a process ended before it was ready, with ${end}`))
        if (member.isReady && !member.isLeaving && !this.#stopping) void this.#replace(member, end)
      })
    })
  }

  async #replace (dead: Member, end: string | number | null): Promise<void> {
    this.#options.log.error({ process: dead.worker.process.pid, end }, 'a process died and is replaced')
    if (performance.now() - dead.startedAt > STABLE_MS) this.#earlyDeaths = 0
    for (;;) {
      if (this.#earlyDeaths > 0) await sleep(Math.min(BACKOFF_FIRST_MS * 2 ** (this.#earlyDeaths - 1), BACKOFF_MAX_MS))
      if (this.#stopping) return
      this.#earlyDeaths += 1
      if (this.#earlyDeaths > EARLY_DEATHS_MAX && ![...this.#members].some(({ isReady }) => isReady)) {
        this.#options.onGivenUp(new Error('the processes end again and again soon after their start, and none is left; the log says why each ended'))
        return
      }
      try {
        await this.#launch()
        return
      } catch (error) {
        this.#options.log.error({ err: error }, 'a process could not be replaced; trying again')
      }
    }
  }

  async #gather (asking: Member, request: number): Promise<void> {
    const asks = [...this.#members].filter(({ isReady, isCounted }) => isReady && !isCounted).map((member) => (count: number) => { tell(member, { holdfast: 'count', request: count }) })
    tell(asking, { holdfast: 'gathered', request, text: await this.#gatherer.gather(asks) })
  }

  async #ended (member: Member): Promise<void> {
    const patience = setTimeout(() => {
      this.#options.log.error({ process: member.worker.process.pid }, 'a process did not end in time and is killed')
      member.worker.process.kill('SIGKILL')
    }, this.#options.stopTimeoutMs)
    await member.ended
    clearTimeout(patience)
  }
}

function tell ({ worker }: Member, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message)
}
