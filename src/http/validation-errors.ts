import type { FastifySchemaValidationError } from 'fastify/types/schema.js'
import { REFUSALS, Refusal, type RefusalCode } from '../kernel/refusals.ts'

/** A body can be wrong in many places; whoever corrects these sees the others next time. */
const ERRORS_MAX = 20
/** More values than these are not listed. */
const LISTED_MAX = 12

const CODES: Readonly<Record<string, string>> = {
  required: 'missing',
  additionalProperties: 'unknown',
  type: 'wrong_type',
  enum: 'not_one_of',
  const: 'not_one_of',
  pattern: 'wrong_format',
  format: 'wrong_format',
  minLength: 'too_short',
  maxLength: 'too_long',
  minItems: 'too_few',
  maxItems: 'too_many',
  minProperties: 'too_few',
  uniqueItems: 'repeated',
  minimum: 'too_small',
  exclusiveMinimum: 'too_small',
  maximum: 'too_large'
}

interface SchemaOfError {
  readonly description?: string
  readonly 'x-refusal'?: RefusalCode
}

/**
 * The refusal for a request that does not fit its description, naming up to twenty places by JSON pointers into the body, query or path
 * parameters. It is `invalid_request`, or, where all that is wrong are values of one kind, that kind's code, such as `invalid_amount`.
 * Never repeats what was sent: it may be personal data.
 */
export function validationRefusal (errors: readonly FastifySchemaValidationError[], part: string | undefined): Refusal {
  // A value that fits none of several schemas is reported once for each of them and once as a whole.
  const telling = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf' && keyword !== 'if')
  const shown = distinct((telling.length === 0 ? errors : telling).map((error) => describe(error)))
  const codes = new Set(shown.map(({ refusal }) => refusal))
  const [only] = codes
  const code = codes.size === 1 && only !== undefined ? only : 'invalid_request'
  const where = part === 'querystring' ? 'query string' : part === 'params' ? 'path' : part ?? 'request'
  const detail = `The ${where} has ${shown.length === 1 ? 'an error' : 'errors'}: ` +
    shown.slice(0, 3).map(({ pointer, detail }) => `${pointer === '' ? 'it' : pointer} ${detail}`).join('; ') + (shown.length > 3 ? '; and more.' : '.')
  return new Refusal(code, detail, { errors: shown.slice(0, ERRORS_MAX).map(({ pointer, code, detail }) => ({ pointer, code, detail })) })
}

interface Described {
  readonly pointer: string
  readonly code: string
  readonly detail: string
  readonly refusal: RefusalCode | undefined
}

function describe (error: FastifySchemaValidationError): Described {
  const schema = (error as { parentSchema?: SchemaOfError }).parentSchema ?? {}
  const refusal = schema['x-refusal']
  return {
    pointer: pointerOf(error).slice(0, 200),
    code: refusal !== undefined && refusal in REFUSALS ? refusal : CODES[error.keyword] ?? 'invalid',
    detail: detailOf(error, schema).slice(0, 300),
    refusal
  }
}

function pointerOf ({ instancePath, keyword, params }: FastifySchemaValidationError): string {
  const child = keyword === 'required' ? params['missingProperty'] : keyword === 'additionalProperties' ? params['additionalProperty'] : undefined
  return typeof child === 'string' ? `${instancePath}/${child.replaceAll('~', '~0').replaceAll('/', '~1')}` : instancePath
}

function detailOf ({ keyword, params, message }: FastifySchemaValidationError, schema: SchemaOfError): string {
  const expected = schema.description === undefined ? '' : `: ${schema.description.replace(/\.$/, '')}`
  switch (keyword) {
    case 'required': return 'is missing'
    case 'additionalProperties': return 'is not known here'
    case 'enum': {
      const allowed = params['allowedValues'] as readonly unknown[]
      return allowed.length <= LISTED_MAX ? `must be one of ${allowed.join(', ')}` : `is not one of those it may be${expected}`
    }
    case 'pattern':
    case 'format': return expected === '' ? message ?? 'has the wrong form' : `does not have the right form${expected}`
    default: return `${message ?? 'does not fit'}${expected}`
  }
}

function distinct (all: readonly Described[]): Described[] {
  const seen = new Map(all.map((one) => [`${one.pointer}\n${one.detail}`, one]))
  return [...seen.values()]
}
