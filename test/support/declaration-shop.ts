import { randomUUID } from 'node:crypto'
import type { Answer, Keys, TestApi } from './api.ts'

/** Somebody who does not exist, with words that would be found wherever they do not belong. */
export const SENTINEL = { name: '欧阳哨兵示范', idNumber: '11010519491231002X', phone: '+8613900001234' } as const

/** A marketplace that declares payments over HTTP: one buyer whose identity is registered, and trades of so many units at 10.00. */
export class DeclarationShop {
  readonly #api: TestApi
  readonly keys: Keys
  readonly identity: string
  readonly #buyer: string
  readonly #seller: string
  #count = 0

  private constructor (api: TestApi, keys: Keys, { buyer, seller, identity }: { readonly buyer: string, readonly seller: string, readonly identity: string }) {
    this.#api = api
    this.keys = keys
    this.#buyer = buyer
    this.#seller = seller
    this.identity = identity
  }

  static async open (api: TestApi, keys: Keys, document: { readonly type: string, readonly number: string } = { type: 'cn_id', number: SENTINEL.idNumber }): Promise<DeclarationShop> {
    const send = async (path: string, body: object): Promise<string> => (await api.call('POST', `/v1/${path}`, { key: keys.marketplace, body })).body.id
    const ref = randomUUID()
    const buyer = await send('parties', { kind: 'buyer', external_ref: ref, name: 'B' })
    const seller = await send('parties', { kind: 'seller', external_ref: ref, name: 'S' })
    const consent = await send('consents', { party: buyer, purposes: ['customs_clearance'], recipients: ['customs_broker'], cross_border: true })
    const identity = await send('identities', {
      consent,
      names: document.type === 'kr_pccc' ? [{ script: 'Hang', full: '홍길동' }] : [{ script: 'Hans', full: SENTINEL.name }],
      id: { ...document, ...document.type === 'passport' ? { country: 'GB' } : {} },
      phone: SENTINEL.phone,
      postcodes: ['100010'],
      evidence: [{ method: 'government_database', provider: 'sample', ref: 'V-1', verified_at: '2026-01-30T08:00:00Z', sha256: 'ab'.repeat(32) }]
    })
    return new DeclarationShop(api, keys, { buyer, seller, identity })
  }

  async post (path: string, body: object | string = {}, { key = this.keys.marketplace, ...headers }: Record<string, string> = {}): Promise<Answer> {
    return await this.#api.call('POST', `/v1/${path}`, { key, body, headers })
  }

  async get (path: string, key = this.keys.marketplace): Promise<Answer> {
    return await this.#api.call('GET', `/v1/${path}`, { key })
  }

  /** A trade that is paid in full, with its customs parties named. */
  async paid (units = 10, currency = 'CNY'): Promise<Answer> {
    const ref = `ORD-${++this.#count}-${this.#buyer.slice(-6)}`
    const lines = [{ ref: '1', seller: this.#seller, quantity: units, unit_price: '10', fulfilment: 'express' }]
    const trade = await this.post('trades', { external_ref: ref, buyer: this.#buyer, currency, lines })
    await this.#api.call('PUT', `/v1/trades/${trade.body.id}/customs-parties`, { key: this.keys.marketplace, body: { payer: this.identity, orderer: this.identity } })
    return await this.post(`trades/${trade.body.id}/payments`, { amount: String(trade.body['total']), provider: 'sandbox', provider_ref: `P-${ref}` })
  }

  /** What a declaration of that trade says, with what is told in place of it. */
  wish (trade: Answer, more: object = {}): object {
    return { request_id: `DEC-${this.#buyer.slice(-8)}-${++this.#count}`, trade: trade.body.id, customs: 'GUANGZHOU_ZS', merchant_code: '4401961234', merchant_name: 'Example Store (made up)', ...more }
  }

  async declare (trade: Answer, more: object = {}): Promise<Answer> {
    return await this.post('declarations', this.wish(trade, more))
  }

  /** Gives some units of a trade back before they are shipped. */
  async cancel (trade: Answer, units: number): Promise<Answer> {
    const line = (trade.body['lines'] as Array<{ id: string }>)[0]?.id
    return await this.post(`trades/${trade.body.id}/cancellation`, { lines: [{ line, quantity: units }], seller_agreed: true })
  }

  /** Lets time pass, and does what is due meanwhile. */
  async wait (leap: { readonly by_seconds: number } | { readonly to: string }): Promise<void> {
    const { status, text, body } = await this.post('test-clock/advance', leap)
    if (status !== 200 || body.has_more) throw new Error(text)
  }
}
