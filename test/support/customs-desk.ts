import { isChineseId } from '../../src/customs/forms/id-number.ts'
import { externalId } from '../../src/kernel/ids.ts'
import type { Answer, Keys, TestApi } from './api.ts'

/** A made-up person, as a marketplace registers him. */
export interface Person {
  readonly names: ReadonlyArray<{ readonly script: string, readonly full: string }>
  readonly id: { readonly type: string, readonly number: string, readonly country?: string, readonly valid_until?: string | null }
  readonly phone?: string
  readonly postcodes?: readonly string[]
  readonly evidence: ReadonlyArray<Readonly<Record<string, string>>>
}

const EVIDENCE = [{ method: 'government_database', provider: 'sample', ref: 'V-1', verified_at: '2026-01-30T08:00:00Z', sha256: 'ab'.repeat(32) }]

export const LI: Person = {
  names: [{ script: 'Hani', full: '李示范' }, { script: 'Latn', full: 'Li Shifan' }],
  id: { type: 'cn_id', number: '110101199003070011', country: 'CN' },
  phone: '+8613800138000',
  postcodes: ['100010'],
  evidence: EVIDENCE
}

export const HONG: Person = {
  names: [{ script: 'Hang', full: '홍견본' }],
  id: { type: 'kr_pccc', number: 'P123456789012' },
  phone: '+821012345678',
  postcodes: ['04524'],
  evidence: EVIDENCE
}

/** What is true of a person, as a broker claims it. */
export const TRUE_OF_LI = { name: '李示范', id_type: 'cn_id', id_number: '110101199003070011' }
export const TRUE_OF_HONG = { name: '홍견본', id_type: 'kr_pccc', id_number: 'P123456789012', phone: '010-1234-5678', postcode: '04524' }

export const PURPOSE = 'customs_clearance'
const FAR = '2099-01-01T00:00:00Z'

/** The number of a made-up card: of a day in 1990, and a serial number. */
export function cardNumber (serial: number): string {
  const [month, day] = [1 + Math.floor(serial / 28_000) % 12, 1 + Math.floor(serial / 1000) % 28]
  const body = `1101011990${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}${String(serial % 1000).padStart(3, '0')}`
  const check = [...'10X98765432'].find((last) => isChineseId(body + last))
  return body + (check ?? '')
}

/** A marketplace and its brokers of a few words, over HTTP. */
export class CustomsDesk {
  readonly api: TestApi
  readonly tenantId: number
  readonly keys: Keys
  #count = 0

  constructor (api: TestApi, { id, keys }: { readonly id: number, readonly keys: Keys }) {
    this.api = api
    this.tenantId = id
    this.keys = keys
  }

  async send (method: string, path: string, body?: object, key = this.keys.marketplace): Promise<Answer> {
    return await this.api.call(method, `/v1/${path}`, { key, ...body === undefined ? {} : { body } })
  }

  /** As {@link send}, and it must work. */
  async made (method: string, path: string, body?: object, key = this.keys.marketplace): Promise<Answer['body']> {
    const answer = await this.send(method, path, body, key)
    if (answer.status >= 300) throw new Error(`${method} ${path} was refused: ${answer.text}`)
    return answer.body
  }

  async party (kind: 'buyer' | 'seller'): Promise<string> {
    return (await this.made('POST', 'parties', { kind, external_ref: `${kind}-${++this.#count}`, name: kind })).id
  }

  async consent (party: string, more: object = {}): Promise<string> {
    return (await this.made('POST', 'consents', { party, purposes: [PURPOSE], recipients: ['customs_broker'], ...more })).id
  }

  /** Registers a person as a new buyer, and answers the identity. */
  async identity (person: Person = LI, consent: object = {}): Promise<string> {
    return (await this.made('POST', 'identities', { ...person, consent: await this.consent(await this.party('buyer'), consent) })).id
  }

  /** A trade of a new buyer and seller. */
  async trade (): Promise<string> {
    const line = { ref: '1', seller: await this.party('seller'), quantity: 1, unit_price: '10', fulfilment: 'express' }
    return (await this.made('POST', 'trades', { external_ref: `T-${++this.#count}`, buyer: await this.party('buyer'), currency: 'CNY', lines: [line] })).id
  }

  /** A trade that names a person for customs, and lets the broker ask about it. */
  async granted (identity: string, grant: object = {}): Promise<string> {
    const trade = await this.trade()
    await this.made('PUT', `trades/${trade}/customs-parties`, { payer: identity, orderer: identity })
    await this.grant(trade, grant)
    return trade
  }

  async grant (trade: string, more: object = {}): Promise<string> {
    return (await this.made('POST', `trades/${trade}/grants`, { broker: await this.keyId('broker'), purpose: PURPOSE, expires_at: FAR, ...more })).id
  }

  /** The outside id of the first key of a role. */
  async keyId (role: string): Promise<string> {
    const { rows } = await this.api.databases.read.executeQuery<{ id: string }>(
      this.api.databases.read.selectFrom('api_keys').select('id').where('tenant_id', '=', this.tenantId).where('role', '=', role).orderBy('id').limit(1).compile())
    return externalId('key', rows[0]?.id ?? '')
  }

  /** Asks about who ordered, by Chinese law, unless told otherwise. */
  async ask (trade: string, claim: object, more: object = {}, key = this.keys.broker): Promise<Answer> {
    return await this.send('POST', 'matches', { trade, role: 'orderer', jurisdiction: 'CN', purpose: PURPOSE, claim, ...more }, key)
  }
}
