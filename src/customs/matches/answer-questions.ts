import { createHmac } from 'node:crypto'
import type { Keyring } from '../keyring/keyring.ts'
import { keyFor, mac } from '../keyring/seal.ts'
import type { Assurance } from '../identities/assurance.ts'
import type { FoundMatch } from '../trades/lift-hold.ts'
import { withAnswer } from './asker-rate.ts'
import { lookAt, type Look } from './look.ts'
import type { AskerRate, Ground, KnownClaim, Outcome, Question } from './question.ts'
import { checkedFields, type ClaimField, type Verdict } from './verdict.ts'

/** So many different claims are answered about a trade, for its whole life, whoever makes them. */
export const CLAIMS_MAX = 5

/** A match as it is kept: everything but the claim. */
export interface NewMatch {
  readonly id: string
  readonly question: Question
  readonly identityId: string | null
  readonly verdict: Verdict
  readonly checked: readonly ClaimField[]
  readonly assurance: Assurance | null
  readonly commitment: Buffer | null
}

/** A question that was answered, or refused because the trade is locked: the trail tells of both. */
export interface NewLookup {
  readonly question: Question
  readonly identityId: string | null
  readonly partyId: string | null
  readonly matchId: string | null
  readonly verdict: Verdict | 'locked'
  readonly isRepeated: boolean
}

/** What questions are answered with: grounds in the order of the questions, rates by key. */
export interface Grounds {
  /** The day of the tenant's clock, such as 2026-01-31. */
  readonly today: string
  readonly grounds: ReadonlyArray<Ground | null>
  readonly rates: ReadonlyMap<string, AskerRate>
}

/**
 * What a set of questions comes to, and all that is to be written before anybody is told. Questions are answered one after the other, each by what those before it left. One without a grant is refused as
 * `not_found`, after the same work as any other. A claim that was made before, about the same person in the same role, is answered again for nothing; one that is new is one of {@link CLAIMS_MAX}, unless
 * nothing can be said about the person at all.
 */
export class Answers {
  readonly outcomes: Outcome[] = []
  readonly matches: NewMatch[] = []
  readonly lookups: NewLookup[] = []
  /** All claims of the trades that were asked something new, by trade. */
  readonly claims = new Map<string, readonly KnownClaim[]>()
  /** The matches that lift a hold, by trade. */
  readonly cleared = new Map<string, Pick<FoundMatch, 'matchId' | 'version'>>()
  /** The rates of the keys that asked something new, as they are with that. */
  readonly rates = new Map<string, AskerRate>()
  readonly #keyring: Keyring
  readonly #grounds: Grounds
  readonly #newId: () => string

  constructor (keyring: Keyring, questions: readonly Question[], grounds: Grounds, newId: () => string) {
    this.#keyring = keyring
    this.#grounds = grounds
    this.#newId = newId
    questions.forEach((question, index) => { this.outcomes.push(this.#answer(question, grounds.grounds[index] ?? null)) })
  }

  #answer (question: Question, ground: Ground | null): Outcome {
    const { pausedSeconds } = this.#rateOf(question)
    if (pausedSeconds !== null) return { kind: 'paused', seconds: pausedSeconds }
    const look = lookAt(this.#keyring, question, ground, this.#grounds.today)
    if (ground === null) return { kind: 'refused', code: 'not_found' }
    const asked = this.claims.get(question.tradeId) ?? ground.claims
    if (look === null) return this.#unavailable(question, ground, CLAIMS_MAX - asked.length)
    const before = asked.find(({ digest }) => digest === look.digest)
    if (before === undefined && asked.length >= CLAIMS_MAX) return this.#locked(question, ground)
    const { verdict, matchId, isRepeated } = this.#match(question, ground, { asked, before, look })
    if (verdict === 'match' && ground.heldVersion !== null) this.cleared.set(question.tradeId, { matchId, version: ground.heldVersion })
    this.#record(question, ground, { matchId, verdict, isRepeated })
    const attemptsLeft = CLAIMS_MAX - asked.length - (before === undefined ? 1 : 0)
    const mayKnow = question.asker.mayKnowDetail && ground.grant.detail
    return { kind: 'answered', matchId, verdict, attemptsLeft, findings: mayKnow ? look.judgement.findings : null }
  }

  /** The match of a claim: the one that this key was answered before, or a new one. */
  #match (question: Question, ground: Ground, { asked, before, look }: { asked: readonly KnownClaim[], before: KnownClaim | undefined, look: Look }) {
    const { asker: { keyId }, tradeId } = question
    const verdict = before?.verdict ?? look.judgement.verdict
    const own = before?.matches[keyId]
    if (own !== undefined) return { verdict, matchId: own, isRepeated: true }
    const matchId = this.#newId()
    const kept: KnownClaim = { digest: look.digest, verdict, matches: { ...before?.matches, [keyId]: matchId } }
    this.claims.set(tradeId, before === undefined ? [...asked, kept] : asked.map((each) => each === before ? kept : each))
    this.rates.set(keyId, withAnswer(this.#rateOf(question), verdict))
    this.matches.push({
      id: matchId,
      question,
      identityId: ground.person?.identityId ?? null,
      verdict,
      checked: checkedFields(look.judgement),
      assurance: ground.person?.assurance ?? null,
      commitment: createHmac('sha256', nonceOf(look.dataKey, matchId)).update(question.canonical).digest()
    })
    return { verdict, matchId, isRepeated: false }
  }

  /** What is said of somebody of whom nothing can be said, whatever was claimed: it is none of the five. */
  #unavailable (question: Question, ground: Ground, attemptsLeft: number): Outcome {
    const matchId = this.#newId()
    this.matches.push({ id: matchId, question, identityId: ground.person?.identityId ?? null, verdict: 'unavailable', checked: [], assurance: null, commitment: null })
    this.#record(question, ground, { matchId, verdict: 'unavailable', isRepeated: false })
    return { kind: 'answered', matchId, verdict: 'unavailable', attemptsLeft, findings: null }
  }

  #locked (question: Question, ground: Ground): Outcome {
    this.#record(question, ground, { matchId: null, verdict: 'locked', isRepeated: false })
    return { kind: 'refused', code: 'match_locked' }
  }

  #record (question: Question, { person }: Ground, result: Pick<NewLookup, 'matchId' | 'verdict' | 'isRepeated'>): void {
    this.lookups.push({ question, identityId: person?.identityId ?? null, partyId: person?.partyId ?? null, ...result })
  }

  #rateOf ({ asker: { keyId } }: Question): AskerRate {
    return this.rates.get(keyId) ?? this.#grounds.rates.get(keyId) ?? { asked: 0, mismatched: 0, pausedSeconds: null }
  }
}

/** What a receipt of a match is opened with: made of the identity's own key, so that it is the same each time and gone with that key. */
export function nonceOf (dataKey: Uint8Array, matchId: string): Buffer {
  return mac(keyFor('receipt nonces', dataKey), matchId)
}
