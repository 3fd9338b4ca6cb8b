import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { keyringOf } from '../src/customs/keyring/keyring.ts'
import { newDataKey } from '../src/customs/keyring/seal.ts'
import { wrapKey } from '../src/customs/keyring/wrap.ts'
import { aboutIdentity, sealFields } from '../src/customs/identities/identity-fields.ts'
import { makeTags } from '../src/customs/identities/identity-tags.ts'
import { parseIdentity, type IdentityText } from '../src/customs/identities/parse-identity.ts'
import { Answers, CLAIMS_MAX, nonceOf, type Grounds } from '../src/customs/matches/answer-questions.ts'
import { withAnswer } from '../src/customs/matches/asker-rate.ts'
import { canonicalClaim, parseClaim, type ClaimText, type Jurisdiction } from '../src/customs/matches/claim.ts'
import type { AskerRate, Ground, KnownClaim, Person, Question } from '../src/customs/matches/question.ts'
import type { Verdict } from '../src/customs/matches/verdict.ts'
import { newId } from '../src/kernel/ids.ts'
import { cardNumber, HONG, LI, PURPOSE, TRUE_OF_HONG, TRUE_OF_LI } from './support/customs-desk.ts'

const TODAY = '2026-01-31'
const keyring = keyringOf([{ id: 'k', secret: randomBytes(32) }])
const BROKER = { keyId: newId(), recipient: 'customs_broker', mayKnowDetail: false }
const OTHER = { ...BROKER, keyId: newId() }

const dataKeys = new Map<string, Buffer>()

function person (text: object, more: Partial<Person> = {}): Person {
  const identity = parseIdentity(text as IdentityText)
  const owner = { tenantId: 1, identityId: newId() }
  const dataKey = newDataKey()
  dataKeys.set(owner.identityId, dataKey)
  const { keyId, wrapped } = wrapKey(keyring, dataKey, aboutIdentity(owner))
  return {
    ...owner,
    partyId: newId(),
    assurance: identity.assurance,
    consent: { isLive: true, purposes: [PURPOSE], recipients: ['customs_broker'], crossBorder: false },
    secret: { keyId, wrappedKey: wrapped, fields: sealFields(dataKey, owner, identity.validUntil === null ? {} : { id_valid_until: identity.validUntil }), tags: makeTags(dataKey, identity) },
    ...more
  }
}

function groundOf (someone: Person | null, more: Partial<Ground> = {}): Ground {
  return { grant: { detail: false, crossBorder: false }, person: someone, claims: [], heldVersion: null, ...more }
}

function question (claim: ClaimText, jurisdiction: Jurisdiction = 'CN', more: Partial<Question> = {}): Question {
  return { asker: BROKER, tradeId: 'trade', role: 'orderer', jurisdiction, purpose: PURPOSE, claim: parseClaim(claim, jurisdiction, '/claim'), canonical: canonicalClaim(claim), ...more }
}

function answer (questions: readonly Question[], ground: Ground | null, rates: ReadonlyMap<string, AskerRate> = new Map()): Answers {
  const grounds: Grounds = { today: TODAY, grounds: questions.map(() => ground), rates }
  return new Answers(keyring, questions, grounds, newId)
}

function verdictOf (asked: Question, ground: Ground | null): string {
  const [outcome] = answer([asked], ground).outcomes
  return outcome?.kind === 'answered' ? outcome.verdict : outcome?.kind === 'refused' ? outcome.code : 'paused'
}

const li = person(LI)
const hong = person(HONG)
const { phone: _phone, ...withoutPhone } = HONG
const unreachable = person(withoutPhone)
const { postcodes: _postcodes, ...withoutPostcodes } = HONG
const homeless = person(withoutPostcodes)
const traveller = person({ ...LI, names: [{ script: 'Latn', full: 'Anna Maria Charlotte Elisabeth Vandersample' }], id: { type: 'passport', number: 'E12345678', country: 'DE' } })
const PASSPORT = { id_type: 'passport', id_number: 'e 1234 5678', id_country: 'DE' }
const { id_number: _number, ...NAME_OF_LI } = TRUE_OF_LI
const { phone: _ownPhone, ...UNREACHED } = TRUE_OF_HONG
const { postcode: _ownPostcode, ...UNSENT } = TRUE_OF_HONG

