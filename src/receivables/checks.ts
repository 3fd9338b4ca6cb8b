import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../ledger/checks.ts'

interface PostingFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly said: string | null
  readonly booked: string | null
}

const postings = sqlCheck<PostingFinding>({
  name: 'write-off-postings',
  about: 'Every posted write-off has exactly its transaction, from its party\'s receivable to the expense, and no other transaction writes anything off.',
  query: sql`
    with said as (
      select tenant_id, transaction_id, external_id('wof', id) as subject,
        written_off || ' ' || unit || ' bad_debt_expense: / party_receivable:' || external_id('pty', party_id) as said
      from write_offs where state = 'posted'
    ), booked as (
      select x.tenant_id, x.id as transaction_id, x.subject,
        string_agg(t.amount || ' ' || t.unit || ' ' || debit.class || ':' || debit.owner || ' / ' || credit.class || ':' || credit.owner, ', ' order by t.position) as booked
      from transactions x
      join transfers t on t.tenant_id = x.tenant_id and t.transaction_id = x.id
      join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where x.kind = 'receivable.write_off'
      group by x.tenant_id, x.id, x.subject
    )
    select tenant_id, subject, said, booked
    from said full join booked using (tenant_id, transaction_id, subject)
    where said is distinct from booked`,
  tell: ({ subject, said, booked }) => `${subject}: says ${said ?? 'nothing'}, but booked is ${booked ?? 'nothing'}`
})

interface PersonFinding {
  readonly tenant_id: number
  readonly id: string
  readonly state: string
  readonly proposed_by: string
  readonly decided_by: string | null
}

const persons = sqlCheck<PersonFinding>({
  name: 'write-off-persons',
  about: 'Every write-off was posted or rejected by another person than the one who proposed it, both of finance.',
  query: sql`
    select w.tenant_id, w.id, w.state, w.proposed_by, w.decided_by
    from write_offs w
    left join api_keys proposer on proposer.tenant_id = w.tenant_id and proposer.id = w.proposed_by and proposer.role = 'finance'
    left join api_keys decider on decider.tenant_id = w.tenant_id and decider.id = w.decided_by and decider.role = 'finance'
    where proposer.id is null
      or (w.state in ('posted', 'rejected') and (decider.id is null or w.decided_by = w.proposed_by))
      or (w.state = 'withdrawn' and w.decided_by is distinct from w.proposed_by)`,
  tell: ({ id, state, proposed_by: proposer, decided_by: decider }) =>
    `${tellId('wof', id)}: ${state}, proposed by ${tellId('key', proposer)}, decided by ${decider === null ? 'nobody' : tellId('key', decider)}`
})

interface PartyFinding {
  readonly tenant_id: number
  readonly id: string
  readonly party_id: string
}

const parties = sqlCheck<PartyFinding>({
  name: 'write-off-parties',
  about: 'Every write-off is of a seller or partner of its tenant.',
  query: sql`
    select w.tenant_id, w.id, w.party_id from write_offs w
    left join parties p on p.tenant_id = w.tenant_id and p.id = w.party_id and p.kind <> 'buyer'
    where p.id is null`,
  tell: ({ id, party_id: party }) => `${tellId('wof', id)}: there is no seller or partner ${tellId('pty', party)}`
})

interface DebtFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly unit: string
  readonly owed: bigint
  readonly class: string
  readonly has: bigint
}

const debts = sqlCheck<DebtFinding>({
  name: 'party-debts',
  about: 'Nobody owes us in a currency in which he has money with us, available or in reserve.',
  query: sql`
    select o.tenant_id, o.owner, o.unit, o.debits - o.credits as owed, a.class, a.credits - a.debits as has
    from accounts o
    join accounts a on a.tenant_id = o.tenant_id and a.owner = o.owner and a.unit = o.unit
      and a.class in ('seller_available', 'seller_reserve', 'partner_available')
    where o.class = 'party_receivable' and o.debits > o.credits and a.credits > a.debits`,
  tell: ({ owner, unit, owed, class: name, has }) => `${owner}: it owes ${tellAmount(owed, unit)} while its ${name} account holds ${tellAmount(has, unit)}`
})

/** What must hold of what parties owe, and of what was given up of it. */
export const RECEIVABLE_CHECKS: readonly Check[] = [postings, persons, parties, debts]
