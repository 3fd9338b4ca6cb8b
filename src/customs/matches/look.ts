import { keyFor, mac } from '../keyring/seal.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { openDataKey, openFields } from '../identities/identity-fields.ts'
import { TagKeys } from '../identities/identity-tags.ts'
import { claimKeyOf } from './claim.ts'
import { decoyOf, DECOY_OWNER } from './decoy.ts'
import type { Ground, Person, Question } from './question.ts'
import { ASSURANCE_NEEDED, judge, type Judgement } from './verdict.ts'

/** What came of comparing a claim with somebody. */
export interface Look {
  readonly dataKey: Buffer
  /** Tells this claim about this person in this role from every other one, and nothing more. */
  readonly digest: string
  readonly judgement: Judgement
}

/**
 * Compares the claim of a question; with somebody who does not exist where there is nobody, so that it takes as long. Null where nothing can be said about the person: he was erased, his consent does
 * not cover it, his document has expired, it is not sure enough that he is who he says, or what the law asks for is not held.
 */
export function lookAt (keyring: Keyring, question: Question, ground: Ground | null, today: string): Look | null {
  const person = ground?.person ?? null
  const known = person?.secret ?? null
  const [owner, secret] = person === null || known === null ? [DECOY_OWNER, decoyOf(keyring)] as const : [person, known] as const
  const dataKey = openDataKey(keyring, owner, secret)
  const { id_valid_until: validUntil } = openFields(dataKey, owner, secret.fields, ['id_valid_until'])
  const judgement = judge(question.claim, question.jurisdiction, { keys: new TagKeys(dataKey), tags: secret.tags })
  const digest = mac(keyFor('tell claims apart', dataKey), question.tradeId, question.role, question.jurisdiction, claimKeyOf(question.claim)).toString('base64')
  const isExpired = validUntil !== undefined && validUntil < today
  if (ground === null || person === null || known === null || isExpired || !isCovered(person, question, ground)) return null
  return !ASSURANCE_NEEDED.includes(person.assurance) || judgement.verdict === 'unavailable' ? null : { dataKey, digest, judgement }
}

/** Whether the person agreed to this question. */
function isCovered ({ consent: { isLive, purposes, recipients, crossBorder } }: Person, { asker: { recipient }, purpose }: Question, { grant }: Ground): boolean {
  return isLive && purposes.includes(purpose) && (recipient === null || recipients.includes(recipient)) && (crossBorder || !grant.crossBorder)
}
