import { externalId } from '../kernel/ids.ts'
import { formatAmount } from '../kernel/money.ts'
import { Refusal } from '../kernel/refusals.ts'
import { unitOf } from '../kernel/units.ts'
import type { Books, Operation, Origin, Rows } from '../journal/operation.ts'
import { requireProposed, requireProposer, requireSecondPerson } from '../two-persons/proposal.ts'
import { showWriteOff, type WriteOffJson } from './show-write-off.ts'
import { writeOffAccounts, type WriteOff } from './write-off.ts'
import { WRITE_OFFS } from './write-off-rows.ts'

/** Which write-off (by its inside id, null when the text was none) and who decides: the inside id of the caller's key. */
export interface WriteOffDecision {
  readonly writeOffId: string | null
  readonly person: string
}

/**
 * Writes off what was proposed, and of that no more than is still owed: a release may have been netted meanwhile. Refuses `not_found`,
 * `write_off_decided`, `second_person_required` for whoever proposed it, and `nothing_owed`; a refused write-off stays proposed.
 */
export function approveWriteOff (origin: Origin, decision: WriteOffDecision): Operation<WriteOffJson> {
  return {
    ...origin,
    name: 'write_off.approve',
    lane: 'request',
    weight: 5,
    needs: needs(decision),
    accounts (rows) {
      const writeOff = findWriteOff(rows, decision)
      return writeOff === null ? [] : Object.values(writeOffAccounts(writeOff))
    },
    decide (books) {
      const writeOff = requireProposed(findWriteOff(books, decision), 'write_off_decided')
      requireSecondPerson(writeOff, decision.person)
      const { owed, expense } = writeOffAccounts(writeOff)
      const debt = books.balance(owed)
      if (debt === 0n) throw new Refusal('nothing_owed', 'It was paid meanwhile. Reject the write-off, or have it withdrawn.')
      const writtenOff = writeOff.amount < debt ? writeOff.amount : debt
      const transactionId = books.post({
        kind: 'receivable.write_off',
        subject: externalId('wof', writeOff.id),
        description: writeOff.reason,
        postings: [{ debit: expense, credit: owed, amount: writtenOff }]
      })
      return settle(books, { ...writeOff, state: 'posted', writtenOff, transactionId }, decision)
    }
  }
}

/** Rejects a proposed write-off. Refuses `not_found`, `write_off_decided`, and `second_person_required` for whoever proposed it. */
export function rejectWriteOff (origin: Origin, decision: WriteOffDecision): Operation<WriteOffJson> {
  return {
    ...origin,
    name: 'write_off.reject',
    lane: 'request',
    weight: 3,
    needs: needs(decision),
    decide (books) {
      const writeOff = requireProposed(findWriteOff(books, decision), 'write_off_decided')
      requireSecondPerson(writeOff, decision.person)
      return settle(books, { ...writeOff, state: 'rejected' }, decision)
    }
  }
}

/** Takes a proposal back. Refuses `not_found`, `write_off_decided`, and `not_the_proposer` for anybody else. */
export function withdrawWriteOff (origin: Origin, decision: WriteOffDecision): Operation<WriteOffJson> {
  return {
    ...origin,
    name: 'write_off.withdraw',
    lane: 'request',
    weight: 3,
    needs: needs(decision),
    decide (books) {
      const writeOff = requireProposed(findWriteOff(books, decision), 'write_off_decided')
      requireProposer(writeOff, decision.person)
      return settle(books, { ...writeOff, state: 'withdrawn' }, decision)
    }
  }
}

function needs ({ writeOffId }: WriteOffDecision) {
  return [{ kind: WRITE_OFFS, ids: () => writeOffId === null ? [] : [writeOffId] }]
}

function findWriteOff (rows: Rows, { writeOffId }: WriteOffDecision): WriteOff | null {
  return writeOffId === null ? null : rows.find(WRITE_OFFS, writeOffId)
}

function settle (books: Books, writeOff: WriteOff & { readonly state: 'posted' | 'rejected' | 'withdrawn' }, { person }: WriteOffDecision): WriteOffJson {
  const decided = { ...writeOff, decidedBy: person, decidedAt: books.now }
  books.save(WRITE_OFFS, decided)
  books.append({
    type: `write_off.${writeOff.state}`,
    subject: externalId('wof', writeOff.id),
    data: {
      party: externalId('pty', writeOff.partyId),
      currency: writeOff.unit,
      amount: formatAmount(writeOff.amount, unitOf(writeOff.unit)),
      ...writeOff.writtenOff === null ? {} : { written_off: formatAmount(writeOff.writtenOff, unitOf(writeOff.unit)) },
      ...writeOff.transactionId === null ? {} : { transaction: externalId('txn', writeOff.transactionId) },
      proposed_by: externalId('key', writeOff.proposedBy),
      decided_by: externalId('key', person)
    }
  })
  return showWriteOff(decided)
}
