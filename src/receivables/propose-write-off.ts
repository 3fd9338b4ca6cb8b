import { externalId, internalId } from '../kernel/ids.ts'
import { formatAmount, parsePositiveAmount } from '../kernel/money.ts'
import { Refusal, type RefusalCode } from '../kernel/refusals.ts'
import { findUnit, unitOf } from '../kernel/units.ts'
import type { Operation, Origin } from '../journal/operation.ts'
import { PARTIES } from '../parties/party-rows.ts'
import { newProposal } from '../two-persons/proposal.ts'
import { showWriteOff, type WriteOffJson } from './show-write-off.ts'
import { writeOffAccounts, type WriteOff } from './write-off.ts'
import { WRITE_OFFS } from './write-off-rows.ts'

/** What somebody proposes to give up: minor units of `unit`, or null for all that is owed. */
export type ProposedWriteOff = Pick<WriteOff, 'partyId' | 'unit' | 'reason'> & { readonly amount: bigint | null }

/** A proposal as it is sent. */
export interface WriteOffText {
  readonly party: string
  readonly currency: string
  readonly amount?: string
  readonly reason: WriteOff['reason']
}

/** Reads a proposal. Refuses `unknown_party` for what is no party's id, `unknown_currency`, `invalid_amount`. */
export function parseWriteOff ({ party, currency, amount, reason }: WriteOffText): ProposedWriteOff {
  const partyId = internalId('pty', party)
  if (partyId === null) throw refuseAt('unknown_party', '/party')
  const unit = findUnit(currency)
  if (unit === null) throw refuseAt('unknown_currency', '/currency')
  return { partyId, unit: unit.code, amount: amount === undefined ? null : parsePositiveAmount(amount, unit, '/amount'), reason }
}

/**
 * Proposes to write off what a party owes; nothing is booked before another person approves it. `person` is the inside id of the caller's
 * key. Refuses `unknown_party`, `nothing_owed`, and `insufficient_funds` for more than is owed.
 */
export function proposeWriteOff (origin: Origin, person: string, proposed: ProposedWriteOff): Operation<WriteOffJson> {
  const { owed } = writeOffAccounts(proposed)
  return {
    ...origin,
    name: 'write_off.propose',
    lane: 'request',
    weight: 3,
    needs: [{ kind: PARTIES, ids: () => [proposed.partyId] }],
    accounts: () => [owed],
    decide (books) {
      if (books.find(PARTIES, proposed.partyId) === null) throw refuseAt('unknown_party', '/party')
      const debt = books.balance(owed)
      const unit = unitOf(proposed.unit)
      if (debt === 0n) throw new Refusal('nothing_owed')
      const amount = proposed.amount ?? debt
      if (amount > debt) {
        const detail = `The party owes ${formatAmount(debt, unit)} ${unit.code}.`
        throw new Refusal('insufficient_funds', detail, { errors: [{ pointer: '/amount', code: 'insufficient_funds', detail }] })
      }
      const writeOff: WriteOff = { ...proposed, ...newProposal(person, books.now), id: books.newId(), amount, writtenOff: null }
      books.save(WRITE_OFFS, writeOff)
      books.append({
        type: 'write_off.proposed',
        subject: externalId('wof', writeOff.id),
        data: {
          party: externalId('pty', writeOff.partyId),
          currency: unit.code,
          amount: formatAmount(amount, unit),
          reason: writeOff.reason,
          proposed_by: externalId('key', person)
        }
      })
      return showWriteOff(writeOff)
    }
  }
}

function refuseAt (code: RefusalCode, pointer: string): Refusal {
  return new Refusal(code, undefined, { errors: [{ pointer, code }] })
}
