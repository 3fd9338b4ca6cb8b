import pg from 'pg'
import { parameterOf, StatementGroup, type Answer, type Prepared, type Statement } from './statement-group.ts'

/**
 * A connection that prepares every statement once, and sends those that are given to it in one turn of the event loop as one group: waking
 * both sides for each statement was most of the time that a lonely batch took. For pools whose statements are fixed texts.
 */
export class GatheringClient extends pg.Client {
  readonly #prepared: Prepared = new Map()
  #waiting: Statement[] = []

  // The driver declares some ten overloads; this takes a text with its values, and passes all others through.
  override query (...args: unknown[]): never {
    const [text, values = [], callback] = args
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on this very object
    if (typeof text !== 'string' || !Array.isArray(values) || callback !== undefined) return Reflect.apply(super.query, this, args) as never
    return new Promise<Answer>((resolve, reject) => {
      const statement = { text, values: values.map(parameterOf), resolve, reject }
      if (this.#waiting.length === 0) process.nextTick(() => { this.#send() })
      this.#waiting.push(statement)
    }) as never
  }

  #send (): void {
    const statements = this.#waiting
    this.#waiting = []
    super.query(new StatementGroup(statements, this.#prepared, (oid) => this.getTypeParser(oid, 'text') as (text: string) => unknown))
  }
}
