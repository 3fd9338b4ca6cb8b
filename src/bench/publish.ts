import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../db/package-root.ts'
import { readReport } from './benchmark-file.ts'
import { drawChart } from './chart.ts'
import { aimText, printReport, type BenchReport } from './report.ts'

// Brings the chart, the README's table and the page of numbers up to what a saved run found:
//   npm run bench -- --full --save docs/benchmark.json && node dist/src/bench/publish.js docs/benchmark.json

const [file = 'docs/benchmark.json'] = process.argv.slice(2)
const report = await readReport(file)
if (report === null) throw new Error(`there is no ${file}: npm run bench -- --full --save ${file} makes it`)
const root = packageRoot()
await writeFile(join(root, 'docs/images/throughput.svg'), drawChart(report))
await replacePart(join(root, 'README.md'), ratioTable(report))
await replacePart(join(root, 'docs/benchmark.md'), `\`\`\`\n${printReport(report)}\n\`\`\``)

/** The ratios that something is aimed at, for the README. */
function ratioTable ({ groups }: BenchReport): string {
  const rows = groups.flatMap(({ ratios }) => ratios).filter(({ aim }) => aim !== null)
  return [
    '| | ratio | rounds | aim |',
    '|---|---|---|---|',
    ...rows.map(({ about, value, low, high, aim }) => `| ${about} | ${value.toFixed(2)} | ${low.toFixed(2)} – ${high.toFixed(2)} | ${aimText(aim)} |`)
  ].join('\n')
}

/** Replaces what stands between the two marks of a page. */
async function replacePart (path: string, content: string): Promise<void> {
  const [begin, end] = ['<!-- measured -->', '<!-- end of measured -->']
  const page = await readFile(path, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} has no part between ${begin} and ${end}`)
  await writeFile(path, `${page.slice(0, from + begin.length)}\n${content}\n${page.slice(to)}`)
}
