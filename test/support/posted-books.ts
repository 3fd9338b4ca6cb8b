import { randomInt } from 'node:crypto'
import { pino } from 'pino'
import { sql, type Kysely } from 'kysely'
import type { Databases } from '../../src/db/pools.ts'
import type { Database } from '../../src/db/schema.ts'
import { Journal } from '../../src/journal/journal.ts'
import type { Posting } from '../../src/journal/operation.ts'
import { nameKey, type AccountName } from '../../src/ledger/accounts.ts'
import { account, operation } from './transfers.ts'

/** A step as a test had it posted, with the number and time the books gave it. */
export interface PostedStep {
  readonly id: string
  readonly seq: bigint
  readonly recordedAt: Date
  readonly occurredAt: Date
  readonly postings: readonly Posting[]
}

/** A new tenant with empty books. */
export async function createTenant (db: Kysely<Database>, name: string): Promise<number> {
  const { rows: [tenant] } = await sql<{ id: number }>`insert into tenants (name, kind) values (${name}, 'sandbox') returning id`.execute(db)
  if (tenant === undefined) throw new Error('no tenant was made')
  await sql`insert into tenant_counters (tenant_id) values (${tenant.id})`.execute(db)
  return tenant.id
}

/** A Journal that tells what goes wrong. */
export function openJournal (databases: Databases): Journal {
  return new Journal({ db: databases.journal, log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })) })
}

/** Posts one step and answers the id of its transaction. */
export async function post (journal: Journal, tenantId: number, postings: readonly Posting[], more: { occurredAt?: Date, subject?: string } = {}): Promise<string> {
  const decided = await journal.submit(operation({
    tenantId,
    weight: postings.length * 3,
    accounts: postings.flatMap(({ debit, credit }) => [debit, credit]),
    decide: (books) => {
      books.append({ type: 'trade.payment_received', subject: more.subject ?? '', data: {} })
      return { transaction: books.post({ kind: 'test.step', subject: more.subject ?? '', postings, ...(more.occurredAt && { occurredAt: more.occurredAt }) }) }
    }
  }))
  return (JSON.parse(decided.answer) as { transaction: string }).transaction
}

/** Accounts without a floor, some of which only ever meet each other: both units, both normal sides. */
export const OPEN_ACCOUNTS: readonly AccountName[] = ['CNY', 'KRW'].flatMap((unit) => [
  account('provider_clearing', 'alpha', unit), account('provider_clearing', 'beta', unit), account('bank_operating', 'main', unit),
  account('commission_income', '', unit), account('tax_payable', '', unit)
])

/** Posts steps of one to four transfers at once, with times of occurrence over the last hundred days, and answers what was posted in the order of the books. */
export async function postAtRandom (journal: Journal, db: Kysely<Database>, tenantId: number, steps: number): Promise<PostedStep[]> {
  const planned = Array.from({ length: steps }, () => ({
    occurredAt: new Date(Date.now() - randomInt(100 * 86_400) * 1000),
    postings: Array.from({ length: randomInt(1, 5) }, () => randomPosting())
  }))
  const ids = await Promise.all(planned.map(async ({ postings, occurredAt }) => await post(journal, tenantId, postings, { occurredAt })))
  const { rows } = await sql<{ id: string, seq: bigint, recorded_at: Date }>`
    select id, seq, recorded_at from transactions where tenant_id = ${tenantId} order by seq`.execute(db)
  return rows.flatMap(({ id, seq, recorded_at: recordedAt }) => {
    const step = planned[ids.indexOf(id)]
    return step === undefined ? [] : [{ id, seq, recordedAt, ...step }]
  })
}

function randomPosting (): Posting {
  const unit = ['CNY', 'KRW'][randomInt(2)]
  const choices = OPEN_ACCOUNTS.filter((name) => name.unit === unit)
  const debit = choices[randomInt(choices.length)]
  const others = choices.filter((name) => name !== debit)
  const credit = others[randomInt(others.length)]
  if (debit === undefined || credit === undefined) throw new Error('no accounts to choose from')
  return { debit, credit, amount: BigInt(randomInt(1, 1_000_000)) }
}

/** What the given steps leave on an account, added by nothing but this loop. */
export function addUp (steps: readonly PostedStep[], name: AccountName): { debits: bigint, credits: bigint, entries: number } {
  const sums = { debits: 0n, credits: 0n, entries: 0 }
  for (const { debit, credit, amount } of steps.flatMap(({ postings }) => postings)) {
    if (nameKey(debit) === nameKey(name)) { sums.debits += amount; sums.entries += 1 }
    if (nameKey(credit) === nameKey(name)) { sums.credits += amount; sums.entries += 1 }
  }
  return sums
}
