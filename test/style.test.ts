import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import t from 'tap'

const ROOT = resolve(import.meta.dirname, '../..')
const LINES_MAX = 300

interface Source {
  readonly path: string
  readonly lines: readonly string[]
}

/** Generated files have the style of their generator. */
const GENERATED = ['src/db/schema.ts', 'test/schema.sql']

const sources = filesUnder('src')
const tests = filesUnder('test').filter(({ path }) => path.endsWith('.ts'))
const migrations = filesUnder('migrations')

function filesUnder (folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|sql)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !GENERATED.includes(path))
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n') }))
}

/** Every line that the pattern finds, as `path:line: text`. */
function linesWith (pattern: RegExp, files: readonly Source[]): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []))
}

t.test('a source file holds one idea and ends within 300 lines', async (t) => {
  const files = [...sources, ...tests.filter(({ path }) => !path.endsWith('.test.ts'))]
  t.same(files.filter(({ lines }) => lines.length - 1 > LINES_MAX).map(({ path, lines }) => `${path}: ${lines.length - 1} lines`), [])
})

t.test('files are named in kebab-case for what they decide, and no folder is a drawer for everything', async (t) => {
  t.same([...sources, ...tests].map(({ path }) => path).filter((path) => !/^[a-z0-9-]+(\.test)?\.(ts|sql)$/.test(basename(path))), [])
  t.same(sources.map(({ path }) => path).filter((path) => /(^|\/)(utils?|common|shared|helpers?|misc|index)(\/|\.ts$)/.test(path)), [])
  t.same(linesWith(/^export \* /, sources), [], 'a file exports what is its own')
})

t.test('nothing is left for later', async (t) => {
  const forLater = new RegExp(['TO' + 'DO', 'FIX' + 'ME', '[Nn]ot ' + 'implemented'].map((word) => `\\b${word}\\b`).join('|'))
  t.same(linesWith(forLater, [...sources, ...tests, ...migrations]), [])
})

t.test('comments give reasons and do not narrate', async (t) => {
  t.same(linesWith(/(\/\/|--) *(step \d|first,|now |then )/i, [...sources, ...tests, ...migrations]), [])
})

t.test('every test runs, and with every other', async (t) => {
  t.same(linesWith(/\b(t|test|it|describe)\.(only|skip|todo)\b|\bonly: true\b|\bskip: true\b/, tests), [])
})

t.test('every exported function says what it guarantees', async (t) => {
  const silent = sources.flatMap(({ path, lines }) => lines.flatMap((line, index) => {
    const name = /^export (?:default )?(?:async )?function\*? (\w+)|^export const (\w+)[^=]* = (?:async )?(?:\(.*=>|function)/.exec(line)
    if (name === null) return []
    const above = lines[index - 1] ?? ''
    const isOverload = above.startsWith(`export function ${name[1] ?? ''}`) || above.startsWith(`export async function ${name[1] ?? ''}`)
    return above.trimEnd().endsWith('*/') || isOverload ? [] : [`${path}:${index + 1}: ${name[1] ?? name[2] ?? ''}`]
  }))
  t.same(silent, [])
})

t.test('tests take whatever port is free', async (t) => {
  t.same(linesWith(/\blisten\((\{.*port: *)?[1-9]|\bstartService\(.*PORT: *['"][1-9]|\bfetch\(['"`]https?:\/\/[\w.]+:\d/, tests), [])
})

t.test('every key leads with the tenant, and every foreign key names both tenants', async (t) => {
  // A tenant is not itself a tenant's, and a hash is what tells whose key it is.
  const exceptions = ['tenants: primary key (id)', 'tenants: unique (name)', 'api_keys: unique (hash)', 'api_key_secrets: unique (hash)']
  const keys = migrations.flatMap(keysOf)
  const ofNoTenant = keys.filter(({ columns }) => columns[0] !== 'tenant_id')
  t.same(ofNoTenant.map(({ table, kind, columns }) => `${table}: ${kind} (${columns.join(', ')})`).sort(), exceptions.sort())
  t.ok(keys.length >= 10, 'the keys were found')
  t.same(linesWith(/\breferences (?!tenants )\w+ \((?!tenant_id\b)/, migrations), [])
})

interface Key {
  readonly table: string
  readonly kind: string
  readonly columns: readonly string[]
}

/** The primary keys and unique constraints or indexes that a migration declares, in a column, in a table or by themselves. */
function keysOf ({ lines }: Source): Key[] {
  let table = ''
  return lines.flatMap((line): Key[] => {
    table = /^create table (\w+)/.exec(line)?.[1] ?? table
    const index = /^create unique index \w+ on (\w+) \(([^)]+)\)/.exec(line)
    if (index !== null) return [{ table: index[1] ?? '', kind: 'unique', columns: columnsIn(index[2] ?? '') }]
    const whole = /^\s+(?:constraint \w+ )?(primary key|unique) \(([^)]+)\)/.exec(line)
    if (whole !== null) return [{ table, kind: whole[1] ?? '', columns: columnsIn(whole[2] ?? '') }]
    const inColumn = /^\s+(\w+) .*\b(primary key|unique)\b/.exec(line.replace(/--.*/, ''))
    return inColumn === null ? [] : [{ table, kind: inColumn[2] ?? '', columns: [inColumn[1] ?? ''] }]
  })
}

function columnsIn (text: string): string[] {
  return text.split(',').map((column) => column.trim())
}
