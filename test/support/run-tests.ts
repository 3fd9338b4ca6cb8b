/**
 * Runs the compiled test files, all of them or those named as arguments (`test/journal.test.ts`), and ends with the line
 * `N passed, N failed`. Every file is a program of its own that speaks TAP: plain node runs it, two at a time, because tap's own
 * runner spends a second a file on loaders that compiled code has no use for. Coverage is not measured; that the tests can fail is
 * what `npm run sabotage` shows.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { readTap, type TapReport } from './tap-report.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const FILES_AT_ONCE = 2
/** A property test may take its time; a hanging one may not take all of it. */
const FILE_TIMEOUT_SECONDS = 300
const OUTPUT_GRACE_MS = 2_000
const STDERR_SHOWN_MAX = 20_000

interface FileResult extends TapReport {
  readonly name: string
  readonly seconds: number
  readonly stderr: string
}

const results: FileResult[] = []
const waiting = chosenFiles(process.argv.slice(2))
await Promise.all(Array.from({ length: FILES_AT_ONCE }, async () => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const result = await runFile(file)
    results.push(result)
    const outcome = result.failed > 0 ? `${result.failed} FAILED` : 'ok'
    console.log(`${result.name.padEnd(32)} ${String(result.passed).padStart(4)} passed  ${outcome.padEnd(9)} ${result.seconds.toFixed(1).padStart(6)} s`)
  }
}))
for (const { name, skipped } of results) for (const what of skipped) console.log(`skipped in ${name}: ${what}`)
for (const result of results) if (result.failed > 0) showFailures(result)
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
console.log(`${passed} passed, ${failed} failed`)

/** The sources decide what runs, never what an earlier build left behind. The largest come first: they tend to take longest. */
function chosenFiles (names: readonly string[]): string[] {
  const all = readdirSync(join(ROOT, 'test')).filter((name) => name.endsWith('.test.ts'))
  const chosen = names.length === 0 ? all : names.map((name) => relative(join(ROOT, 'test'), resolve(name)))
  for (const name of chosen) {
    if (all.includes(name)) continue
    console.error(`there is no test file ${name}; name one as test/${all[0] ?? 'x.test.ts'}`)
    process.exit(2)
  }
  return chosen.sort((a, b) => statSync(join(ROOT, 'test', b)).size - statSync(join(ROOT, 'test', a)).size)
}

async function runFile (name: string): Promise<FileResult> {
  const startedAt = performance.now()
  const compiled = join(ROOT, 'dist/test', name.replace(/\.ts$/, '.js'))
  if (!existsSync(compiled)) throw new Error(`${compiled} is missing: run \`npm run build\``)
  const child = spawn(process.execPath, ['--enable-source-maps', compiled], {
    cwd: ROOT,
    env: { ...process.env, TAP_TIMEOUT: String(FILE_TIMEOUT_SECONDS) },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-STDERR_SHOWN_MAX) })
  // tap ends a file that takes too long by itself and says which test it was in; a file that cannot even do that is killed.
  const killTimer = setTimeout(() => child.kill('SIGKILL'), (FILE_TIMEOUT_SECONDS + 10) * 1000)
  // A process that the file left behind may hold its output open for ever.
  let closeTimer: NodeJS.Timeout | undefined
  child.once('exit', () => {
    closeTimer = setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
    }, OUTPUT_GRACE_MS)
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const report = await readTap(child.stdout)
  const exitCode = await closed
  clearTimeout(killTimer)
  clearTimeout(closeTimer)
  const silentExit = report.failed === 0 && exitCode !== 0
  return {
    ...report,
    name: basename(name),
    failed: report.failed + (silentExit ? 1 : 0),
    failures: silentExit ? [`the file exited with ${exitCode ?? 'a signal'} after its tests`] : report.failures,
    seconds: (performance.now() - startedAt) / 1000,
    stderr
  }
}

function showFailures ({ name, failures, noise, stderr }: FileResult): void {
  for (const failure of failures) console.log(`\n✗ ${name} › ${failure}`)
  if (noise.length > 0) console.log(`\n  ${name} printed:\n${noise.map((line) => `    ${line.trimEnd()}`).join('\n')}`)
  if (stderr.trim() !== '') console.log(`\n  ${name} wrote to stderr:\n${stderr.trimEnd().split('\n').map((line) => `    ${line}`).join('\n')}`)
  console.log()
}
