import { openDatabases } from '../../src/db/pools.ts'
import { runVerify } from '../../src/reports/verify.ts'

/** What `holdfast verify` finds wrong in a database: nothing, where all is well. */
export async function findings (url: string): Promise<string[]> {
  const databases = openDatabases({ url })
  const { checks } = await runVerify(databases.report)
  await databases.close()
  return checks.flatMap((check) => check.findings.map((finding) => `${check.name}: ${JSON.stringify(finding)}`))
}
