import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import { Type as T } from 'typebox'
import type { App } from './app-type.ts'
import { allComponents } from './components.ts'
import { registerReferencePage } from './reference-page.ts'

const TITLE = 'Holdfast'

const DESCRIPTION = `Holdfast keeps the books of a marketplace's escrow: it holds a buyer's money in the trade's own account and pays it out when the buyer confirms.

- **Money** is a decimal string beside a currency, such as \`"19.90"\`; times are RFC 3339 in UTC.
- **Keys**: send \`Authorization: Bearer <key>\`. A key carries its tenant; what belongs to another tenant answers like what does not exist.
- **Idempotency**: each POST that changes the books needs an \`Idempotency-Key\`. Send the same request with the same key as often as you like: it has one effect at most, and a repeated answer says \`Idempotent-Replayed: true\`.
- **Dry run**: with \`?dry_run=true\` such a POST answers with status 200 what would happen and be posted (\`dry_run\`, \`would_post\`), and changes nothing.
- **Problems** are \`application/problem+json\` (RFC 9457) with a \`code\` that never changes its meaning; \`/problems\` lists them all.
- **Limits**: each key may send so many requests in a time, as \`RateLimit-Policy: "key";q=…;w=…\` says (w in seconds); \`RateLimit: "key";r=…;t=…\` tells how many are left for how many seconds. One too many is answered 429 with \`Retry-After\`, and is not remembered under its idempotency key.
- **Lists** take \`limit\` (1 to 100) and \`starting_after\`, and answer \`data\`, \`has_more\` and \`next_cursor\`.`

const IdempotencyHeader = T.Object({
  'idempotency-key': T.String({
    description: 'A name of this intended effect, 1 to 255 visible ASCII characters: the same for each retry, new for each new effect.',
    examples: ['6f1c7c0e-6d0a-4d2e-9a55-0f9be1c3f4a7']
  })
})

/**
 * Adds what makes browsers careful, the API description at /openapi.json and its reference page at /docs.
 * Comes before the first route, and describes every route that comes after it.
 */
export async function registerOpenApi (app: App, version: string): Promise<void> {
  for (const schema of allComponents()) app.addSchema(schema)
  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } } })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: TITLE, version, description: DESCRIPTION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/', description: 'This service' }],
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key such as `hf_sandbox_…`.' } } }
    },
    // Components go by their own names.
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => typeof json['$id'] === 'string' ? json['$id'] : `def-${index}` },
    transform: ({ schema, url, route: { config } }) => ({
      url,
      schema: {
        ...schema,
        // The header is checked where the key is read; here it is only described.
        ...config?.journaled === true ? { headers: IdempotencyHeader } : {},
        ...config?.describedBody === undefined ? {} : { body: config.describedBody }
      }
    })
  })
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()))
  registerReferencePage(app, `${TITLE} API`)
}
