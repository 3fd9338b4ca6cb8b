import { addReadings, countersOf, type Reading } from '../metrics/service-metrics.ts'

/** A process that does not answer in this time is left out of a reading; `holdfast_processes` shows that it was. */
const PATIENCE_MS = 2_000

/** Asks processes for their readings and adds them up, with what those counted that have ended. */
export class Gatherer {
  readonly #waiting = new Map<number, (reading: Reading) => void>()
  #last = 0
  #inherited: Promise<Reading> = Promise.resolve([])

  /** A reading of all that answer, as text. `ask` tells one process the number of the request. */
  async gather (asks: ReadonlyArray<(request: number) => void>): Promise<string> {
    const readings = await Promise.all(asks.map(async (ask) => await this.#read(ask)))
    return await addReadings([await this.#inherited, ...readings.filter((reading) => reading !== null)]).metrics()
  }

  answered (request: number, reading: Reading): void {
    this.#waiting.get(request)?.(reading)
  }

  inherit (reading: Reading): void {
    this.#inherited = this.#inherited.then(async (inherited) => await countersOf([inherited, reading]))
  }

  async #read (ask: (request: number) => void): Promise<Reading | null> {
    this.#last += 1
    const request = this.#last
    return await new Promise((resolve) => {
      const patience = setTimeout(() => { settle(null) }, PATIENCE_MS)
      const settle = (reading: Reading | null): void => {
        clearTimeout(patience)
        this.#waiting.delete(request)
        resolve(reading)
      }
      this.#waiting.set(request, settle)
      ask(request)
    })
  }
}
