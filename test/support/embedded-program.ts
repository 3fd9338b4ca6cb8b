/** A process that uses the embedded database of the folder in its first argument until SIGTERM; says `ready <url>` when it does. */
import { startEmbedded } from '../../src/db/embedded.ts'
import { TEST_LOG } from './cluster.ts'

const [, , dataDir = ''] = process.argv
const keptAlive = setInterval(() => {}, 60_000)
const database = await startEmbedded({ dataDir, log: { ...TEST_LOG, warn: () => {} } })
process.once('SIGTERM', () => {
  clearInterval(keptAlive)
  void database.stop()
})
process.stdout.write(`ready ${database.ownerUrl}\n`)
