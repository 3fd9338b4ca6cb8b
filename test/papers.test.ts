import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { VARIABLES } from '../src/config.ts'
import { packageRoot } from '../src/db/package-root.ts'
import { ACTIONS_BY_STATE, TRADE_STATES } from '../src/escrow/trade/states.ts'
import { ALL_CHECKS } from '../src/reports/verify.ts'
import { dataFolder, startService } from './support/service.ts'

const run = promisify(execFile)
// Each request of a page starts programs of its own.
t.setTimeout(120_000)
const ROOT = packageRoot()
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const PAPERS = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name)))

for (const [paper, what, times] of [
  ['README.md', 'the README\'s trade, twice', ['first', 'second']], ['docs/sandbox.md', 'what the sandbox can do', ['only']],
  ['docs/customs.md', 'a broker\'s five minutes, twice', ['first', 'second']], ['docs/customs-declarations.md', 'what customs is told', ['only']]
] as const) {
  t.test(`${what}, pasted into bash, prints what the page says and leaves clean books`, async (t) => {
    const [, script, output] = /```bash\n(.+?)```\n\n```\n(.+?)```/s.exec(read(paper)) ?? []
    if (script === undefined || output === undefined) throw new Error(`${paper} has no bash block followed by its output`)
    const folder = await dataFolder()
    t.teardown(folder.remove)
    const DATA_DIR = join(folder.path, '.holdfast')
    await cp(join(ROOT, 'docs/verify-receipt.mjs'), join(folder.path, 'docs/verify-receipt.mjs'))
    const service = await startService({ DATA_DIR })
    t.teardown(async () => await service.stop())
    const paste = script.replace('http://127.0.0.1:8080', service.url)
    t.not(paste, script, `${paper} uses the default address`)
    for (const time of times) {
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', paste], { cwd: folder.path })
      t.equal(stdout, output, `the ${time} time`)
    }
    const verified = await run(process.execPath, [join(ROOT, 'dist/src/cli.js'), 'verify'], { env: { ...process.env, DATA_DIR } })
    t.match(verified.stdout, 'books are clean')
  })
}

t.test('every link leads somewhere', async (t) => {
  for (const paper of PAPERS) {
    for (const [, target = ''] of read(paper).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue
      t.ok(existsSync(join(ROOT, dirname(paper), target)), `${paper}: ${target}`)
    }
  }
})

t.test('every source file, folder and npm script that the papers name exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const paper of PAPERS.filter((path) => !path.startsWith('docs/decisions') && path !== 'CHANGELOG.md')) {
    const text = read(paper)
    for (const [, path = ''] of text.matchAll(/`((?:src|test|migrations|docs)\/[\w./-]*)`/g)) t.ok(existsSync(join(ROOT, path)), `${paper}: ${path}`)
    for (const [, name = ''] of text.matchAll(/npm run ([\w:]+)/g)) t.ok(name in scripts, `${paper}: npm run ${name}`)
  }
})

t.test('the operator reads of every variable, with its default and its range', async (t) => {
  const rows = [...read('docs/operations.md').matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| ([^|]*?) ?\|/gm)].map(([, name, preset = '', range]) => [name, preset, range])
  const fallbacks: Record<string, string> = { DATABASE_MIGRATION_URL: 'DATABASE_URL', DATABASE_REPLICA_URL: 'DATABASE_URL' }
  t.same(rows, Object.entries(VARIABLES).map(([name, variable]) => [name, 'default' in variable ? String(variable.default) : fallbacks[name] ?? '', 'minimum' in variable ? `${variable.minimum}–${variable.maximum}` : '']))
})

t.test('the table of a trade\'s states is the one the service follows', async (t) => {
  const [, section = ''] = /^## States$(.+?)^## /ms.exec(read('docs/trade.md')) ?? []
  const rows = [...section.matchAll(/^\| `(\w+)` \| [^|]+ \| ([a-z, ]*) ?\|$/gm)]
  t.same(Object.fromEntries(rows.map(([, state = '', actions = '']) => [state, actions.split(',').map((action) => action.trim()).filter(Boolean)])), ACTIONS_BY_STATE)
  t.same(rows.map(([, state]) => state), TRADE_STATES)
})

t.test('the folders of the architecture are those that exist, in the order that is held', async (t) => {
  const config = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as { forbidden: ReadonlyArray<{ name: string }> }
  const order = config.forbidden.flatMap(({ name }) => /^([\w-]+)-imports-upward$/.exec(name)?.[1] ?? [])
  const present = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const listed = [...read('docs/architecture.md').matchAll(/^\| `([\w-]+)` \| [^|]+ \|$/gm)].map(([, name = '']) => name)
  t.same(listed.filter((name) => order.includes(name)), order.filter((name) => present.includes(name)))
  t.same(present.filter((name) => !listed.includes(name)), [])
})

t.test('every check that stands in for a foreign key exists', async (t) => {
  const named = [...read('docs/decisions/0004-few-foreign-keys.md').matchAll(/^\|.+\| `([a-z-]+)` \|$/gm)].map(([, name]) => name)
  t.ok(named.length > 5)
  t.same(named.filter((name) => !ALL_CHECKS.some((check) => check.name === name)), [])
})

t.test('every decision says its context, its choice and its cost, and is in the list', async (t) => {
  const pages = readdirSync(join(ROOT, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name)).sort()
  const list = read('docs/decisions/README.md')
  t.equal(new Set(pages.map((page) => page.slice(0, 4))).size, pages.length, 'each has a number of its own')
  for (const page of pages) {
    const number = page.slice(0, 4)
    const text = read(join('docs/decisions', page))
    const title = new RegExp(`^# ${number} (.+)$`, 'm').exec(text)?.[1]
    t.same([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading), ['Context', 'Choice', 'Cost'], page)
    t.ok(list.includes(`| [${number}](${page}) | ${title ?? ''} |`), `${page} is listed under its own title`)
  }
})
