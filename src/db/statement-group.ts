import type pg from 'pg'

/** A statement with its parameters, and who waits for its answer. */
export interface Statement {
  readonly text: string
  readonly values: ReadonlyArray<string | Buffer | null>
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** What a statement came to: its command such as `UPDATE`, the number of rows it touched, and those that it returned. */
export interface Answer {
  readonly command: string
  readonly rowCount: number
  readonly rows: object[]
}

interface Field {
  readonly name: string
  readonly parse: (text: string) => unknown
}

/** The statements that a connection has prepared: their names, and the fields of what they return. */
export type Prepared = Map<string, { readonly name: string, readonly fields: readonly Field[] }>

/** More different statements than any pool of ours has; beyond it something builds SQL out of values, and is not prepared for good. */
const PREPARED_MAX = 200

let named = 0

/**
 * Statements that travel together: the server runs them one after the other and sends all its answers at the end, so that both sides are
 * woken once and not for each. After one that fails it skips the rest; all that were not answered before fail with that error.
 * A text with parameters is prepared once per connection. Source: PostgreSQL's documentation of its protocol, "Extended Query" and "Pipelining".
 */
export class StatementGroup implements pg.Submittable {
  readonly #statements: readonly Statement[]
  readonly #prepared: Prepared
  readonly #parserOf: (oid: number) => (text: string) => unknown
  readonly #names: string[]
  readonly #answers: Answer[] = []
  #fields: readonly Field[] | null = null
  #rows: object[] = []

  constructor (statements: readonly Statement[], prepared: Prepared, parserOf: (oid: number) => (text: string) => unknown) {
    this.#statements = statements
    this.#prepared = prepared
    this.#parserOf = parserOf
    // A name that was used in vain is not used again: the server may have kept it.
    this.#names = statements.map(({ text, values }) => prepared.get(text)?.name ?? (values.length > 0 && prepared.size < PREPARED_MAX ? newName() : ''))
  }

  submit (connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    wire.stream.cork()
    this.#statements.forEach(({ text, values }, index) => {
      const name = this.#names[index] ?? ''
      const isPrepared = this.#prepared.has(text)
      if (!isPrepared) wire.parse({ name, text, types: [] })
      wire.bind({ portal: '', statement: name, values, binary: false })
      if (!isPrepared) wire.describe({ type: 'P', name: '' })
      wire.execute(null)
    })
    wire.sync()
    wire.stream.uncork()
  }

  handleRowDescription ({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({ name, parse: this.#parserOf(dataTypeID) }))
  }

  handleDataRow ({ fields: texts }: { readonly fields: ReadonlyArray<string | null> }): void {
    const row: Record<string, unknown> = {}
    const fields = this.#fieldsOfCurrent()
    for (let index = 0; index < texts.length; index += 1) {
      const text = texts[index] ?? null
      const field = fields[index]
      if (field !== undefined) row[field.name] = text === null ? null : field.parse(text)
    }
    this.#rows.push(row)
  }

  handleCommandComplete ({ text: tag }: { readonly text: string }): void {
    const index = this.#answers.length
    const statement = this.#statements[index]
    const name = this.#names[index] ?? ''
    if (statement !== undefined && name !== '' && !this.#prepared.has(statement.text)) this.#prepared.set(statement.text, { name, fields: this.#fields ?? [] })
    const words = tag.split(' ')
    this.#answers.push({ command: words[0] ?? '', rowCount: Number(words.at(-1)) || 0, rows: this.#rows })
    this.#fields = null
    this.#rows = []
  }

  handleError (error: unknown): void {
    this.#statements.forEach(({ resolve, reject }, index) => {
      const answer = this.#answers[index]
      if (answer === undefined) reject(error)
      else resolve(answer)
    })
  }

  handleReadyForQuery (): void {
    this.handleError(new Error('the server did not answer a statement'))
  }

  #fieldsOfCurrent (): readonly Field[] {
    const text = this.#statements[this.#answers.length]?.text ?? ''
    return this.#fields ?? this.#prepared.get(text)?.fields ?? []
  }
}

function newName (): string {
  named += 1
  return `holdfast_${named}`
}

/** What the driver's connection can do beyond what its types say. */
interface Wire {
  readonly stream: { cork (): void, uncork (): void }
  parse (message: { readonly name: string, readonly text: string, readonly types: readonly number[] }): void
  bind (message: { readonly portal: string, readonly statement: string, readonly values: ReadonlyArray<string | Buffer | null>, readonly binary: boolean }): void
  describe (message: { readonly type: 'P', readonly name: string }): void
  execute (message: null): void
  sync (): void
}

/** A parameter as it travels: a text, number, truth value, time, bytes, null, or a list of texts. Anything else is a bug. */
export function parameterOf (value: unknown): string | Buffer | null {
  switch (typeof value) {
    case 'string': return value
    case 'number': case 'bigint': case 'boolean': return String(value)
    default:
      if (value === null || value instanceof Buffer) return value
      if (value instanceof Date) return value.toISOString()
      // Lists of a batch travel by `unnest`, which quotes nothing.
      if (Array.isArray(value)) return `{${value.map((item) => `"${String(item).replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`
      throw new Error('a parameter is a text, a number, a truth value, a time, bytes, null or a list of texts')
  }
}
