import pg from 'pg'

/** More different statements than any pool of ours has; beyond it something builds SQL out of values, and is sent unprepared. */
const STATEMENTS_MAX = 200

const names = new Map<string, string>()

/**
 * A connection that prepares every statement with parameters under a name of its own, so that PostgreSQL parses and plans it once
 * per connection, and sends statements without waiting for the answers of those before: most of the time that a lonely batch took.
 * For pools whose statements are fixed texts.
 */
export class PreparingClient extends pg.Client {
  #gathering = false

  constructor (config?: string | pg.ClientConfig) {
    super({ ...(typeof config === 'string' ? { connectionString: config } : config), pipeline: true })
  }

  // The driver declares some ten overloads; this passes all of them through and touches the one with a text and values.
  override query (...args: unknown[]): never {
    this.#gather()
    const [text, values, ...rest] = args
    const prepared = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined
    const passed = prepared === undefined ? args : [{ name: prepared, text, values }, ...rest]
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on this very object
    return Reflect.apply(super.query, this, passed) as never
  }

  /** Statements that are sent in one turn leave in one write to the socket: each write costs as much as building the statement. */
  #gather (): void {
    if (this.#gathering) return
    this.#gathering = true
    const { stream } = this.connection
    stream.cork()
    process.nextTick(() => {
      this.#gathering = false
      stream.uncork()
    })
  }
}

function nameOf (text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= STATEMENTS_MAX) return known
  const name = `holdfast_${names.size + 1}`
  names.set(text, name)
  return name
}
