import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readTap, type TapReport } from './tap-report.ts'

const OUTPUT_GRACE_MS = 2_000
const STDERR_SHOWN_MAX = 20_000

/** How one test file ended. */
export interface FileResult extends TapReport {
  readonly name: string
  readonly seconds: number
  readonly stderr: string
}

/**
 * Runs the compiled form of `test/<name>` in the project at `root` as a program of its own. It ends after `timeoutSeconds` at the
 * latest; with `bail` it is killed at its first failure. A file that fails in silence or leaves processes behind has failed or ended all the same.
 */
export async function runTestFile (root: string, name: string, { timeoutSeconds, bail = false }: { timeoutSeconds: number, bail?: boolean }): Promise<FileResult> {
  const startedAt = performance.now()
  const compiled = join(root, 'dist/test', name.replace(/\.ts$/, '.js'))
  if (!existsSync(compiled)) throw new Error(`${compiled} is missing: run \`npm run build\``)
  const child = spawn(process.execPath, ['--enable-source-maps', compiled], {
    cwd: root,
    env: { ...process.env, TAP_TIMEOUT: String(timeoutSeconds) },
    // With what it started in one group, so that all of it can be killed: what is killed cleans nothing up.
    detached: bail,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-STDERR_SHOWN_MAX) })
  // tap ends a file that takes too long by itself and says which test it was in; a file that cannot even do that is killed.
  const killTimer = setTimeout(() => child.kill('SIGKILL'), (timeoutSeconds + 10) * 1000)
  // A process that the file left behind may hold its output open for ever.
  let closeTimer: NodeJS.Timeout | undefined
  child.once('exit', () => {
    closeTimer = setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
    }, OUTPUT_GRACE_MS)
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const report = await readTap(child.stdout, bail ? () => { killGroup(child) } : undefined)
  const exitCode = await closed
  clearTimeout(killTimer)
  clearTimeout(closeTimer)
  const silentExit = report.failed === 0 && exitCode !== 0
  return {
    ...report,
    name,
    failed: report.failed + (silentExit ? 1 : 0),
    failures: silentExit ? [`the file exited with ${exitCode ?? 'a signal'} after its tests`] : report.failures,
    seconds: (performance.now() - startedAt) / 1000,
    stderr
  }
}

function killGroup ({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
