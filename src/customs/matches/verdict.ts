import { latinVariants } from '../forms/latin-name.ts'
import type { Assurance } from '../identities/assurance.ts'
import { hasTag, idText, type Tag, type TagKeys } from '../identities/identity-tags.ts'
import type { Claim, Jurisdiction } from './claim.ts'

export const VERDICTS = ['match', 'close_match', 'no_match', 'insufficient', 'unavailable'] as const
export type Verdict = typeof VERDICTS[number]

export const CLAIM_FIELDS = ['name', 'id', 'phone', 'postcode'] as const
export type ClaimField = typeof CLAIM_FIELDS[number]

/** What was found of one field; `not_held` where the identity has none to compare with. */
export type Finding = 'same' | 'close' | 'different' | 'not_held' | 'not_claimed'

/** What a claim is compared with: tags, and their keys. */
export interface Compared {
  readonly keys: TagKeys
  readonly tags: readonly Tag[]
}

/** What came of a claim. */
export interface Judgement {
  readonly verdict: Verdict
  readonly findings: Readonly<Record<ClaimField, Finding>>
}

/** The rules by which verdicts are found, and by which texts are compared: a receipt names them. Raised with every change of either. */
export const POLICY = 'holdfast-match/1'
export const NORMALISER = 'holdfast-forms/1'

/** Below this an identity is not sure enough to say anything about it. */
export const ASSURANCE_NEEDED: readonly Assurance[] = ['substantial', 'high']

/**
 * What a claim must say. China compares the payer with who ordered, by name and document; Korea who receives with the holder of the customs code, by code, name, telephone and, where one is
 * held, postcode.
 */
const REQUIRED: Readonly<Record<Jurisdiction, readonly ClaimField[]>> = { CN: ['name', 'id'], KR: ['id', 'name', 'phone'] }

/**
 * The verdict about a claim. Every field is compared whichever differs, so that no answer comes sooner than another. Another document is never more than `no_match`; only a name can be close; a name
 * in a script that is not held is too little to say anything.
 */
export function judge (claim: Claim, jurisdiction: Jurisdiction, compared: Compared): Judgement {
  const findings = { name: compareName(claim, compared), id: compareId(claim, compared), phone: comparePhone(claim, compared), postcode: comparePostcode(claim, compared) }
  return { verdict: verdictOf(jurisdiction, findings), findings }
}

/** The verdict that follows from what was found of each field. */
export function verdictOf (jurisdiction: Jurisdiction, findings: Judgement['findings']): Verdict {
  const required = REQUIRED[jurisdiction]
  const found = Object.values(findings)
  const isThin = required.some((field) => findings[field] === 'not_claimed') || (jurisdiction === 'KR' && findings.postcode === 'not_claimed')
  if (isThin) return 'insufficient'
  // Whatever the claim says: what is not held must not depend on what is.
  if (required.some((field) => field !== 'name' && findings[field] === 'not_held')) return 'unavailable'
  if (findings.id === 'different') return 'no_match'
  if (findings.name === 'not_held') return 'insufficient'
  if (found.includes('different')) return 'no_match'
  return findings.name === 'close' ? 'close_match' : 'match'
}

/** The fields that were compared, as a receipt tells it. */
export function checkedFields ({ findings }: Judgement): ClaimField[] {
  return CLAIM_FIELDS.filter((field) => !['not_held', 'not_claimed'].includes(findings[field]))
}

function compareId ({ id }: Claim, { keys, tags }: Compared): Finding {
  // A passport whose country is not told may be anybody's of that number.
  if (id === null || id.country === null) return 'not_claimed'
  return hasTag(keys, tags, 'id', idText(id)) ? 'same' : 'different'
}

function compareName ({ name }: Claim, { keys, tags }: Compared): Finding {
  if (name === null) return 'not_claimed'
  const { script, normal } = name
  const isSame = hasTag(keys, tags, `name.${script}`, normal)
  const isClose = script === 'Latn' && isLike(normal, { keys, tags })
  if (!tags.some(({ field }) => field === `name.${script}`)) return 'not_held'
  return isSame ? 'same' : isClose ? 'close' : 'different'
}

/** Whether a name in Latin letters looks like the one that is held, or that one like it. */
function isLike (normal: string, { keys, tags }: Compared): boolean {
  return [normal, ...latinVariants(normal)].map((variant) => [hasTag(keys, tags, 'like.Latn', variant), hasTag(keys, tags, 'name.Latn', variant)]).flat().includes(true)
}

function comparePhone ({ phone }: Claim, compared: Compared): Finding {
  return phone === null ? 'not_claimed' : compareHeld('phone', phone, compared)
}

/** Unlike the others it is asked for only where one is held. */
function comparePostcode ({ postcode }: Claim, compared: Compared): Finding {
  const found = compareHeld('postcode', postcode ?? '', compared)
  return postcode === null && found !== 'not_held' ? 'not_claimed' : found
}

function compareHeld (field: 'phone' | 'postcode', value: string, { keys, tags }: Compared): Finding {
  const isSame = hasTag(keys, tags, field, value)
  if (!tags.some((tag) => tag.field === field)) return 'not_held'
  return isSame ? 'same' : 'different'
}
