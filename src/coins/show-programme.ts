import { externalId } from '../kernel/ids.ts'
import type { Programme } from './programme.ts'
import { storeTerms, type StoredTerms } from './programme-rows.ts'

/** A programme as callers see it. */
export interface ProgrammeJson extends StoredTerms {
  readonly id: string
  readonly currency: string
  readonly coin: string
  readonly name: string
  readonly coins_per_unit: number
  readonly version: number
  readonly created_at: string
}

/** The outside form of a programme. */
export function showProgramme ({ id, currency, unit, name, coinsPerUnit, terms, version, createdAt }: Programme): ProgrammeJson {
  return {
    id: externalId('cpr', id), currency, coin: unit, name, coins_per_unit: coinsPerUnit, ...storeTerms(terms), version, created_at: createdAt.toISOString()
  }
}
