import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Interrupted, withInterruption } from './interruption.ts'
import { playOrders, readFolder } from './play-orders.ts'
import { playStories } from './play-stories.ts'
import { runningService, withThrowAwayService, type Service } from './service.ts'
import type { Shown } from './shown.ts'

const HELP = `Plays trades on a Holdfast service, through its HTTP API.

  npm run demo                    about thirty made-up trades, on a throw-away service
  npm run demo -- DIR             the orders of a folder: orders.csv, order_items.csv, order_payments.csv

  --json                          one JSON document (use \`npm run --silent demo -- --json\` for nothing else)
  --url URL                       a running service; http://127.0.0.1:8080 where only a key is given
  --credentials FILE              its credentials.json
  --key KEY                       or one key of the role marketplace, which cannot read the trial balance
  --in-flight N                   how many orders are played at a time, 1 to 500 (48)

Played twice on the same service, the same trades have no second effect. Exits with 1 when the books do not add up,
and with 2 when it could not play.`

const DEFAULT_URL = 'http://127.0.0.1:8080'
const IN_FLIGHT = 48

try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? messageOf(error) : String(error)}\n`)
  process.exitCode = error instanceof Interrupted ? error.exitCode : 2
}
// What was under way when it ended, such as a pause before a request is sent again, is of no use any more.
process.exit()

async function run (): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
      key: { type: 'string' },
      credentials: { type: 'string' },
      'in-flight': { type: 'string', default: String(IN_FLIGHT) },
      help: { type: 'boolean', short: 'h', default: false }
    }
  })
  if (values.help) return await print(HELP, true)
  const [folder, ...others] = positionals
  if (others.length > 0) throw new Error(`One folder at a time, please: what is ${others.join(' ')}?`)
  const inFlight = Number(values['in-flight'])
  if (!Number.isInteger(inFlight) || inFlight < 1 || inFlight > 500) throw new Error('--in-flight takes a whole number from 1 to 500.')
  const orders = folder === undefined ? null : await readFolder(userPath(folder))
  const play = async (service: Service): Promise<Shown<object>> =>
    orders === null ? await playStories(service) : await playOrders(service, orders, inFlight)
  const isRunning = [values.url, values.key, values.credentials].some((value) => value !== undefined)
  const { report, text, right } = await withInterruption(async (interrupted) => isRunning
    ? await Promise.race([interrupted, runningService(values.url ?? DEFAULT_URL, accessOf(values)).then(play)])
    : await withThrowAwayService(play, interrupted))
  return await print(values.json ? JSON.stringify(report, null, 2) : text, right)
}

function accessOf ({ key, credentials }: { readonly key?: string | undefined, readonly credentials?: string | undefined }): { readonly key: string } | { readonly credentials: string } {
  if (credentials !== undefined) return { credentials: userPath(credentials) }
  if (key !== undefined) return { key }
  throw new Error('A running service needs --credentials FILE or --key KEY.')
}

/** npm runs scripts in the package's folder and tells where its user stood. */
function userPath (path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path)
}

/** Prints all of it, also into a pipe, before anything ends the process. A reader that has seen enough of it is no failure. */
async function print (text: string, right: boolean): Promise<number> {
  process.stdout.on('error', () => {})
  await new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => { resolve() }))
  return right ? 0 : 1
}

function messageOf (error: Error): string {
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${messageOf(cause)}` : error.message
}
