import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AjvCompiler } from '@fastify/ajv-compiler'
import { packageRoot } from '../src/db/package-root.ts'
import { REFUSALS } from '../src/kernel/refusals.ts'
import { describeApi } from './support/describe-api.ts'

interface Media {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly security?: readonly object[]
  readonly parameters?: ReadonlyArray<{ readonly name: string, readonly in: string, readonly required: boolean, readonly schema: object }>
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, { readonly description: string, readonly content?: Readonly<Record<string, Media>> }>>
}

interface Description {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

t.setTimeout(120_000)

const text = await describeApi()
const api = JSON.parse(text) as Description
const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })))
/** What needs a key: all below /v1 but what anybody may ask who has a receipt. */
const ours = operations.filter(({ route }) => route.includes(' /v1/') && route !== 'GET /v1/receipts/{jti}/status')

const components = Object.fromEntries(Object.entries(api.components.schemas).map(([name, schema]) => [`#/components/schemas/${name}`, schema]))

const compile = AjvCompiler()(Object.fromEntries(Object.entries(api.components.schemas).map(([name, schema]) => [name, standalone({ ...schema, $id: name })])), {
  // As strict as the service's own validators, and each schema is held against the schema of schemas, which they take for granted.
  customOptions: { strict: true, strictTypes: false, validateSchema: true, keywords: ['x-refusal'], coerceTypes: false, removeAdditional: false, useDefaults: false }
}) as unknown as (route: { schema: object }) => (value: unknown) => boolean

/** A schema of the description whose references are resolved by the names of its components. */
function standalone (schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '')) as object
}

/** Most answers are one of a few. */
const validators = new Map<string, (value: unknown) => boolean>()

function validatorOf (schema: object): (value: unknown) => boolean {
  const text = JSON.stringify(schema)
  const fits = validators.get(text) ?? compile({ schema: standalone(schema) })
  validators.set(text, fits)
  return fits
}

function examplesOf (media: Media): unknown[] {
  return [...media.example === undefined ? [] : [media.example], ...Object.values(media.examples ?? {}).map(({ value }) => value)]
}

t.test('the file in the repository is what the service answers; npm run generate writes it', async (t) => {
  t.ok(readFileSync(join(packageRoot(), 'openapi/openapi.json'), 'utf8') === text, 'openapi/openapi.json is up to date')
})

t.test('the description is OpenAPI 3.1 of this version', async (t) => {
  t.equal(api.openapi, '3.1.0')
  t.equal(api.info.version, (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version)
})

t.test('every reference leads somewhere, and every component is used', async (t) => {
  const refs = new Set([...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, ref]) => ref ?? ''))
  t.same([...refs].filter((ref) => components[ref] === undefined), [])
  t.same(Object.keys(components).filter((ref) => !refs.has(ref)), [])
})

t.test('every operation has a name of its own', async (t) => {
  const names = operations.map(({ operation }) => operation.operationId)
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.match(name, /^[a-z][A-Za-z]+$/)
})

for (const { route, operation } of operations) {
  t.test(`${route} is explained, with an example of each answer`, async (t) => {
    t.equal(operation.tags.length, 1)
    t.match(operation.summary, /^[A-Z]/)
    t.ok(operation.description.length > 20, 'it has a description')
    const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
    t.ok(successes.length > 0, 'it can succeed')
    for (const [status, { description, content = {} }] of Object.entries(operation.responses)) {
      t.not(description, 'Default Response')
      for (const [type, media] of Object.entries(content)) {
        t.ok(type === (status.startsWith('2') ? 'application/json' : 'application/problem+json') || (status === '200' && ['text/csv', 'application/xml', 'application/x-ndjson'].includes(type)), type)
        const examples = examplesOf(media)
        t.ok(examples.length > 0, `${status} has an example`)
        const fits = validatorOf(media.schema)
        for (const example of examples) t.ok(fits(example), `the example of ${status} fits its schema`)
      }
    }
    for (const { name, schema } of operation.parameters ?? []) t.ok(validatorOf(schema), `${name} can be checked`)
    for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
      t.ok(type === 'application/json' || (type === 'application/xml' && route.endsWith('/receipts')) || (type === 'application/x-ndjson' && route.endsWith('/grants')), type)
      const examples = examplesOf(media)
      t.ok(examples.length > 0, 'the body has an example')
      const fits = validatorOf(media.schema)
      for (const example of examples) t.ok(fits(example), 'the example of the body fits its schema')
      t.notOk(fits({ unheard_of: 1 }), 'an unknown member does not fit')
    }
  })
}

for (const { route, operation } of ours) {
  t.test(`${route} tells its permission and every refusal it can answer`, async (t) => {
    t.match(operation.description, /Needs the permission `[a-z]+\.[a-z]+`\./)
    t.same(operation.security, [{ apiKey: [] }])
    const codes = Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
      Object.values(content).flatMap((media) => Object.keys(media.examples ?? {}).map((code) => [status, code] as const)))
    for (const [status, code] of codes) t.equal(String(REFUSALS[code as keyof typeof REFUSALS].status), status, code)
    const named = new Set(codes.map(([, code]) => code))
    const expected = ['unauthenticated', 'forbidden', 'invalid_request', 'internal', 'unavailable']
    if (route.startsWith('POST') || route.startsWith('PATCH')) expected.push('invalid_json', 'body_too_large', 'unsupported_media_type')
    if (route.includes('{id}')) expected.push('not_found')
    t.same(expected.filter((code) => !named.has(code)), [])
  })
}

t.test('what goes through the Journal asks for an idempotency key and offers a dry run', async (t) => {
  // What is kept of identities comes to the same however often it is sent, and must not be kept with a key: decision 0040.
  const others = ['POST /v1/api-keys', 'POST /v1/quotes', 'POST /v1/consents', 'POST /v1/identities', 'POST /v1/trades/{id}/grants', 'POST /v1/match']
  const posts = ours.filter(({ route }) => route.startsWith('POST ') && !others.some((other) => route.startsWith(other)))
  t.ok(posts.length >= 8)
  for (const { route, operation } of posts) {
    const parameters = operation.parameters ?? []
    t.ok(parameters.some(({ name, in: place, required }) => name === 'idempotency-key' && place === 'header' && required), route)
    t.ok(parameters.some(({ name, in: place, required }) => name === 'dry_run' && place === 'query' && !required), route)
    for (const status of ['422', '503']) t.ok(operation.responses[status] !== undefined, `${route} ${status}`)
  }
})
