import { externalId } from '../kernel/ids.ts'
import type { Party, PartyKind } from './party.ts'

/** A party as callers see it. */
export interface PartyJson {
  readonly id: string
  readonly kind: PartyKind
  readonly external_ref: string
  readonly name: string
  readonly created_at: string
}

/** The outside form of a party. */
export function showParty (party: Party): PartyJson {
  return {
    id: externalId('pty', party.id),
    kind: party.kind,
    external_ref: party.externalRef,
    name: party.name,
    created_at: party.createdAt.toISOString()
  }
}