const VERDICTS: ReadonlyArray<readonly [title: string, who: Person, claim: ClaimText, jurisdiction: Jurisdiction, verdict: Verdict]> = [
  ['name and document', li, TRUE_OF_LI, 'CN', 'match'],
  ['all that is known', li, { ...TRUE_OF_LI, phone: '13800138000', postcode: '100010' }, 'CN', 'match'],
  ['the name in another script that is held', li, { ...TRUE_OF_LI, name: 'LI SHIFAN' }, 'CN', 'match'],
  ['the name in another order', li, { ...TRUE_OF_LI, name: 'Shifan, Li' }, 'CN', 'close_match'],
  ['Chinese characters in another order', li, { ...TRUE_OF_LI, name: '示范李' }, 'CN', 'no_match'],
  ['traditional characters', li, { ...TRUE_OF_LI, name: '李示範' }, 'CN', 'no_match'],
  ['a script that is not held', li, { ...TRUE_OF_LI, name: '홍견본' }, 'CN', 'insufficient'],
  ['a script that is not held, and another document', li, { ...TRUE_OF_LI, name: '홍견본', id_number: cardNumber(1) }, 'CN', 'no_match'],
  ['another name', li, { ...TRUE_OF_LI, name: '李示' }, 'CN', 'no_match'],
  ['another document', li, { ...TRUE_OF_LI, id_number: cardNumber(2) }, 'CN', 'no_match'],
  ['a close name and another document', li, { ...TRUE_OF_LI, name: 'SHIFAN LI', id_number: cardNumber(2) }, 'CN', 'no_match'],
  ['another telephone', li, { ...TRUE_OF_LI, phone: '13900139000' }, 'CN', 'no_match'],
  ['a close name and another telephone', li, { ...TRUE_OF_LI, name: 'SHIFAN LI', phone: '13900139000' }, 'CN', 'no_match'],
  ['another postcode', li, { ...TRUE_OF_LI, postcode: '100011' }, 'CN', 'no_match'],
  ['no document', li, { name: '李示范' }, 'CN', 'insufficient'],
  ['no name', li, { id_type: 'cn_id', id_number: TRUE_OF_LI.id_number }, 'CN', 'insufficient'],
  ['nothing', li, {}, 'CN', 'insufficient'],
  ['a type without a number', li, NAME_OF_LI, 'CN', 'insufficient'],
  ['a document of another type', li, { ...TRUE_OF_LI, ...PASSPORT }, 'CN', 'no_match'],
  ['all that Korea asks for', hong, TRUE_OF_HONG, 'KR', 'match'],
  ['Hangul letter by letter', hong, { ...TRUE_OF_HONG, name: '홍견본'.normalize('NFD') }, 'KR', 'match'],
  ['a code with another digit', hong, { ...TRUE_OF_HONG, id_number: 'P123456789013' }, 'KR', 'no_match'],
  ['another name', hong, { ...TRUE_OF_HONG, name: '홍견' }, 'KR', 'no_match'],
  ['another telephone', hong, { ...TRUE_OF_HONG, phone: '010-1234-5679' }, 'KR', 'no_match'],
  ['another postcode', hong, { ...TRUE_OF_HONG, postcode: '04525' }, 'KR', 'no_match'],
  ['no postcode where one is held', hong, UNSENT, 'KR', 'insufficient'],
  ['no postcode where none is held', homeless, UNSENT, 'KR', 'match'],
  ['a postcode where none is held', homeless, TRUE_OF_HONG, 'KR', 'match'],
  ['no telephone', hong, UNREACHED, 'KR', 'insufficient'],
  ['no telephone is held, whatever is claimed', unreachable, { ...TRUE_OF_HONG, id_number: 'P123456789013' }, 'KR', 'unavailable'],
  ['a passport', traveller, { ...PASSPORT, name: 'Anna Maria Charlotte Elisabeth Vandersample' }, 'CN', 'match'],
  ['a passport of another country', traveller, { ...PASSPORT, id_country: 'CH', name: 'Anna Maria Charlotte Elisabeth Vandersample' }, 'CN', 'no_match'],
  ['a passport of no country', traveller, { id_type: 'passport', id_number: 'E12345678', name: 'Anna Maria Charlotte Elisabeth Vandersample' }, 'CN', 'insufficient'],
  ['a name as the machine-readable zone cuts it', traveller, { ...PASSPORT, name: 'ANNA<MARIA<CHARLOTTE<ELISABETH<VANDERSAMPLE'.slice(0, 39) }, 'CN', 'close_match'],
  ['a name cut somewhere else', traveller, { ...PASSPORT, name: 'ANNA MARIA CHARLOTTE' }, 'CN', 'no_match']
]

for (const [title, who, claim, jurisdiction, verdict] of VERDICTS) {
  t.test(`${jurisdiction}, ${title}: ${verdict}`, async (t) => { t.equal(verdictOf(question(claim, jurisdiction), groundOf(who)), verdict) })
}

