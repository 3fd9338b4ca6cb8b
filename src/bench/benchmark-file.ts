import { readFile, writeFile } from 'node:fs/promises'
import type { BenchReport } from './report.ts'

/** Reads what `saveReport` wrote; null where there is no such file. */
export async function readReport (path: string): Promise<BenchReport | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  })
  // Only saveReport writes such files.
  return text === null ? null : JSON.parse(text) as BenchReport
}

/** Writes a report into a file and answers what is in it then: groups that were measured before and not this time stay. */
export async function saveReport (path: string, report: BenchReport): Promise<BenchReport> {
  const before = await readReport(path)
  const kept = before?.groups ?? []
  const added = report.groups.filter(({ name }) => kept.every((group) => group.name !== name))
  const groups = [...kept.map((group) => report.groups.find(({ name }) => name === group.name) ?? group), ...added]
  const all = { ...report, groups }
  await writeFile(path, `${JSON.stringify(all, null, 2)}\n`)
  return all
}
