import { sql } from 'kysely'

/**
 * What chargebacks took of money that was in dispute, and did not give back, by line, and when. A dispute keeps saying what it froze: what was
 * taken since is not there any more.
 */
export const FROZEN_TAKES = sql`
  frozen_takes as (
    select c.tenant_id, (l.take ->> 'line')::uuid as line_id, x.recorded_at as taken_at,
      (l.take #>> '{frozen,0}')::bigint as goods, (l.take #>> '{frozen,1}')::bigint as shipping
    from chargebacks c
    cross join jsonb_array_elements(c.takes -> 'trades') as t (take)
    cross join jsonb_array_elements(t.take -> 'lines') as l (take)
    join transactions x on x.tenant_id = c.tenant_id and x.id = any(c.transactions) and x.kind = 'trade.chargeback' and x.subject = external_id('trd', (t.take ->> 'trade')::uuid)
    where c.state <> 'won' and l.take -> 'frozen' <> '["0", "0"]'::jsonb
  )`