t.test('nothing is said of whom nothing may be said, whatever is claimed, and it is none of the five', async (t) => {
  const consent = li.consent
  const cases: ReadonlyArray<readonly [string, Ground]> = [
    ['erased', groundOf({ ...li, secret: null })],
    ['nobody named', groundOf(null)],
    ['a document that expired yesterday', groundOf(person({ ...LI, id: { ...LI.id, valid_until: '2026-01-30' } }))],
    ['low assurance', groundOf(person({ ...LI, evidence: [{ method: 'self_declared', provider: 'x', verified_at: '2026-01-01T00:00:00Z' }] }))],
    ['a consent that ended', groundOf({ ...li, consent: { ...consent, isLive: false } })],
    ['a consent to something else', groundOf({ ...li, consent: { ...consent, purposes: ['marketing'] } })],
    ['a consent to somebody else', groundOf({ ...li, consent: { ...consent, recipients: ['bank'] } })],
    ['a consent to stay in the country', groundOf(li, { grant: { detail: false, crossBorder: true } })]
  ]
  for (const [title, ground] of cases) {
    for (const claim of [TRUE_OF_LI, { ...TRUE_OF_LI, id_number: cardNumber(3) }, {}]) {
      const answers = answer([question(claim)], ground)
      t.match(answers.outcomes, [{ kind: 'answered', verdict: 'unavailable', attemptsLeft: CLAIMS_MAX, findings: null }], title)
      t.equal(answers.claims.size, 0)
      t.equal(answers.rates.size, 0)
      t.match(answers.lookups, [{ verdict: 'unavailable' }], 'and it is in the trail')
    }
  }
  t.equal(verdictOf(question(TRUE_OF_LI), groundOf(person({ ...LI, id: { ...LI.id, valid_until: TODAY } }))), 'match', 'the last day counts')
  t.equal(verdictOf(question(TRUE_OF_LI, 'CN', { asker: { ...BROKER, recipient: null } }), groundOf({ ...li, consent: { ...consent, recipients: ['bank'] } })), 'match', 'the tenant\'s own staff is no recipient')
})

t.test('without a grant there is nothing: no answer, no trail, no count', async (t) => {
  const answers = answer([question(TRUE_OF_LI), question({})], null)
  t.strictSame(answers.outcomes, [{ kind: 'refused', code: 'not_found' }, { kind: 'refused', code: 'not_found' }])
  t.strictSame([answers.matches, answers.lookups, answers.claims.size, answers.rates.size], [[], [], 0, 0])
})

t.test('five different claims are answered, whoever makes them, and each of them again for nothing', async (t) => {
  const claims = Array.from({ length: 7 }, (_, serial) => question({ ...TRUE_OF_LI, id_number: cardNumber(serial) }, 'CN', serial % 2 === 0 ? {} : { asker: OTHER }))
  const answers = answer([...claims, ...claims.slice(0, 5)], groundOf(li))
  t.same(answers.outcomes.map((outcome) => outcome.kind === 'answered' ? outcome.attemptsLeft : outcome.kind === 'refused' ? outcome.code : ''), [4, 3, 2, 1, 0, 'match_locked', 'match_locked', 0, 0, 0, 0, 0])
  t.equal(answers.matches.length, 5)
  t.same(answers.lookups.map(({ verdict, isRepeated }) => `${verdict}${isRepeated ? ' again' : ''}`), [...Array(5).fill('no_match'), 'locked', 'locked', ...Array(5).fill('no_match again')])
  t.same([...answers.rates.values()].map(({ asked, mismatched }) => [asked, mismatched]), [[3, 3], [2, 2]], 'what is asked again is not counted')
})

t.test('another key gets a match of its own for the same claim, and the claim is still one', async (t) => {
  const first = answer([question(TRUE_OF_LI)], groundOf(li))
  const claims = first.claims.get('trade') ?? []
  const second = answer([question({ ...TRUE_OF_LI, name: '李 示范' }, 'CN', { asker: OTHER })], groundOf(li, { claims }))
  t.equal(second.claims.get('trade')?.length, 1)
  t.not(second.matches[0]?.id, first.matches[0]?.id)
  t.match(second.outcomes, [{ verdict: 'match', attemptsLeft: CLAIMS_MAX - 1 }])
})

t.test('the same claim about another role, law or person is another claim', async (t) => {
  const answers = answer([question(TRUE_OF_LI), question(TRUE_OF_LI, 'CN', { role: 'payer' }), question(TRUE_OF_LI, 'KR')], groundOf(li))
  t.equal(answers.claims.get('trade')?.length, 3)
  const again = answer([question(TRUE_OF_LI)], groundOf(person(LI), { claims: answers.claims.get('trade') ?? [] }))
  t.equal(again.claims.get('trade')?.length, 4, 'also where the other person has the same facts')
})

t.test('digests of one claim about two people of the same facts have nothing in common', async (t) => {
  const digests = [li, person(LI)].map((who) => answer([question(TRUE_OF_LI)], groundOf(who)).claims.get('trade')?.[0]?.digest)
  t.not(digests[0], digests[1])
})

