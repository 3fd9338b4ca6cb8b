/**
 * Shows that the tests can fail. Each patch in test/sabotage breaks one rule and names, in its first line, the test files that guard
 * it: `# caught by: test/journal.test.ts`. The tree is copied, the patch applied, and one of those files must fail. Patches that do
 * not apply any more, or that nobody notices, end this with exit code 1.
 *
 *   npm run sabotage                    all patches, after a run of the guards on the healthy tree
 *   npm run sabotage -- lock-order      patches whose names contain that
 *   npm run sabotage -- --tested        the healthy tree is known to pass
 *   npm run sabotage -- --seconds 90    begins no patch after that; rules that changed last come first
 *   npm run sabotage -- --fit           only looks whether each patch still fits the tree
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { runTestFile } from './test-file.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const PATCHES = join(ROOT, 'test/sabotage')
/** Many wait: for timers, for a lock, for the disk. */
const AT_ONCE = 3
/** A broken rule may show as a test that never ends. */
const FILE_TIMEOUT_SECONDS = 90
/** A property's counterexample may fill pages. */
const TITLE_LENGTH_MAX = 150

interface Patch {
  readonly name: string
  readonly text: string
  readonly guards: readonly string[]
}

const { values: { tested, seconds, fit }, positionals: words } = parseArgs({
  allowPositionals: true, options: { tested: { type: 'boolean', default: false }, seconds: { type: 'string' }, fit: { type: 'boolean', default: false } }
})
const patches = readPatches().filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
process.exitCode = fit ? checkFit() : await breakAll()

/** Breaks one rule after the other, and answers the exit code: 1 where one was not caught. */
async function breakAll (): Promise<number> {
  if (patches.length === 0) throw new Error('no patch has such a name')
  const workshop = mkdtempSync(join(tmpdir(), 'holdfast-sabotage-'))
  let broken = 0
  let left = patches.length
  const endsAt = seconds === undefined ? Infinity : performance.now() + Number(seconds) * 1000
  try {
    if (!tested) await runGuards()
    await inTurn(seconds === undefined ? patches : lastChangedFirst(patches), async (patch) => {
      const startedAt = performance.now()
      if (startedAt > endsAt) return
      left -= 1
      const verdict = await attempt(patch, join(workshop, patch.name))
      if (verdict.caughtBy === null) broken += 1
      const took = ((performance.now() - startedAt) / 1000).toFixed(1)
      console.log(`${patch.name.padEnd(28)} ${verdict.caughtBy === null ? 'NOT CAUGHT' : 'caught    '} ${took.padStart(5)} s  ${verdict.caughtBy ?? verdict.why}`)
    })
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
  if (left > 0) console.log(`left out for lack of time: ${left}, whose rules are older`)
  console.log(`${patches.length - left - broken} of ${patches.length - left} broken rules were caught`)
  return broken === 0 ? 0 : 1
}

async function runGuards (): Promise<void> {
  const guards = [...new Set(patches.flatMap((patch) => patch.guards))]
  await inTurn(guards, async (guard) => {
    const { failed } = await runTestFile(ROOT, basename(guard), { timeoutSeconds: FILE_TIMEOUT_SECONDS * 3 })
    if (failed > 0) throw new Error(`${guard} fails on the healthy tree: sabotage would show nothing`)
  })
}

/** A rule that moved leaves its patch behind. Answers the exit code. */
function checkFit (): number {
  const unfit = patches.filter((patch) => {
    try {
      apply(patch, ROOT, ['--check'])
      return false
    } catch {
      return true
    }
  })
  for (const { name } of unfit) console.log(`test/sabotage/${name}.patch does not fit any more: make it anew, as CONTRIBUTING.md says`)
  return unfit.length === 0 ? 0 : 1
}

/** The rule or the patch that a commit touched last is the one to look at first. */
function lastChangedFirst (some: readonly Patch[]): Patch[] {
  const touched = execFileSync('git', ['log', '--format=', '--name-only'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 }).split('\n')
  const ranks = new Map(touched.reverse().map((file, index) => [file, index]))
  const rankOf = ({ name, text }: Patch): number => Math.max(...[`test/sabotage/${name}.patch`, ...pathsOf(text)].map((path) => ranks.get(path) ?? touched.length))
  return [...some].sort((one, other) => rankOf(other) - rankOf(one))
}

function readPatches (): Patch[] {
  return readdirSync(PATCHES).filter((file) => file.endsWith('.patch')).sort().map((file) => {
    const text = readFileSync(join(PATCHES, file), 'utf8')
    const guards = /^# caught by: (.+)$/.exec(text.split('\n', 1)[0] ?? '')?.[1]?.split(/, */)
    if (guards === undefined) throw new Error(`the first line of ${file} must read "# caught by: test/….test.ts"`)
    return { name: file.replace(/\.patch$/, ''), text, guards }
  })
}

type Verdict = { readonly caughtBy: string } | { readonly caughtBy: null, readonly why: string }

async function attempt (patch: Patch, tree: string): Promise<Verdict> {
  copyTree(tree)
  try {
    const changed = apply(patch, tree)
    for (const path of changed) if (path.endsWith('.ts')) compile(tree, path)
  } catch (error) {
    return { caughtBy: null, why: `the patch does not fit: ${error instanceof Error ? error.message : String(error)}` }
  }
  let unclear = ''
  for (const guard of patch.guards) {
    const { failed, failures } = await runTestFile(tree, basename(guard), { timeoutSeconds: FILE_TIMEOUT_SECONDS, bail: true })
    const title = failures[0]?.split('\n', 1)[0]?.slice(0, TITLE_LENGTH_MAX) ?? ''
    // A file that ends without saying which test failed shows a bad patch, not a good test.
    if (title.includes(' › ')) return { caughtBy: `${basename(guard)} › ${title}` }
    if (failed > 0) unclear = `, but ${guard} did not run to its end: ${title}`
  }
  return { caughtBy: null, why: `no test in ${patch.guards.join(', ')} failed${unclear}` }
}

/** The tracked and new files of the work tree, with its build; installed packages are shared, and so is what no patch changes. */
function copyTree (tree: string): void {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)))
  const built = readdirSync(join(ROOT, 'dist'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)))
  const all = [...files, ...built]
  for (const folder of new Set(all.map((file) => dirname(join(tree, file))))) mkdirSync(folder, { recursive: true })
  for (const file of all) share(join(ROOT, file), join(tree, file))
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
}

/** One file in two places costs less than two of them; between two disks there must be two. */
function share (from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    copyFileSync(from, to)
  }
}

/** Applies a patch and answers the paths it changes. */
function apply ({ text }: Patch, tree: string, options: readonly string[] = []): string[] {
  execFileSync('git', ['apply', '--recount', '-C1', ...options, '-'], { cwd: tree, input: text, stdio: ['pipe', 'pipe', 'pipe'] })
  return pathsOf(text)
}

function pathsOf (patch: string): string[] {
  return [...patch.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path = '']) => path)
}

/** Strips the types of one file. A sabotage need not satisfy the compiler: it is the tests that must notice. */
function compile (tree: string, path: string): void {
  const { config } = ts.readConfigFile(join(tree, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, module: 'esnext', moduleResolution: 'bundler', sourceMap: false }, tree)
  const { outputText } = ts.transpileModule(readFileSync(join(tree, path), 'utf8'), { compilerOptions: options, fileName: path })
  const compiled = join(tree, 'dist', path.replace(/\.ts$/, '.js'))
  // A file that is shared is replaced, never written.
  rmSync(compiled)
  writeFileSync(compiled, outputText)
}

async function inTurn<Item> (items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item)
  }))
}
