import type { Books } from '../../journal/operation.ts'
import type { PartyKind } from '../../parties/party.ts'
import { PARTIES } from '../../parties/party-rows.ts'
import { refuseAt } from './named-lines.ts'

/** A party that a request names: its inside id, the kind it must be of, and the place in the request. */
export interface RequiredParty {
  readonly id: string
  readonly kind: PartyKind
  readonly pointer: string
}

/** Refuses `unknown_party` and `wrong_party_kind`, with the pointer. The operation has named the party. */
export function requireParty (books: Books, { id, kind, pointer }: RequiredParty): void {
  const party = books.find(PARTIES, id)
  if (party === null) throw refuseAt('unknown_party', pointer)
  if (party.kind !== kind) throw refuseAt('wrong_party_kind', pointer, `A ${party.kind} cannot be named where a ${kind} belongs.`)
}
