import { randomBytes } from 'node:crypto'
import { createKey } from '../../auth/keys.ts'
import { giveConsent } from '../../customs/identities/consent.ts'
import { parseIdentity } from '../../customs/identities/parse-identity.ts'
import { registerIdentity } from '../../customs/identities/register-identity.ts'
import { keyringOf } from '../../customs/keyring/keyring.ts'
import type { ClaimText } from '../../customs/matches/claim.ts'
import { MatchDesk } from '../../customs/matches/match-desk.ts'
import { parseQuestion } from '../../customs/matches/parse-question.ts'
import type { Asker, Question } from '../../customs/matches/question.ts'
import { nameParties } from '../../customs/trades/name-parties.ts'
import { inTransaction } from '../../db/transaction.ts'
import { createTrade } from '../../escrow/steps/create-trade.ts'
import { parseTerms } from '../../escrow/trade/terms.ts'
import { externalId, internalId, newId } from '../../kernel/ids.ts'
import { openTenant } from '../bench-database.ts'
import { drive } from '../drive.ts'
import type { Comparison, Group, Stage, Variant } from '../group.ts'
import { openCast, originOf } from '../play/journal-steps.ts'
import { idIn, propose } from '../play/trade-life.ts'
import { TradeStock } from '../play/trade-stock.ts'

const CLIENTS = 64
const BATCH = 100
const BATCHES_AT_ONCE = 4
const PURPOSE = 'customs_clearance'
/** How many matches a run may need before one has shown it, for each second, and how much faster the next may be. */
const RATE_GUESS = 3000
const SPARE = 1.3

const PERSON = {
  names: [{ script: 'Hani', full: '李示范' }, { script: 'Latn', full: 'Li Shifan' }],
  id: { type: 'cn_id', number: '110101199003070011' },
  phone: '+8613800138000',
  postcodes: ['100010'],
  evidence: [{ method: 'government_database' as const, provider: 'bench', verified_at: '2026-01-01T00:00:00Z' }]
}
const KNOWN = { name: '李示范', id_type: 'cn_id', id_number: '110101199003070011' }
/** Five different claims about one trade that are all true, so that nobody is paused. */
const CLAIMS: readonly ClaimText[] = [
  KNOWN, { ...KNOWN, phone: '13800138000' }, { ...KNOWN, postcode: '100010' }, { ...KNOWN, phone: '13800138000', postcode: '100010' }, { ...KNOWN, name: 'LI SHIFAN' }
]

/** Matches one by one and in batches: each compares a claim, counts it under its trade's lock and adds to the trail before it is answered. */
export const customs: Group = {
  name: 'customs',
  about: 'matches of claims about identities, alone and in batches',
  async open (stage) {
    const { desk, tenantId, stock } = await openDesk(stage)
    const ask = async (questions: readonly Question[]): Promise<number> => {
      for (const outcome of await desk.ask(tenantId, { questions })) {
        if (outcome.kind !== 'answered' || outcome.verdict !== 'match') throw new Error('a claim that is true did not match')
      }
      return questions.length
    }
    let asked: Question | null = null
    const fresh = (name: string, about: string, clients: number, each: number): Variant => {
      let rate = RATE_GUESS
      return {
        name: `customs.${name}.${clients}`,
        about: `${about}, in process`,
        unit: 'operations',
        clients,
        prepare: async (seconds) => { await stock.fill(Math.ceil(rate * seconds * SPARE / CLAIMS.length) + clients * each) },
        async run (seconds) {
          let open: Question[] = []
          const sample = await drive({
            clients,
            seconds,
            step: async () => {
              while (open.length < each) {
                const questions = stock.take()
                if (questions === null) return 0
                open.push(...questions)
              }
              const taken = open.slice(0, each)
              open = open.slice(each)
              asked ??= taken[0] ?? null
              return await ask(taken)
            }
          })
          rate = Math.max(rate, sample.ratePerSecond)
          return sample
        }
      }
    }
    return {
      variants: [
        fresh('match', 'one new claim at a time', 1, 1),
        fresh('match', 'new claims', CLIENTS, 1),
        fresh('batch', `new claims in batches of ${BATCH}`, BATCHES_AT_ONCE, BATCH),
        {
          name: `customs.again.${CLIENTS}`,
          about: 'a claim that was made before, in process',
          unit: 'operations',
          clients: CLIENTS,
          run: async (seconds) => await drive({ clients: CLIENTS, seconds, step: async () => asked === null ? 0 : await ask([asked]) })
        }
      ],
      comparisons: [
        beside('batch', `customs.batch.${BATCHES_AT_ONCE}`, `matches in batches of ${BATCH}, ${BATCHES_AT_ONCE} in flight, beside single ones, ${CLIENTS} in flight`),
        beside('again', `customs.again.${CLIENTS}`, `claims that were made before beside new ones, ${CLIENTS} in flight`)
      ],
      close: async () => {}
    }
  }
}

function beside (name: string, ours: string, about: string): Comparison {
  return { name: `${name}/match`, about, of: 'rate_per_second', ours: [ours], theirs: [`customs.match.${CLIENTS}`], aim: null }
}

/** A tenant with a verified buyer, a broker, and a stock of trades that he may ask about: of each the five claims. */
async function openDesk ({ database: { databases, owner, ...database }, journal }: Stage): Promise<{ desk: MatchDesk, tenantId: number, stock: TradeStock<readonly Question[]> }> {
  const keyring = keyringOf([{ id: 'bench', secret: randomBytes(32) }])
  const tenantId = await openTenant({ ...database, databases, owner }, 'customs')
  const cast = await openCast(journal, tenantId)
  const { asker, identityId } = await inTransaction(databases.read, async (trx) => {
    const { apiKey: { id: keyId } } = await createKey(trx, { tenantId, tenantKind: 'sandbox', name: 'bench', role: 'broker', actor: 'cli' })
    const partyId = internalId('pty', cast.buyers[0] ?? '')
    const consent = await giveConsent(trx, tenantId, { partyId, purposes: [PURPOSE], recipients: ['customs_broker'], crossBorder: false, givenAt: null, expiresAt: null, keyId })
    const asker: Asker = { keyId, recipient: 'customs_broker', mayKnowDetail: false }
    return { asker, identityId: await registerIdentity(trx, keyring, tenantId, { consentId: consent.id, partyId: null, identity: parseIdentity(PERSON), keyId }) }
  })
  const stock = new TradeStock(async (): Promise<readonly Question[]> => {
    const trade = idIn((await journal.submit(createTrade(originOf(tenantId), parseTerms(propose(cast))))).answer)
    const tradeId = internalId('trd', trade)
    await journal.submit(nameParties(originOf(tenantId), { tradeId, expectedVersion: null }, { payerId: identityId, ordererId: identityId }))
    await owner.query(`
      insert into trade_grants (tenant_id, id, trade_id, key_id, purpose, cross_border, detail, expires_at, created_by) values ($1, $2, $3, $4, $5, false, false, '2099-01-01', $4)`,
    [tenantId, newId(), tradeId, asker.keyId, PURPOSE])
    return CLAIMS.map((claim) => parseQuestion({ trade: externalId('trd', tradeId ?? ''), role: 'orderer', jurisdiction: 'CN', purpose: PURPOSE, claim }, asker))
  })
  return { desk: new MatchDesk({ db: databases.match, keyring, lift: async () => {} }), tenantId, stock }
}
