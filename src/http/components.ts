import { Type as T, type Static, type TSchema, type TUnsafe } from 'typebox'

const components = new Map<string, TSchema>()

/**
 * Declares a schema under a name of its own in the API description, and answers a reference to it that keeps its type.
 * Each name is declared once, while modules load.
 */
export function component<Schema extends TSchema> (name: string, schema: Schema): TUnsafe<Static<Schema>> {
  if (components.has(name)) throw new Error(`two schemas are named ${name}`)
  components.set(name, { ...schema, $id: name })
  return T.Unsafe<Static<Schema>>({ $ref: `${name}#` })
}

/** Every schema that was declared, with its name as `$id`. */
export function allComponents (): TSchema[] {
  return [...components.values()]
}
