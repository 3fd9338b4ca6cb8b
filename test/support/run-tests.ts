/**
 * Runs the compiled test files, all of them or those named as arguments (`test/journal.test.ts`), and ends with the line
 * `N passed, N failed`. Every file is a program of its own that speaks TAP: plain node runs it, four at a time, because tap's own
 * runner spends a second a file on loaders that compiled code has no use for. Coverage is not measured; that the tests can fail is
 * what `npm run sabotage` shows.
 *
 *   npm test -- --record    also writes what each file took to test/durations.json: who takes longest comes first
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runTestFile, type FileResult } from './test-file.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
/** Many wait most of their time: for timers, for a restart, for the disk. */
const FILES_AT_ONCE = 4
/** A property test may take its time; a hanging one may not take all of it. */
const FILE_TIMEOUT_SECONDS = 300

/** What each file took, in whole seconds, on a machine with nothing else to do. */
const DURATIONS = join(ROOT, 'test/durations.json')
const durations = JSON.parse(readFileSync(DURATIONS, 'utf8')) as Readonly<Record<string, number>>

const { values: { record }, positionals } = parseArgs({ allowPositionals: true, options: { record: { type: 'boolean', default: false } } })
const results: FileResult[] = []
const waiting = chosenFiles(positionals)
await Promise.all(Array.from({ length: FILES_AT_ONCE }, async () => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const result = await runTestFile(ROOT, file, { timeoutSeconds: FILE_TIMEOUT_SECONDS })
    results.push(result)
    const outcome = result.failed > 0 ? `${result.failed} FAILED` : 'ok'
    console.log(`${result.name.padEnd(32)} ${String(result.passed).padStart(4)} passed  ${outcome.padEnd(9)} ${result.seconds.toFixed(1).padStart(6)} s`)
  }
}))
for (const { name, skipped } of results) for (const what of skipped) console.log(`skipped in ${name}: ${what}`)
for (const result of results) if (result.failed > 0) showFailures(result)
if (record) {
  const now = { ...durations, ...Object.fromEntries(results.map(({ name, seconds }) => [name, Math.round(seconds)])) }
  const present = Object.entries(now).filter(([name]) => existsSync(join(ROOT, 'test', name))).sort(([one], [other]) => one < other ? -1 : 1)
  writeFileSync(DURATIONS, `${JSON.stringify(Object.fromEntries(present), null, 2)}\n`)
}
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
console.log(`${passed} passed, ${failed} failed`)

/** The sources decide what runs, never what an earlier build left behind. What takes longest comes first, so that nobody waits for it alone at the end; what is new may. */
function chosenFiles (names: readonly string[]): string[] {
  const all = readdirSync(join(ROOT, 'test')).filter((name) => name.endsWith('.test.ts'))
  const chosen = names.length === 0 ? all : names.map((name) => relative(join(ROOT, 'test'), resolve(name)))
  for (const name of chosen) {
    // What needs a program that not everybody has stands in a folder of its own, and runs when it is named.
    if (all.includes(name) || (name.endsWith('.test.ts') && existsSync(join(ROOT, 'test', name)))) continue
    console.error(`there is no test file ${name}; name one as test/${all[0] ?? 'x.test.ts'}`)
    process.exit(2)
  }
  return chosen.sort((one, other) => (durations[other] ?? Infinity) - (durations[one] ?? Infinity) || (one < other ? -1 : 1))
}

function showFailures ({ name, failures, noise, stderr }: FileResult): void {
  for (const failure of failures) console.log(`\n✗ ${name} › ${failure}`)
  if (noise.length > 0) console.log(`\n  ${name} printed:\n${indented(noise)}`)
  if (stderr.trim() !== '') console.log(`\n  ${name} wrote to stderr:\n${indented(stderr.trimEnd().split('\n'))}`)
  console.log()
}

function indented (lines: readonly string[]): string {
  return lines.map((line) => `    ${line.trimEnd()}`).join('\n')
}
