import type { Page, PartyAnswer } from './api.ts'
import { RefusedByService, type Client } from './client.ts'
import { idempotencyKey } from './idempotency-key.ts'
import type { Party } from './plan.ts'

/** The service's ids of parties; each party is made the first time it is asked for. */
export class Parties {
  readonly #client: Client
  readonly #ids = new Map<string, Promise<string>>()

  constructor (client: Client) {
    this.#client = client
  }

  /** The id of a party, which is made where the service has none of its kind and reference. */
  idOf (party: Party): Promise<string> {
    const name = `${party.kind}:${party.ref}`
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const id = this.#make(party)
    this.#ids.set(name, id)
    return id
  }

  async #make ({ kind, ref, name }: Party): Promise<string> {
    try {
      const { body } = await this.#client.post<PartyAnswer>('/v1/parties', idempotencyKey('party', kind, ref), { kind, external_ref: ref, name })
      return body.id
    } catch (error) {
      // Made by somebody else, or so long ago that its idempotency key is forgotten.
      if (!(error instanceof RefusedByService) || error.code !== 'external_ref_taken') throw error
      const { data } = await this.#client.get<Page<PartyAnswer>>(`/v1/parties?kind=${kind}&external_ref=${encodeURIComponent(ref)}`)
      if (data[0] === undefined) throw error
      return data[0].id
    }
  }
}