t.test('which field differs is told only to who may know it, by a grant that says so', async (t) => {
  const wrong = { ...TRUE_OF_LI, phone: '13900139000' }
  const staff = { ...BROKER, recipient: null, mayKnowDetail: true }
  const told = groundOf(li, { grant: { detail: true, crossBorder: false } })
  const findings = (asker: Question['asker'], ground: Ground): unknown => (answer([question(wrong, 'CN', { asker })], ground).outcomes[0] as { findings: unknown }).findings
  t.equal(findings(BROKER, told), null)
  t.equal(findings(staff, groundOf(li)), null)
  t.strictSame(findings(staff, told), { name: 'same', id: 'same', phone: 'different', postcode: 'not_claimed' })
})

t.test('a key that was wrong in more than a fifth of fifty is told nothing for an hour, also within a batch', async (t) => {
  const cases: ReadonlyArray<readonly [before: Pick<AskerRate, 'asked' | 'mismatched'>, verdict: Verdict, paused: boolean]> = [
    [{ asked: 48, mismatched: 48 }, 'no_match', false],
    [{ asked: 49, mismatched: 9 }, 'no_match', false],
    [{ asked: 49, mismatched: 10 }, 'no_match', true],
    [{ asked: 49, mismatched: 11 }, 'match', true],
    [{ asked: 49, mismatched: 10 }, 'match', false],
    [{ asked: 49, mismatched: 10 }, 'close_match', false],
    [{ asked: 99, mismatched: 19 }, 'no_match', false],
    [{ asked: 99, mismatched: 20 }, 'no_match', true]
  ]
  for (const [before, verdict, paused] of cases) t.equal(withAnswer({ ...before, pausedSeconds: null }, verdict).pausedSeconds !== null, paused, JSON.stringify([before, verdict]))
  const wrong = question({ ...TRUE_OF_LI, id_number: cardNumber(1) })
  const answers = answer([wrong, question(TRUE_OF_LI)], groundOf(li), new Map([[BROKER.keyId, { asked: 49, mismatched: 10, pausedSeconds: null }]]))
  t.match(answers.outcomes, [{ kind: 'answered', verdict: 'no_match' }, { kind: 'paused', seconds: 3600 }])
})

t.test('a match of a held trade lifts the hold, and no other verdict does', async (t) => {
  const held = groundOf(li, { heldVersion: 3 })
  t.match(answer([question(TRUE_OF_LI)], held).cleared.get('trade'), { version: 3 })
  for (const claim of [{ ...TRUE_OF_LI, name: 'SHIFAN LI' }, { ...TRUE_OF_LI, phone: '13900139000' }, {}]) t.equal(answer([question(claim)], held).cleared.size, 0)
})

t.test('the commitment of a match opens with its nonce and the claim as it was sent', async (t) => {
  const claim = { phone: '１３８ 0013 8000', ...TRUE_OF_LI }
  const [match] = answer([question(claim)], groundOf(li)).matches
  const nonce = nonceOf(dataKeys.get(li.identityId) ?? Buffer.alloc(0), match?.id ?? '')
  const text = `{"id_number":"${claim.id_number}","id_type":"cn_id","name":"李示范","phone":"１３８ 0013 8000"}`
  t.same(match?.commitment, createHmac('sha256', nonce).update(text).digest())
})

t.test('however claims are ordered, repeated and shared between keys, five different ones are answered and every one always alike', async () => {
  const wrongs = Array.from({ length: 9 }, (_, serial) => ({ ...TRUE_OF_LI, id_number: cardNumber(serial) }))
  const pool: readonly ClaimText[] = [TRUE_OF_LI, ...wrongs, { name: '李示范' }]
  fc.assert(fc.property(fc.array(fc.record({ claim: fc.nat(pool.length - 1), other: fc.boolean(), split: fc.boolean() }), { maxLength: 30 }), (steps) => {
    let claims: readonly KnownClaim[] = []
    const answered = new Map<number, string>()
    let batch: Array<(typeof steps)[number]> = []
    const flush = (): boolean => {
      const answers = answer(batch.map(({ claim, other }) => question(pool[claim] ?? {}, 'CN', { asker: other ? OTHER : BROKER })), groundOf(li, { claims }))
      claims = answers.claims.get('trade') ?? claims
      const right = batch.every(({ claim }, index) => {
        const outcome = answers.outcomes[index]
        const before = answered.get(claim)
        if (outcome?.kind !== 'answered') return before === undefined && answered.size === CLAIMS_MAX
        answered.set(claim, outcome.verdict)
        return before === undefined ? answered.size <= CLAIMS_MAX : before === outcome.verdict
      })
      batch = []
      return right && claims.length <= CLAIMS_MAX
    }
    for (const step of steps) {
      batch.push(step)
      if (step.split && !flush()) return false
    }
    return flush() && claims.length === answered.size
  }), { numRuns: 150 })
})
