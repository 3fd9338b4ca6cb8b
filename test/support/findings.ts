import pg from 'pg'
import { openDatabases } from '../../src/db/pools.ts'
import { runVerify } from '../../src/reports/verify.ts'

/** What `holdfast verify` finds wrong in a database: nothing, where all is well. */
export async function findings (url: string): Promise<string[]> {
  const databases = openDatabases({ url })
  const { checks } = await runVerify(databases.report)
  await databases.close()
  return checks.flatMap((check) => check.findings.map((finding) => `${check.name}: ${JSON.stringify(finding)}`))
}

/**
 * Takes PostgreSQL's statistics, as it does by itself once in a minute: without any, its plans may walk through all of one table for each row of
 * another, which thousands of rows that came a moment ago make slow.
 */
export async function analyze (ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  await client.query('analyze')
  await client.end()
}
