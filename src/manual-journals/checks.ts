import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../ledger/checks.ts'

interface PostingFinding {
  readonly tenant_id: number
  readonly id: string | null
  readonly transaction_id: string | null
  readonly position: number
  readonly said: string | null
  readonly booked: string | null
}

const postings = sqlCheck<PostingFinding>({
  name: 'manual-postings',
  about: 'Every posted manual journal has exactly its transaction with exactly its postings, and no other transaction is a manual one.',
  query: sql`
    with said as (
      select j.tenant_id, j.id, j.transaction_id, p.place::integer as position,
        (p.posting ->> 'amount') || ' ' || j.unit || ' ' || (p.posting #>> '{debit,class}') || ':' || (p.posting #>> '{debit,owner}')
          || ' / ' || (p.posting #>> '{credit,class}') || ':' || (p.posting #>> '{credit,owner}') as said
      from manual_journals j cross join jsonb_array_elements(j.postings) with ordinality as p (posting, place)
      where j.state = 'posted'
    ), booked as (
      select x.tenant_id, x.id as transaction_id, coalesce(t.position, 0)::integer as position,
        t.amount || ' ' || t.unit || ' ' || debit.class || ':' || debit.owner || ' / ' || credit.class || ':' || credit.owner as booked
      from transactions x
      left join transfers t on t.tenant_id = x.tenant_id and t.transaction_id = x.id
      left join accounts debit on debit.tenant_id = t.tenant_id and debit.id = t.debit_account_id
      left join accounts credit on credit.tenant_id = t.tenant_id and credit.id = t.credit_account_id
      where x.kind in ('manual.journal', 'manual.reversal')
    )
    select tenant_id, id, transaction_id, position, said, booked
    from said full join booked using (tenant_id, transaction_id, position)
    where said is distinct from booked`,
  tell: ({ id, transaction_id: transaction, position, said, booked }) =>
    `${id === null ? 'no manual journal' : tellId('jnl', id)}, transaction ${transaction === null ? 'none' : tellId('txn', transaction)}, posting ${position}: ` +
    `says ${said ?? 'nothing'}, but booked is ${booked ?? 'nothing'}`
})

interface HeadFinding {
  readonly tenant_id: number
  readonly id: string
  readonly transaction_id: string
}

const transactions = sqlCheck<HeadFinding>({
  name: 'manual-transactions',
  about: 'The transaction of every posted manual journal tells its subject, words and time, and names the transaction that it reverses.',
  query: sql`
    select j.tenant_id, j.id, j.transaction_id
    from manual_journals j
    join transactions x on x.tenant_id = j.tenant_id and x.id = j.transaction_id
    left join manual_journals original on original.tenant_id = j.tenant_id and original.id = j.reverses
    where x.subject <> external_id('jnl', j.id) or x.description <> j.description or x.occurred_at <> j.occurred_at
      or x.kind <> case when j.reverses is null then 'manual.journal' else 'manual.reversal' end
      or x.reverses is distinct from original.transaction_id`,
  tell: ({ id, transaction_id: transaction }) => `${tellId('jnl', id)}: its transaction ${tellId('txn', transaction)} is about something else`
})

interface PersonFinding {
  readonly tenant_id: number
  readonly id: string
  readonly state: string
  readonly proposed_by: string
  readonly decided_by: string | null
}

const persons = sqlCheck<PersonFinding>({
  name: 'manual-persons',
  about: 'Every manual journal was posted or rejected by another person than the one who proposed it, both of finance.',
  query: sql`
    select j.tenant_id, j.id, j.state, j.proposed_by, j.decided_by
    from manual_journals j
    left join api_keys proposer on proposer.tenant_id = j.tenant_id and proposer.id = j.proposed_by and proposer.role = 'finance'
    left join api_keys decider on decider.tenant_id = j.tenant_id and decider.id = j.decided_by and decider.role = 'finance'
    where proposer.id is null
      or (j.state in ('posted', 'rejected') and (decider.id is null or j.decided_by = j.proposed_by))
      or (j.state = 'withdrawn' and j.decided_by is distinct from j.proposed_by)`,
  tell: ({ id, state, proposed_by: proposer, decided_by: decider }) =>
    `${tellId('jnl', id)}: ${state}, proposed by ${tellId('key', proposer)}, decided by ${decider === null ? 'nobody' : tellId('key', decider)}`
})

interface ReversalFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
}

const reversals = sqlCheck<ReversalFinding>({
  name: 'manual-reversals',
  about: 'Every reversal mirrors the journal that it reverses, each is reversed once at most, and nothing but a manual journal reverses a transaction.',
  query: sql`
    with mirrored as (
      select j.tenant_id, j.id, j.reverses,
        (select jsonb_agg(jsonb_build_object('debit', p.posting -> 'credit', 'credit', p.posting -> 'debit', 'amount', p.posting -> 'amount') order by p.place desc)
          from jsonb_array_elements(j.postings) with ordinality as p (posting, place)) as postings, j.unit, j.state
      from manual_journals j where j.reverses is not null
    )
    select m.tenant_id, m.id, 'it does not mirror ' || external_id('jnl', m.reverses) as what
    from mirrored m
    left join manual_journals original on original.tenant_id = m.tenant_id and original.id = m.reverses
    where original.postings is distinct from m.postings or original.unit is distinct from m.unit
    union all
    select m.tenant_id, m.id, 'it was posted, but what it reverses says reversed by ' || coalesce(external_id('jnl', original.reversed_by), 'nobody')
    from mirrored m
    left join manual_journals original on original.tenant_id = m.tenant_id and original.id = m.reverses
    where m.state = 'posted' and original.reversed_by is distinct from m.id
    union all
    select j.tenant_id, j.id, 'it says reversed by ' || external_id('jnl', j.reversed_by) || ', which reverses something else or was not posted'
    from manual_journals j
    left join manual_journals reversal on reversal.tenant_id = j.tenant_id and reversal.id = j.reversed_by and reversal.reverses = j.id and reversal.state = 'posted'
    where j.reversed_by is not null and reversal.id is null
    union all
    select x.tenant_id, x.id, 'as a transaction it reverses another, but no manual journal says so'
    from transactions x
    left join manual_journals j on j.tenant_id = x.tenant_id and j.transaction_id = x.id and j.reverses is not null
    where x.reverses is not null and j.id is null`,
  tell: ({ id, what }) => `${tellId('jnl', id)}: ${what}`
})

/** What must hold of manual journals, and between them and the ledger. */
export const MANUAL_JOURNAL_CHECKS: readonly Check[] = [postings, transactions, persons, reversals]
