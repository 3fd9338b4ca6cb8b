import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyServerOptions } from 'fastify'

type Controller = NonNullable<FastifyServerOptions['schemaController']>
type BuildValidator = NonNullable<NonNullable<Controller['compilersFactory']>['buildValidator']>
type Route = { readonly httpPart?: string }
type Validate = ((data: unknown) => unknown) & { errors?: unknown }
type Compile = (route: Route) => Validate
type Components = Record<string, object>

const common = {
  removeAdditional: false,
  // All places that are wrong, not only the first. The size of a body and the number of its values bound the work.
  allErrors: true,
  // Errors then carry the schema they come from, whose description says what was expected.
  verbose: true,
  strict: true,
  strictTypes: false,
  // Our schemas are no input: tests hold them against the schema of schemas, once.
  validateSchema: false
} as const

// Coercion would turn the number 12.5 into an amount, null into an empty text, and a default into something that was never sent.
const bodyOptions = { ...common, keywords: ['x-refusal'], coerceTypes: false, useDefaults: false }
// Everything in a query string is text, so that a number has to be made of it.
const textOptions = { ...common, keywords: ['x-refusal'], coerceTypes: 'array' as const, useDefaults: true }

/**
 * Validators of one server. They take a body exactly as it was sent, and turn the texts of query string and path into what their schemas say.
 * Answers are written as they are: what is stored under an idempotency key must be what is answered, byte for byte.
 */
export function validation (): Controller {
  // The framework asks for a builder at each route that is mounted; one of them, with all components, serves them all.
  let components: Components = {}
  const forBody = whenAsked(() => AjvCompiler()(components, { customOptions: bodyOptions }) as Compile)
  const forText = whenAsked(() => AjvCompiler()(components, { customOptions: textOptions }) as Compile)
  return {
    compilersFactory: {
      // The types of the compiler describe its own function only, which gets the schema and where it stands in one object.
      buildValidator: ((known: Components) => {
        components = known
        return (route: Route) => validator(whenAsked(() => (route.httpPart === 'body' ? forBody : forText)()(route)))
      }) as unknown as BuildValidator,
      buildSerializer: () => () => (data: unknown) => JSON.stringify(data)
    }
  }
}

/**
 * A validator that is compiled when the first request comes for it: all of them together take seconds, which a process that replaces another one
 * does not have, and most processes never need most of them.
 */
function validator (compiled: () => Validate): Validate {
  const validate: Validate = (data) => {
    const result = compiled()(data)
    validate.errors = compiled().errors
    return result
  }
  return validate
}

function whenAsked<Made> (make: () => Made): () => Made {
  let made: { readonly value: Made } | null = null
  return () => (made ??= { value: make() }).value
}
