import { execFile } from 'node:child_process'
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { withSessionSettings } from '../../db/pools.ts'
import { sampleOf, type Sample } from '../drive.ts'
import type { Group, Stage } from '../group.ts'

const run = promisify(execFile)
const SCALE = '100'
const CLIENTS = [10, 20, 50, 100]
const THREADS = '2'
/** Where Debian keeps it: not in the search path of every user. */
const DEBIAN = [18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin`)

/** What PostgreSQL's own measuring program finds on the same server, for orientation. Where it is not installed, nothing is measured. */
export const pgbench: Group = {
  name: 'pgbench',
  about: `pgbench's own transactions (scale ${SCALE}, prepared) on the same server`,
  async open (stage) {
    const { database, tell } = stage
    const program = await findProgram()
    if (program === null) {
      tell('left out: there is no pgbench here (Debian has it in the package postgresql)')
      return { variants: [], comparisons: [], close: async () => {} }
    }
    const connection = withSessionSettings(database.ownerUrl, { search_path: 'pgbench', synchronous_commit: 'on' })
    tell('filling the tables of pgbench')
    await database.owner.query('create schema if not exists pgbench')
    await run(program, ['--initialize', '--quiet', '--scale', SCALE, connection])
    return {
      variants: CLIENTS.map((clients) => ({
        name: `pgbench.${clients}`,
        about: 'pgbench',
        unit: 'transactions',
        clients,
        run: async (seconds) => await measureOnce(stage, [program, connection], { clients, seconds })
      })),
      comparisons: [],
      close: async () => { await database.owner.query('drop schema pgbench cascade') }
    }
  }
}

async function measureOnce (
  { database: { folder } }: Stage, [program, connection]: readonly [string, string], { clients, seconds }: { readonly clients: number, readonly seconds: number }
): Promise<Sample> {
  const logs = await mkdtemp(join(folder, 'pgbench-'))
  try {
    const whole = Math.max(Math.ceil(seconds), 1)
    await run(program, [
      '--protocol', 'prepared', '--no-vacuum', '--client', String(clients), '--jobs', THREADS, '--time', String(whole),
      '--log', '--log-prefix', join(logs, 'log'), connection
    ])
    const latencies: number[] = []
    for (const name of await readdir(logs)) {
      for (const line of (await readFile(join(logs, name), 'utf8')).split('\n')) {
        // The third word of a line is what a transaction took, in microseconds.
        const took = line.split(' ', 3)[2]
        if (took !== undefined) latencies.push(Number(took) / 1000)
      }
    }
    return sampleOf(latencies.length, whole, latencies)
  } finally {
    await rm(logs, { recursive: true })
  }
}

async function findProgram (): Promise<string | null> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...DEBIAN]) {
    const path = join(folder, 'pgbench')
    if (await access(path).then(() => true, () => false)) return path
  }
  return null
}
