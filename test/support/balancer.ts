import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PROBE_INTERVAL_MS = 40

/**
 * The simplest balancer there is: it hands each connection to the next service whose /readyz answers 200, and notices a service that is
 * leaving no sooner than its next look. It knows nothing of HTTP in between and tries nothing twice.
 */
export interface Balancer {
  readonly url: string
  add (url: string): Promise<void>
  remove (url: string): void
  close (): Promise<void>
}

export async function startBalancer (): Promise<Balancer> {
  const services = new Map<string, { isReady: boolean }>()
  let turn = 0
  const state = { over: false }
  const server = createServer((caller) => {
    const ready = [...services].filter(([, { isReady }]) => isReady)
    const [url] = ready[turn++ % Math.max(ready.length, 1)] ?? []
    if (url === undefined) {
      caller.destroy()
      return
    }
    const service = connect(Number(new URL(url).port), '127.0.0.1')
    service.on('error', () => { caller.resetAndDestroy() })
    caller.on('error', () => { service.destroy() })
    caller.pipe(service)
    service.pipe(caller)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const probe = async (url: string): Promise<boolean> => await fetch(`${url}/readyz`, { headers: { connection: 'close' } }).then(({ status }) => status === 200, () => false)
  const probing = (async () => {
    while (!state.over) {
      for (const [url, service] of services) service.isReady = await probe(url)
      await sleep(PROBE_INTERVAL_MS)
    }
  })()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: async (url) => { services.set(url, { isReady: await probe(url) }) },
    remove: (url) => { services.delete(url) },
    close: async () => {
      state.over = true
      await probing
      server.close()
    }
  }
}
