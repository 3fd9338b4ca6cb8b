import { randomUUID } from 'node:crypto'
import { createCampaign, type CampaignAnswer } from '../../coins/create-campaign.ts'
import { createProgramme } from '../../coins/create-programme.ts'
import { grantInBulk, type GrantRow } from '../../coins/grant-in-bulk.ts'
import { parseCampaign } from '../../coins/parse-campaign.ts'
import { parseProgramme } from '../../coins/parse-programme.ts'
import type { ProgrammeJson } from '../../coins/show-programme.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Operation } from '../../journal/operation.ts'
import { internalId, newId } from '../../kernel/ids.ts'
import { changeTerms } from '../../parties/change-terms.ts'
import { LOG } from '../bench-database.ts'
import { originOf } from './journal-steps.ts'
import type { Cast } from './trade-life.ts'

const CURRENCY = 'CNY'
/** More than anybody spends while he is measured. */
const PLENTY = 10 ** 9

/** A loyalty programme at work in a tenant, and a campaign of the platform that gives its coins away. */
export interface CoinShop {
  /** The outside id of the campaign. */
  readonly campaign: string
  /** Grants coins to buyers by their outside ids, a row each. */
  readonly grant: (rows: ReadonlyArray<{ readonly buyer: string, readonly coins: number }>) => Promise<void>
}

/** Makes a programme whose coins all sellers of a cast accept and all its buyers have plenty of. */
export async function openCoinShop (journal: Journal, tenantId: number, { buyers, sellers }: Cast): Promise<CoinShop> {
  const submit = async <Answer>(operation: Operation<Answer>): Promise<Answer> => JSON.parse((await journal.submit(operation)).answer) as Answer
  const person = newId()
  const programme: ProgrammeJson = await submit(createProgramme(originOf(tenantId), person, parseProgramme({ currency: CURRENCY, coin: 'BENCHCOIN', name: 'Bench coins' })))
  const campaign: CampaignAnswer = await submit(createCampaign(originOf(tenantId), person, {
    ...parseCampaign({ programme: programme.id, name: 'Bench', funder: 'platform', budget: 10 ** 12, ends_at: '2099-01-01T00:00:00Z' }), currency: CURRENCY
  }))
  await Promise.all(sellers.map(async (seller) => await submit(changeTerms(originOf(tenantId), { partyId: internalId('pty', seller), terms: { acceptsCoins: true }, person }))))
  const target = { id: internalId('cmp', campaign.id) ?? '', currency: CURRENCY }
  const shop: CoinShop = {
    campaign: campaign.id,
    grant: async (rows) => {
      const origin = { tenantId, key: `bench:${randomUUID()}` }
      for await (const result of grantInBulk({ journal, log: LOG, origin, campaign: target }, rowsOf(rows))) {
        if (result.outcome !== 'granted') throw new Error(`a grant was ${result.outcome}: ${result.detail}`)
      }
    }
  }
  await shop.grant(buyers.map((buyer) => ({ buyer, coins: PLENTY })))
  return shop
}

async function * rowsOf (rows: ReadonlyArray<{ readonly buyer: string, readonly coins: number }>): AsyncGenerator<GrantRow> {
  for (const [index, { buyer, coins }] of rows.entries()) {
    yield await Promise.resolve({ row: index + 1, ref: null, wanted: { ref: randomUUID(), buyerId: internalId('pty', buyer), coins: BigInt(coins), reason: 'game_reward' } })
  }
}
