import type { Operation, Origin } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { NewProgramme } from './parse-programme.ts'
import type { Programme } from './programme.ts'
import { coinClaim, PROGRAMMES, storeTerms } from './programme-rows.ts'
import { showProgramme, type ProgrammeJson } from './show-programme.ts'

/** Makes the programme of a currency. `person` is the inside id of the caller's key. Refuses `coin_programme_exists`, and `coin_code_taken` for a coin that another currency has. */
export function createProgramme (origin: Origin, person: string, wanted: NewProgramme): Operation<ProgrammeJson> {
  const claim = coinClaim(wanted.unit)
  return {
    ...origin,
    name: 'coin_programme.create',
    lane: 'request',
    weight: 4,
    claims: [claim],
    needs: [{ kind: PROGRAMMES, ids: () => [wanted.currency] }],
    decide (books) {
      if (books.find(PROGRAMMES, wanted.currency) !== null) throw new Refusal('coin_programme_exists', undefined, { errors: [{ pointer: '/currency', code: 'coin_programme_exists' }] })
      if (books.holder(claim) !== null) throw new Refusal('coin_code_taken', undefined, { errors: [{ pointer: '/coin', code: 'coin_code_taken' }] })
      const programme: Programme = { ...wanted, id: books.newId(), version: 1, createdAt: books.now }
      books.take(claim, programme.id)
      books.save(PROGRAMMES, programme)
      books.append({
        type: 'coin_programme.created',
        subject: externalId('cpr', programme.id),
        data: { currency: programme.currency, coin: programme.unit, coins_per_unit: programme.coinsPerUnit, terms: storeTerms(programme.terms), created_by: externalId('key', person) }
      })
      return showProgramme(programme)
    }
  }
}
