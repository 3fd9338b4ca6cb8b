import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { Operation, Origin } from '../journal/operation.ts'
import { PARTIES } from './party-rows.ts'
import type { SellerTerms } from './seller-terms.ts'
import { showParty, showTerms, type PartyJson, type SellerTermsJson } from './show-party.ts'

/** Who changes which terms: people are API keys, by their inside ids. What is left out stays. */
export interface TermsChange {
  /** The inside id, null when the text was none. */
  readonly partyId: string | null
  readonly terms: Partial<SellerTerms>
  readonly person: string
}

/**
 * Changes how a seller gets his money, in trades that are created from now on; an event tells who did it, from what to what. Refuses
 * `not_found`, and `wrong_party_kind` for a buyer or partner.
 */
export function changeTerms (origin: Origin, { partyId, terms: change, person }: TermsChange): Operation<PartyJson> {
  return {
    ...origin,
    name: 'party.change_terms',
    lane: 'request',
    weight: 3,
    needs: [{ kind: PARTIES, ids: () => partyId === null ? [] : [partyId] }],
    decide (books) {
      const party = partyId === null ? null : books.find(PARTIES, partyId)
      if (party === null) throw new Refusal('not_found')
      if (party.kind !== 'seller') throw new Refusal('wrong_party_kind', `Only sellers have such terms, and this is a ${party.kind}.`)
      const terms = { ...party.terms, ...change }
      const [from, to] = [tellTerms(party.terms), tellTerms(terms)]
      if (JSON.stringify(from) === JSON.stringify(to)) return showParty(party)
      const changed = { ...party, terms, version: party.version + 1 }
      books.save(PARTIES, changed)
      books.append({ type: 'party.terms_changed', subject: externalId('pty', party.id), data: { changed_by: externalId('key', person), from, to } })
      return showParty(changed)
    }
  }
}

/** Terms as an event tells them: what is switched off is left out, as it is where it never was switched on. */
function tellTerms (terms: SellerTerms): Partial<SellerTermsJson> {
  const { accepts_coins: accepts, funds_coins: funds, ...others } = showTerms(terms)
  return { ...others, ...accepts ? { accepts_coins: true } : {}, ...funds ? { funds_coins: true } : {} }
}
