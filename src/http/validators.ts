import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyServerOptions } from 'fastify'

type Controller = NonNullable<FastifyServerOptions['schemaController']>
type BuildValidator = NonNullable<NonNullable<Controller['compilersFactory']>['buildValidator']>
type Compile = (route: { readonly httpPart?: string }) => unknown

const common = {
  removeAdditional: false,
  // All places that are wrong, not only the first. The size of a body and the number of its values bound the work.
  allErrors: true,
  // Errors then carry the schema they come from, whose description says what was expected.
  verbose: true,
  strict: true,
  strictTypes: false
} as const

// Coercion would turn the number 12.5 into an amount, null into an empty text, and a default into something that was never sent.
const bodyOptions = { ...common, keywords: ['x-refusal'], coerceTypes: false, useDefaults: false }
// Everything in a query string is text, so that a number has to be made of it.
const textOptions = { ...common, keywords: ['x-refusal'], coerceTypes: 'array' as const, useDefaults: true }

/**
 * Validators that take a body exactly as it was sent, and turn the texts of query string and path into what their schemas say.
 * Answers are written as they are: what is stored under an idempotency key must be what is answered, byte for byte.
 */
export const schemaController: Controller = {
  compilersFactory: {
    // The types of the compiler describe its own function only, which gets the schema and where it stands in one object.
    buildValidator: ((externalSchemas: Record<string, object>) => {
      const build = AjvCompiler()
      const forBody = build(externalSchemas, { customOptions: bodyOptions }) as Compile
      const forText = build(externalSchemas, { customOptions: textOptions }) as Compile
      return (route: { readonly httpPart?: string }) => route.httpPart === 'body' ? forBody(route) : forText(route)
    }) as unknown as BuildValidator,
    buildSerializer: () => () => (data: unknown) => JSON.stringify(data)
  }
}
