import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../ledger/checks.ts'

interface ClaimFinding {
  readonly tenant_id: number
  readonly kind: string
  readonly key: string
  /** Who holds the claim; null where the reference is not claimed. */
  readonly holder: string | null
  /** Whose reference it is; null where there is no such thing. */
  readonly owner: string | null
}

const PREFIXES = { party: 'pty', trade: 'trd', payment: 'pay', refund_attempt: 'rfd', fx_quote: 'fxq', chargeback: 'chb', coin: 'cpr', coin_grant: 'lot', sandbox_outcome: 'sbx', declaration: 'dcl', customs_order: 'dcl' } as const

function tellHolder (kind: string, id: string): string {
  return kind in PREFIXES ? tellId(PREFIXES[kind as keyof typeof PREFIXES], id) : id
}

const claims = sqlCheck<ClaimFinding>({
  name: 'claims',
  about: 'Every reference of a party, trade, payment, exchange rate, attempt to pay a refund, chargeback, coin, grant of coins, declaration or outcome at a sandbox provider is claimed by what carries it, and nothing else is claimed.',
  query: sql`
    select coalesce(c.tenant_id, r.tenant_id) as tenant_id, coalesce(c.kind, r.kind) as kind, coalesce(c.key, r.key) as key, c.holder, r.id as owner
    from claims c
    full join (
      select tenant_id, 'party' as kind, kind || ':' || external_ref as key, id from parties
      union all select tenant_id, 'trade', external_ref, id from trades
      union all select tenant_id, 'payment', provider || ':' || provider_ref, id from payments
      union all select tenant_id, 'fx_quote', source || ':' || reference, id from fx_quotes
      union all select tenant_id, 'refund_attempt', channel || ':' || account || ':' || reference, refund_id from refund_attempts
      union all select tenant_id, 'chargeback', provider || ':' || provider_ref, id from chargebacks
      union all select tenant_id, 'coin', unit, id from coin_programmes
      union all select tenant_id, 'coin_grant', source_id || ':' || grant_ref, id from coin_lots where grant_ref is not null
      union all select tenant_id, 'sandbox_outcome', reference, id from sandbox_facts where kind in ('chargeback_won', 'chargeback_lost')
      union all select tenant_id, 'declaration', request_id, id from declarations
      union all select distinct d.tenant_id, 'customs_order', d.jurisdiction || ':' || d.platform_code || ':' || m.order_no, d.id
        from declarations d join declaration_messages m on m.tenant_id = d.tenant_id and m.declaration_id = d.id
    ) r on r.tenant_id = c.tenant_id and r.kind = c.kind and r.key = c.key
    where c.holder is distinct from r.id`,
  tell: ({ kind, key, holder, owner }) => {
    if (owner === null) return `claim of ${kind} "${key}": held by ${holder === null ? 'nobody' : tellHolder(kind, holder)}, but no ${kind} carries this reference`
    if (holder === null) return `${kind} ${tellHolder(kind, owner)}: its reference "${key}" is not claimed`
    return `${kind} ${tellHolder(kind, owner)}: its reference "${key}" is claimed by ${tellHolder(kind, holder)}`
  }
})

/** What must hold of references that only one thing may carry. */
export const CLAIM_CHECKS: readonly Check[] = [claims]
