/** What others than buyer and seller testify of a line. */
export const ATTESTATION_KINDS = ['carrier_delivered', 'customs_cleared', 'inspection_passed'] as const
export type AttestationKind = (typeof ATTESTATION_KINDS)[number]

/** The buyer's confirmation of a line: his own or his silence, or his own only. */
export const CONFIRMATIONS = ['confirmed', 'buyer_confirmed'] as const
export type Confirmation = (typeof CONFIRMATIONS)[number]

/** What terms may name as a condition. */
export const NAMED_FACTS = [...ATTESTATION_KINDS, ...CONFIRMATIONS] as const

/** What is recorded of a line when it becomes true, and stays so; that it is shipped follows from its units. */
export type RecordedFact = AttestationKind | Confirmation
export type Fact = RecordedFact | 'shipped'

/** When money is released: a fact, or all or any of some conditions. This is also how it is stored and shown. */
export type Condition =
  | { readonly fact: Fact }
  | { readonly all_of: readonly Condition[] }
  | { readonly any_of: readonly Condition[] }

/** A part of a line's money and its condition. Shares are decimal strings; over a line they add up to one. */
export interface Milestone {
  /** Null where a line has one condition and no milestones. */
  readonly ref: string | null
  readonly share: string
  readonly when: Condition
}

/** A fact that became true: for one milestone, or (a confirmation) for the whole line. */
export interface MetFact {
  readonly fact: RecordedFact
  readonly milestone: string | null
  /** `buyer`, `silence`, or the outside id of the key that attested it. */
  readonly by: string
  readonly at: Date
  /** The SHA-256 of what proves it and is kept elsewhere, in hexadecimal digits. */
  readonly evidence: string | null
}

/** Each fact that a condition names, once. */
export function factsIn (condition: Condition): Fact[] {
  if ('fact' in condition) return [condition.fact]
  return [...new Set(('all_of' in condition ? condition.all_of : condition.any_of).flatMap(factsIn))]
}

/** Whether a condition holds, given which facts do. */
export function holds (condition: Condition, isMet: (fact: Fact) => boolean): boolean {
  if ('fact' in condition) return isMet(condition.fact)
  if ('all_of' in condition) return condition.all_of.every((each) => holds(each, isMet))
  return condition.any_of.some((each) => holds(each, isMet))
}
