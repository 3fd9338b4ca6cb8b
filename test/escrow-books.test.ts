import fc from 'fast-check'
import t from 'tap'
import { sql } from 'kysely'
import { openDatabases } from '../src/db/pools.ts'
import { ESCROW_CHECKS } from '../src/escrow/checks/checks.ts'
import { DISPUTE_CHECKS } from '../src/escrow/checks/dispute-checks.ts'
import { readTrade } from '../src/escrow/steps/read-trades.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { createTestDatabase } from './support/database.ts'
import { newArbitrators, runnerOn } from './support/journal-runner.ts'
import { createTenant, openJournal } from './support/posted-books.ts'
import { chargedCommands, commands, type Command } from './support/trade-commands.ts'
import { checkBalances, checkTrade } from './support/trade-invariants.ts'
import { batchesOf, runBatch, start } from './support/trade-life.ts'
import { TradeWorld } from './support/trade-world.ts'

const RUNS = 50
const TIMEOUT_MS = 280_000

const database = await createTestDatabase()
const databases = openDatabases({ url: database.url })
const journal = openJournal(databases)
let tenants = 0

t.setTimeout(TIMEOUT_MS)
t.teardown(async () => {
  await journal.stop(5000)
  await databases.close()
  await database.drop()
})

async function newTenant (): Promise<number> {
  return await createTenant(databases.read, `tenant-${++tenants}`)
}

async function findings (): Promise<string[]> {
  const { checks } = await runVerify(databases.report, [...ESCROW_CHECKS, ...DISPUTE_CHECKS])
  return checks.flatMap((check) => check.findings.map((finding) => `${finding.check}: ${finding.what}`))
}

/** Chargebacks and their outcomes share no batch. */
function chargedAlone (life: readonly Command[]): Command[] {
  const isAlone = (command: Command | undefined): boolean => command?.kind === 'charge' || command?.kind === 'outcome'
  return life.map((command, place) => ({ ...command, joins: command.joins && !isAlone(command) && !isAlone(life[place - 1]) }))
}

t.test(`${RUNS} lives of trades on the database leave books that agree with the model, and that verify finds clean`, async (t) => {
  let chargebacks = 0
  await fc.assert(fc.asyncProperty(fc.oneof(commands, chargedCommands), fc.boolean(), async (life, hasGroups) => {
    // Who learns of his group is decided after those who share his batch, and the model decides in one order: members act alone. So does what a chargeback
    // finds in its batch, such as the outcome of one that was opened there.
    const all = hasGroups ? life.map((command) => ({ ...command, joins: false })) : chargedAlone(life.filter(({ kind }) => kind !== 'group'))
    const tenantId = await newTenant()
    // The database's clock stands for now: of all deadlines only those of instant lines pass meanwhile.
    const world = new TradeWorld(runnerOn(journal, databases.read, tenantId), { tenantId, now: Date.now(), arbitrators: await newArbitrators(databases.read, tenantId) })
    await start(world)
    for (const batch of batchesOf(all)) await runBatch(world, batch)
    const { rows } = await sql<{ class: string, owner: string, unit: string, balance: bigint }>`
      select class, owner, unit, sign * (credits - debits) as balance from accounts where tenant_id = ${tenantId}`.execute(databases.read)
    checkBalances(world, rows)
    chargebacks += world.chargebacks.filter(({ takes }) => takes !== null && takes.trades.length > 0).length
    for (const trade of world.trades) checkTrade(world, trade, await readTrade(databases.read, tenantId, internalId('trd', trade.id)))
  }), { numRuns: RUNS })
  t.ok(chargebacks > RUNS / 2, `${chargebacks} chargebacks took money of trades`)
  t.strictSame(await findings(), [])
})
