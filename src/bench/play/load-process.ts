import { openDatabases } from '../../db/pools.ts'
import { Journal } from '../../journal/journal.ts'
import { LOG } from '../bench-database.ts'
import { driveTransfers, type Load } from './transfer-load.ts'

// The second process of a measurement: it does the loads it is sent, one after the other, until its parent lets go of it.
const databases = openDatabases({ url: process.argv[2] ?? '' })
const journal = new Journal({ db: databases.journal, log: LOG })

process.on('message', (load: Load) => {
  void driveTransfers(journal, load).then((sample) => process.send?.(sample))
})
process.on('disconnect', () => {
  void databases.close()
})
process.send?.('ready')
