import type { Server as HttpServer, ServerResponse } from 'node:http'
import { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './app-type.ts'
import type { Lifecycle } from './health.ts'

const POLL_MS = 20
/** So long nobody may have been connected before we believe that nobody is about to come. */
const QUIET_MS = 250
/** What was accepted in the last moment has this long to send its request. */
const LINGER_MS = 1_000
/** What the Journal refuses when its patience ends still has to be written. */
const LAST_ANSWERS_MS = 2_000

/** How a server is left without cutting anybody off. `lifecycle.stopping` is set before the first step. */
export interface Exit {
  /**
   * Goes on answering, and tells each caller with its answer to connect anew (`Connection: close`). A connection that waits for its next
   * request is left open for `longestMs`, because that request may be on its way. New connections are taken meanwhile, unless others
   * take them in our place. Then it stops listening, waits for `lastConnection`, after which none can arrive, and ends as soon as
   * nobody is connected.
   */
  drain (options: { readonly longestMs: number, readonly accepting: boolean, readonly lastConnection: () => Promise<void> }): Promise<void>
  /** Closes the server: idle connections at once, the others when they were answered, at the latest after `graceMs`. */
  close (graceMs: number): Promise<void>
}

/** Watches who is connected to a server and who waits for an answer. Must be called before it listens. */
export function watchExit (app: App, lifecycle: Lifecycle): Exit {
  const { server } = app
  const answering = new Set<ServerResponse>()
  let connections = 0
  let busyAt = -QUIET_MS
  server.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => {
      connections -= 1
      busyAt = performance.now()
    })
  })
  server.prependListener('request', (_request, response) => {
    if (lifecycle.stopping) response.setHeader('connection', 'close')
    answering.add(response)
    response.once('close', () => { answering.delete(response) })
  })
  return {
    async drain ({ longestMs, accepting, lastConnection }) {
      for (const response of answering) if (!response.headersSent) response.setHeader('connection', 'close')
      if (accepting) await until(() => connections === 0 && performance.now() - busyAt >= QUIET_MS, longestMs)
      stopAccepting(server)
      await lastConnection()
      await until(() => connections === 0, accepting ? Math.min(LINGER_MS, longestMs) : longestMs)
    },
    async close (graceMs) {
      const closed = app.close()
      await until(() => answering.size === 0, graceMs + LAST_ANSWERS_MS)
      // A connection on which nothing was ever sent counts as busy, and would hold the stop up for as long as it likes.
      server.closeAllConnections()
      await closed
    }
  }
}

/** An HTTP server's own `close` cuts idle connections off in the same moment; the one it inherits only stops listening. */
function stopAccepting (server: HttpServer): void {
  Server.prototype.close.call(server)
}

async function until (isSo: () => boolean, longestMs: number): Promise<void> {
  const giveUpAt = performance.now() + longestMs
  while (!isSo() && performance.now() < giveUpAt) await sleep(POLL_MS)
}
