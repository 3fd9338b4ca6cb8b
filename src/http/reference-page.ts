import fastify, { type FastifyInstance } from 'fastify'
import type { App } from './app-type.ts'

const PAGE = '/docs'
/** Where it leads on from the address without a slash, the page itself, and its script. */
const ADDRESSES = [PAGE, `${PAGE}/`, `${PAGE}/js/scalar.js`]

// The reference page is one script, which its own page starts and which draws with styles and pictures it makes itself.
// Nothing may come from, or go to, another host.
const DOCS_POLICY = [
  "default-src 'none'", "script-src 'self' 'unsafe-inline'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self' data:",
  "connect-src 'self'", "worker-src 'self' blob:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join(';')

/**
 * Adds the reference page of the API at /docs. Whoever wrote it made a plugin that reads megabytes while it is registered, which nobody who starts
 * the service waits for: the page has a server of its own, made when it is first asked for.
 */
export function registerReferencePage (app: App, title: string): void {
  let page: Promise<FastifyInstance> | null = null
  for (const address of ADDRESSES) {
    app.get(address, { schema: { hide: true } }, async (_request, reply) => {
      page ??= openPage(title)
      const { statusCode, headers, rawPayload } = await (await page).inject(address)
      const { location } = headers
      reply.code(statusCode).headers({ 'content-security-policy': DOCS_POLICY, 'content-type': headers['content-type'] ?? 'text/plain', ...location === undefined ? {} : { location } })
      return rawPayload
    })
  }
}

async function openPage (pageTitle: string): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const page = fastify()
  await page.register(scalar, {
    routePrefix: PAGE,
    configuration: { url: '/openapi.json', pageTitle, withDefaultFonts: false, telemetry: false, agent: { disabled: true }, hideClientButton: true, showDeveloperTools: 'never' }
  })
  return page
}
