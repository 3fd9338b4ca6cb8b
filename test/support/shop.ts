import { send, type Answer } from './service.ts'

/** A trade of one line that a shop made. */
export interface ShopTrade {
  readonly id: string
  readonly name: string
}

/** A shop that calls a real service: one buyer, one seller, and trades of 10.00 between them. */
export class Shop {
  readonly #key: string
  readonly #buyer: string
  readonly #seller: string

  private constructor (key: string, buyer: string, seller: string) {
    this.#key = key
    this.#buyer = buyer
    this.#seller = seller
  }

  /** Makes the shop's parties at the service at `url`; `key` is a marketplace's. */
  static async open (url: string, key: string): Promise<Shop> {
    const party = async (kind: string): Promise<string> =>
      (await send(url, key, 'POST', '/v1/parties', { kind, external_ref: kind, name: kind }, `party-${kind}`)).body.id
    return new Shop(key, await party('buyer'), await party('seller'))
  }

  async trades (url: string, names: readonly string[]): Promise<ShopTrade[]> {
    return await Promise.all(names.map(async (name) => {
      const line = { ref: '1', seller: this.#seller, quantity: 1, unit_price: '10.00', fulfilment: 'express', commission_rate: '0.05' }
      const { body } = await send(url, this.#key, 'POST', '/v1/trades', { external_ref: name, buyer: this.#buyer, currency: 'CNY', lines: [line] }, `${name}-create`)
      return { id: body.id, name }
    }))
  }

  /** Reports the payment of each of these trades, all at once, each under its own key, which is always the same. */
  pay (url: string, trades: readonly ShopTrade[]): Array<Promise<Answer>> {
    return trades.map(async ({ id, name }) =>
      await send(url, this.#key, 'POST', `/v1/trades/${id}/payments`, { amount: '10.00', provider: 'sandbox', provider_ref: name }, `${name}-pay`))
  }
}
