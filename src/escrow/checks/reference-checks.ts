import { sql, type RawBuilder } from 'kysely'
import { sqlCheck, tellId, type Check } from '../../ledger/checks.ts'
import type { IdPrefix } from '../../kernel/ids.ts'

interface ReferenceFinding {
  readonly tenant_id: number
  readonly what: string
  readonly from_id: string
  readonly to_prefix: IdPrefix
  readonly to_id: string
}

/** One kind of reference: what refers, from where, and to which table; `kind` is the kind of party it must be. */
function missing (what: string, from: RawBuilder<unknown>, to: 'trades' | 'trade_groups' | 'payments' | 'parties' | 'refunds', kind = ''): RawBuilder<unknown> {
  const prefix = { trades: 'trd', trade_groups: 'grp', payments: 'pay', parties: 'pty', refunds: 'rfd' }[to]
  const target = kind === '' ? sql`` : sql`and target.kind = ${kind}`
  return sql`
    select r.tenant_id, ${what}::text as what, r.from_id::text as from_id, ${prefix}::text as to_prefix, r.to_id
    from (${from}) r (tenant_id, from_id, to_id)
    left join ${sql.table(to)} target on target.tenant_id = r.tenant_id and target.id = r.to_id ${target}
    where r.to_id is not null and target.id is null`
}

const references = sqlCheck<ReferenceFinding>({
  name: 'trade-references',
  about: 'Everything that trades, groups, payments, refunds, their attempts and shipments refer to is there, and every party has the kind of its part.',
  query: sql.join([
    missing('buyer of trade', sql`select tenant_id, id, buyer_id from trades`, 'parties', 'buyer'),
    missing('seller in trade', sql`select tenant_id, trade_id, seller_id from trade_lines`, 'parties', 'seller'),
    missing('partner in trade', sql`
      select l.tenant_id, l.trade_id, (split.terms ->> 'partner')::uuid from trade_lines l cross join jsonb_array_elements(l.splits) as split (terms)`, 'parties', 'partner'),
    missing('group of trade', sql`select tenant_id, id, group_id from trades`, 'trade_groups'),
    missing('seller of group', sql`select tenant_id, id, seller_id from trade_groups`, 'parties', 'seller'),
    missing('trade of line', sql`select tenant_id, id, trade_id from trade_lines`, 'trades'),
    missing('trade of an allocation of payment', sql`select tenant_id, payment_id, trade_id from payment_allocations`, 'trades'),
    missing('payment of an allocation to trade', sql`select tenant_id, trade_id, payment_id from payment_allocations`, 'payments'),
    missing('trade of payment', sql`select tenant_id, id, trade_id from payments`, 'trades'),
    missing('payment of refund', sql`select tenant_id, id, payment_id from refunds`, 'payments'),
    missing('trade of refund', sql`select tenant_id, id, trade_id from refunds`, 'trades'),
    missing('refund of attempt', sql`select tenant_id, reference, refund_id from refund_attempts`, 'refunds'),
    missing('trade of refund case', sql`select tenant_id, id, trade_id from refund_cases`, 'trades'),
    missing('payment of chargeback', sql`select tenant_id, id, payment_id from chargebacks`, 'payments'),
    missing('trade of payment', sql`select tenant_id, id, unnest(other_trades) from payments`, 'trades'),
    missing('trade of dispute', sql`select tenant_id, id, trade_id from disputes`, 'trades'),
    missing('trade of shipment', sql`select tenant_id, id, trade_id from shipments`, 'trades')
  ], sql` union all `),
  tell: ({ what, from_id: from, to_prefix: prefix, to_id: id }) => `${what} ${from}: there is no ${tellId(prefix, id)}, or it is of another kind`
})

interface UnitsFinding {
  readonly tenant_id: number
  readonly trade_id: string
  readonly ref: string
  readonly shipped: number
  readonly sent: string
}

const shippedUnits = sqlCheck<UnitsFinding>({
  name: 'shipped-units',
  about: 'The units shipped of every line are those of its trade\'s shipments.',
  query: sql`
    select l.tenant_id, l.trade_id, l.ref, l.shipped, coalesce(s.units, 0)::text as sent
    from trade_lines l
    left join (
      select tenant_id, (line.picked ->> 'line')::uuid as line_id, sum((line.picked ->> 'quantity')::integer) as units
      from shipments cross join jsonb_array_elements(lines) as line (picked) group by tenant_id, line_id
    ) s on s.tenant_id = l.tenant_id and s.line_id = l.id
    where l.shipped <> coalesce(s.units, 0)`,
  tell: ({ trade_id: id, ref, shipped, sent }) => `${tellId('trd', id)}, line "${ref}": ${shipped} shipped, but its shipments hold ${sent}`
})

interface OwnerFinding {
  readonly tenant_id: number
  readonly class: string
  readonly owner: string
}

const partyAccounts = sqlCheck<OwnerFinding>({
  name: 'party-accounts',
  about: 'Every account of a seller or partner belongs to one.',
  query: sql`
    select distinct a.tenant_id, a.class, a.owner
    from accounts a
    left join (select tenant_id, kind, external_id('pty', id) as owner from parties where kind <> 'buyer') p
      on p.tenant_id = a.tenant_id and p.owner = a.owner and (a.class = 'party_receivable' or starts_with(a.class, p.kind))
    where a.class in ('seller_available', 'seller_reserve', 'partner_available', 'party_receivable') and p.owner is null`,
  tell: ({ class: name, owner }) => `${name} account of "${owner}": there is no such party of that kind`
})

/** What must hold of references that no foreign key guards. */
export const REFERENCE_CHECKS: readonly Check[] = [references, shippedUnits, partyAccounts]
