import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { Claim, Operation, Origin } from '../journal/operation.ts'
import type { Party, PartyKind } from './party.ts'
import { PARTIES } from './party-rows.ts'
import { NO_TERMS } from './seller-terms.ts'
import { showParty, type PartyJson } from './show-party.ts'

export interface NewParty {
  readonly kind: PartyKind
  readonly externalRef: string
  readonly name: string
}

/** Makes a party. Refuses `external_ref_taken` when one of that kind has the reference. */
export function createParty (origin: Origin, { kind, externalRef, name }: NewParty): Operation<PartyJson> {
  const claim = partyClaim(kind, externalRef)
  return {
    ...origin,
    name: 'party.create',
    lane: 'request',
    weight: 4,
    claims: [claim],
    decide (books) {
      if (books.holder(claim) !== null) {
        throw new Refusal('external_ref_taken', undefined, { errors: [{ pointer: '/external_ref', code: 'external_ref_taken' }] })
      }
      const party: Party = { id: books.newId(), kind, externalRef, name, terms: NO_TERMS, version: 1, createdAt: books.now }
      books.take(claim, party.id)
      books.save(PARTIES, party)
      books.append({ type: 'party.created', subject: externalId('pty', party.id), data: { kind, external_ref: externalRef } })
      return showParty(party)
    }
  }
}

/** The claim that keeps a reference unique among the parties of one kind. */
export function partyClaim (kind: PartyKind, externalRef: string): Claim {
  return { kind: 'party', key: `${kind}:${externalRef}` }
}
