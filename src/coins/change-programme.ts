import type { Operation, Origin } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import type { ProgrammeTerms } from './programme.ts'
import { PROGRAMMES, storeTerms } from './programme-rows.ts'
import { showProgramme, type ProgrammeJson } from './show-programme.ts'

/** Who changes what of the programme of a currency. What is left out stays; null stands for a currency without one. */
export interface ProgrammeChange {
  readonly currency: string | null
  readonly terms: Partial<ProgrammeTerms>
  readonly name?: string
  /** The inside id of the caller's key. */
  readonly person: string
}

/**
 * Changes the terms of a programme, for trades that are created from now on: what is taken and earned by earlier ones goes by the terms they were created with. An event
 * tells who did it, from what to what. Refuses `not_found`.
 */
export function changeProgramme (origin: Origin, { currency, terms: change, name, person }: ProgrammeChange): Operation<ProgrammeJson> {
  return {
    ...origin,
    name: 'coin_programme.change',
    lane: 'request',
    weight: 3,
    needs: [{ kind: PROGRAMMES, ids: () => currency === null ? [] : [currency] }],
    decide (books) {
      const programme = currency === null ? null : books.find(PROGRAMMES, currency)
      if (programme === null) throw new Refusal('not_found')
      const terms = { ...programme.terms, ...change }
      const changed = { ...programme, name: name ?? programme.name, terms, version: programme.version + 1 }
      const [from, to] = [{ name: programme.name, ...storeTerms(programme.terms) }, { name: changed.name, ...storeTerms(terms) }]
      if (JSON.stringify(from) === JSON.stringify(to)) return showProgramme(programme)
      books.save(PROGRAMMES, changed)
      books.append({ type: 'coin_programme.changed', subject: externalId('cpr', programme.id), data: { changed_by: externalId('key', person), from, to } })
      return showProgramme(changed)
    }
  }
}
