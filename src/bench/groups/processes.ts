import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openBooks } from '../bench-database.ts'
import type { Sample } from '../drive.ts'
import type { Group } from '../group.ts'
import { driveTransfers, type Load } from '../play/transfer-load.ts'
import { HOT } from '../sql/shapes.ts'

const CLIENTS = 1000

/** One process, and two on the same database, tenant and accounts. */
export const processes: Group = {
  name: 'processes',
  about: 'one process beside two on one database, one tenant and the same 10 accounts',
  async open ({ database, journal }) {
    const tenantId = await openBooks(database, 'processes', HOT)
    const other = await startLoad(database.url)
    const load = (seconds: number): Load => ({ tenantId, clients: CLIENTS, seconds })
    const variant = { unit: 'transfers', clients: CLIENTS } as const
    return {
      variants: [
        { ...variant, name: `processes.one.${CLIENTS}`, about: 'one process', run: async (seconds) => await driveTransfers(journal, load(seconds)) },
        {
          ...variant,
          name: `processes.two.${CLIENTS}`,
          about: 'two processes together, each with as many in flight',
          run: async (seconds) => together(await Promise.all([driveTransfers(journal, load(seconds)), other.run(load(seconds))]))
        }
      ],
      comparisons: [{
        name: 'two/one', about: 'two processes together beside one alone', of: 'rate_per_second',
        ours: [`processes.two.${CLIENTS}`], theirs: [`processes.one.${CLIENTS}`], aim: { least: 1 }
      }],
      close: other.stop
    }
  }
}

/** What two did at the same time: their rates are added, and of what their callers waited for the longer counts. */
function together ([own, other]: readonly [Sample, Sample]): Sample {
  return {
    done: own.done + other.done,
    ratePerSecond: own.ratePerSecond + other.ratePerSecond,
    p50Ms: Math.max(own.p50Ms, other.p50Ms),
    p99Ms: Math.max(own.p99Ms, other.p99Ms)
  }
}

interface LoadProcess {
  readonly run: (load: Load) => Promise<Sample>
  readonly stop: () => Promise<void>
}

/** Starts a process with a Journal of its own and answers once it is ready. */
async function startLoad (url: string): Promise<LoadProcess> {
  // A process group of its own: Ctrl-C in a terminal reaches this program only, which ends the other when it ends itself.
  const child = fork(fileURLToPath(new URL('../play/load-process.js', import.meta.url)), [url], { detached: true })
  const exit = once(child, 'exit')
  await answerOf(child)
  return {
    run: async (load) => {
      child.send(load)
      return await answerOf(child) as Sample
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      await exit
    }
  }
}

async function answerOf (child: ChildProcess): Promise<unknown> {
  const patience = new AbortController()
  try {
    const [answer] = await Promise.race([
      once(child, 'message', { signal: patience.signal }),
      once(child, 'exit', { signal: patience.signal }).then(() => { throw new Error('the second process ended before its time') })
    ]) as [unknown]
    return answer
  } finally {
    patience.abort()
  }
}
