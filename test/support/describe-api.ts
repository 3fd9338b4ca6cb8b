import { pino } from 'pino'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { erasureLogAt } from '../../src/customs/erasure/erasure-log.ts'
import { openDatabases } from '../../src/db/pools.ts'
import { Journal } from '../../src/journal/journal.ts'

/** The API description as text. It is made without a database: pools connect when they are first used, and nothing uses them. */
export async function describeApi (): Promise<string> {
  const log = pino({ level: 'silent' })
  const databases = openDatabases({ url: 'postgres://nobody@nowhere.invalid/nothing' })
  const app = await buildApp({ databases, journal: new Journal({ db: databases.journal, log }), log, lifecycle: { stopping: false }, config: readConfig({}), keyring: null, erasures: erasureLogAt('/dev/null') })
  try {
    return `${JSON.stringify((await app.inject('/openapi.json')).json(), null, 2)}\n`
  } finally {
    await app.close()
    await databases.close()
  }
}
