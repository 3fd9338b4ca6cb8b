import { sql } from 'kysely'
import { sqlCheck, tellAmount, tellId, type Check } from '../../ledger/checks.ts'

interface StatusFinding {
  readonly tenant_id: number
  readonly id: string
  readonly what: string
  readonly says: string
  readonly should: string
}

const statuses = sqlCheck<StatusFinding>({
  name: 'refund-statuses',
  about: 'The status of every refund is that of its attempts, which have no gap; of those that stand as paid all but one are excess, or all where its provider took it.',
  query: sql`
    with tried as (
      select tenant_id, refund_id, count(*) as attempts, max(position) as last,
        case when bool_or(outcome = 'succeeded') then 'succeeded' when bool_or(outcome = 'sent') then 'sent'
          when bool_or(outcome = 'bounced') then 'bounced' else 'failed' end as status,
        count(*) filter (where outcome = 'succeeded') as paid, count(*) filter (where excess) as excess
      from refund_attempts group by tenant_id, refund_id
    )
    select r.tenant_id, r.id, each.what, each.says, each.should
    from refunds r
    left join tried a on a.tenant_id = r.tenant_id and a.refund_id = r.id
    cross join lateral (values
      -- What a provider took back before it left stays so, whatever its attempts say.
      ('status', r.status, case r.status when 'charged_back' then r.status else coalesce(a.status, 'payable') end),
      ('number of attempts', coalesce(a.attempts, 0)::text, coalesce(a.last, 0)::text),
      ('number of excess attempts', coalesce(a.excess, 0)::text, greatest(coalesce(a.paid, 0) - case r.status when 'charged_back' then 0 else 1 end, 0)::text)
    ) as each (what, says, should)
    where each.says <> each.should`,
  tell: ({ id, what, says, should }) => `${tellId('rfd', id)}: ${what} is ${says}, but it should be ${should}`
})

interface MoveFinding {
  readonly tenant_id: number
  readonly subject: string
  readonly unit: string
  readonly place: string
  readonly owner: string
  readonly moved: string | null
  readonly said: string | null
}

const moves = sqlCheck<MoveFinding>({
  name: 'refund-moves',
  about: 'What left through every provider and bank for a refund, what came back, and what was not owed, is what its attempts say.',
  query: sql`
    with sides as (
      select x.tenant_id, x.subject, t.unit, t.amount, side.direction, a.class, a.owner
      from transactions x
      join transfers t on t.tenant_id = x.tenant_id and t.transaction_id = x.id
      cross join lateral (values ('debit', t.debit_account_id), ('credit', t.credit_account_id)) as side (direction, account_id)
      join accounts a on a.tenant_id = t.tenant_id and a.id = side.account_id
      where x.kind in ('refund.success', 'refund.bounce')
    ), moved as (
      select tenant_id, subject, unit, case direction when 'credit' then 'left through ' else 'came back to ' end
        || case class when 'provider_clearing' then 'provider' else 'bank' end as place, owner, sum(amount) as amount
      from sides where class in ('provider_clearing', 'bank_safeguarding') group by 1, 2, 3, 4, 5
      union all
      -- What came back after it was settled by hand is a difference.
      select tenant_id, subject, unit, 'not owed', '', sum(case direction when 'debit' then amount else -amount end)
      from sides where class in ('unidentified_debits', 'recon_difference') group by 1, 2, 3
    ), said as (
      select a.tenant_id, external_id('rfd', a.refund_id) as subject, r.unit, each.place, each.owner, sum(r.amount) as amount
      from refund_attempts a
      join refunds r on r.tenant_id = a.tenant_id and r.id = a.refund_id
      cross join lateral (values
        ('left through ' || a.channel, a.account, a.outcome in ('succeeded', 'bounced')),
        ('came back to ' || a.channel, a.account, a.outcome = 'bounced'),
        ('not owed', '', a.excess)
      ) as each (place, owner, holds)
      where each.holds
      group by 1, 2, 3, 4, 5
    )
    select tenant_id, subject, unit, place, owner, moved.amount::text as moved, said.amount::text as said
    from moved full join said using (tenant_id, subject, unit, place, owner)
    where coalesce(moved.amount, 0) <> coalesce(said.amount, 0)`,
  tell: ({ subject, unit, place, owner, moved, said }) =>
    `${subject}: ${tellAmount(moved ?? '0', unit)} ${place}${owner === '' ? '' : ` ${owner}`}, but its attempts say ${tellAmount(said ?? '0', unit)}`
})

/** What must hold of refunds and the attempts to pay them out. */
export const REFUND_CHECKS: readonly Check[] = [statuses, moves]
