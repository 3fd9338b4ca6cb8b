import { connect, createServer, type Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A stand between a client and PostgreSQL that cuts connections right after a COMMIT went through, before its answer comes back. */
export interface CommitCutter {
  /** The folder of its socket, to be used as the host of a connection. */
  readonly host: string
  readonly port: number
  /** How many connections were cut. */
  cuts (): number
  close (): Promise<void>
}

/** As the message that has the server parse it ends: its text, and no type of a parameter. */
const PARSE_COMMIT = Buffer.from('commit\0\0\0')

/** Opens a cutter in front of the server at a socket path. `shouldCut` is asked at each COMMIT, with the number of commits so far. */
export async function openCommitCutter (serverPath: string, shouldCut: (commits: number) => boolean): Promise<CommitCutter> {
  const host = await mkdtemp(join(tmpdir(), 'cutter-'))
  const port = 5432
  const sockets = new Set<Socket>()
  let commits = 0
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(serverPath)
    sockets.add(client).add(upstream)
    let cut = false
    client.on('data', (chunk) => {
      upstream.write(chunk)
      if (!cut && chunk.includes(PARSE_COMMIT)) {
        commits += 1
        cut = shouldCut(commits)
        if (cut) {
          cuts += 1
          client.destroy()
        }
      }
    })
    upstream.on('data', (chunk) => { if (!cut) client.write(chunk) })
    // The server finishes the COMMIT it received; only then is its side closed.
    client.on('close', () => { upstream.end() })
    upstream.on('close', () => { client.destroy() })
    client.on('error', () => {})
    upstream.on('error', () => { client.destroy() })
  })
  await new Promise<void>((resolve) => { server.listen(join(host, `.s.PGSQL.${port}`), resolve) })
  return {
    host,
    port,
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => { server.close(resolve) })
      await rm(host, { recursive: true, force: true })
    }
  }
}
