import type { Principal, Role } from '../kernel/principal.ts'

/**
 * What a key needs for each route. This is the only place that says so: the service refuses to start when a route below /v1 is missing here.
 */
export const ROUTE_PERMISSIONS = {
  'GET /v1/tenant': 'tenant.read',
  'PATCH /v1/tenant/settings': 'tenant.configure',
  'POST /v1/api-keys': 'keys.write',
  'GET /v1/api-keys': 'keys.read',
  'POST /v1/api-keys/:id/rotation': 'keys.write',
  'DELETE /v1/api-keys/:id': 'keys.write',
  'GET /v1/audit': 'audit.read',
  'GET /v1/events': 'events.read',

  'POST /v1/parties': 'parties.write',
  'GET /v1/parties': 'parties.read',
  'GET /v1/parties/:id': 'parties.read',
  'GET /v1/parties/:id/balances': 'accounts.read',
  'PATCH /v1/parties/:id/terms': 'parties.terms',

  'POST /v1/coin-programmes': 'coins.configure',
  'PATCH /v1/coin-programmes/:id': 'coins.configure',
  'GET /v1/coin-programmes': 'coins.read',
  'GET /v1/coin-programmes/:id': 'coins.read',
  'POST /v1/coin-campaigns': 'coins.fund',
  'PATCH /v1/coin-campaigns/:id': 'coins.fund',
  'POST /v1/coin-campaigns/:id/ending': 'coins.fund',
  'POST /v1/coin-campaigns/:id/grants': 'coins.grant',
  'GET /v1/coin-campaigns': 'coins.read',
  'GET /v1/coin-campaigns/:id': 'coins.read',

  'POST /v1/fx-quotes': 'fx.quote',
  'GET /v1/fx-quotes': 'fx.read',
  'GET /v1/fx-quotes/:id': 'fx.read',

  'GET /v1/receivables': 'debts.read',
  'POST /v1/write-offs': 'debts.propose',
  'POST /v1/write-offs/:id/approval': 'debts.approve',
  'POST /v1/write-offs/:id/rejection': 'debts.approve',
  'POST /v1/write-offs/:id/withdrawal': 'debts.propose',
  'GET /v1/write-offs': 'debts.read',
  'GET /v1/write-offs/:id': 'debts.read',

  'POST /v1/trades': 'trades.write',
  'GET /v1/trades': 'trades.read',
  'GET /v1/trades/:id': 'trades.read',
  'GET /v1/trades/:id/transactions': 'trades.read',
  'GET /v1/trades/:id/shipments': 'trades.read',
  'POST /v1/trades/:id/payments': 'payments.write',
  'POST /v1/trades/:id/shipments': 'trades.write',
  'POST /v1/trades/:id/confirmations': 'trades.write',
  'POST /v1/trades/:id/cancellation': 'trades.write',
  'POST /v1/trades/:id/reprice': 'trades.write',
  'POST /v1/trades/:id/extensions': 'trades.write',
  'POST /v1/trades/:id/holds': 'trades.hold',
  'POST /v1/trades/:id/holds/:hold_id/lift': 'trades.lift',

  'POST /v1/trades/:id/attestations': 'trades.attest',
  'GET /v1/trades/:id/conditions': 'trades.attest',
  'POST /v1/trades/:id/refunds': 'trades.write',
  'POST /v1/trades/:id/refunds/:case_id/agreement': 'trades.write',
  'POST /v1/trades/:id/refunds/:case_id/refusal': 'trades.write',
  'POST /v1/trades/:id/refunds/:case_id/return-shipment': 'trades.write',
  'POST /v1/trades/:id/refunds/:case_id/return-receipt': 'trades.write',
  'POST /v1/trades/:id/refunds/:case_id/withdrawal': 'trades.write',
  'POST /v1/trades/:id/refunds/:case_id/escalation': 'trades.write',
  'GET /v1/refund-cases': 'trades.read',
  'GET /v1/refund-cases/:id': 'trades.read',

  'POST /v1/trades/:id/disputes': 'disputes.write',
  'GET /v1/disputes': 'disputes.read',
  'GET /v1/disputes/:id': 'disputes.read',
  'POST /v1/disputes/:id/evidence': 'disputes.write',
  'POST /v1/disputes/:id/withdrawal': 'disputes.write',
  'POST /v1/disputes/:id/award': 'disputes.award',
  'POST /v1/disputes/:id/award/approval': 'disputes.award',
  'POST /v1/disputes/:id/award/rejection': 'disputes.award',
  'POST /v1/disputes/:id/award/withdrawal': 'disputes.award',

  'POST /v1/quotes': 'trades.quote',

  'POST /v1/groups': 'groups.write',
  'GET /v1/groups': 'groups.read',
  'GET /v1/groups/:id': 'groups.read',
  'GET /v1/groups/:id/members': 'groups.read',

  'POST /v1/payments': 'payments.write',
  'GET /v1/payments': 'payments.read',
  'GET /v1/payments/:id': 'payments.read',
  'POST /v1/payments/:id/match': 'payments.match',
  'POST /v1/payments/:id/return': 'payments.match',

  'GET /v1/refunds': 'payments.read',
  'GET /v1/refunds/:id': 'payments.read',
  'POST /v1/refunds/:id/sending': 'payments.write',
  'POST /v1/refunds/:id/success': 'payments.write',
  'POST /v1/refunds/:id/failure': 'payments.write',
  'POST /v1/refunds/:id/bounce': 'payments.write',
  'POST /v1/refunds/:id/bank/sending': 'refunds.reroute',
  'POST /v1/refunds/:id/bank/success': 'refunds.reroute',
  'POST /v1/refunds/:id/bank/failure': 'refunds.reroute',
  'POST /v1/refunds/:id/bank/bounce': 'refunds.reroute',

  'POST /v1/chargebacks': 'payments.write',
  'POST /v1/chargebacks/outcomes': 'payments.write',
  'POST /v1/chargebacks/:id/outcome': 'payments.write',
  'GET /v1/chargebacks': 'payments.read',
  'GET /v1/chargebacks/:id': 'payments.read',

  'GET /v1/accounts': 'accounts.read',
  'GET /v1/accounts/:id': 'accounts.read',
  'GET /v1/accounts/:id/entries': 'accounts.read',
  'GET /v1/transactions': 'transactions.read',
  'GET /v1/transactions/:id': 'transactions.read',
  'GET /v1/reports/trial-balance': 'reports.read',
  'GET /v1/reports/account-statement': 'reports.read',
  'GET /v1/reports/journal': 'reports.read',
  'GET /v1/reports/coin-liability': 'reports.read',
  'GET /v1/reports/coin-statistics': 'reports.read',
  'GET /v1/reports/coin-deferred-revenue': 'reports.read',

  'POST /v1/manual-journals': 'journals.propose',
  'POST /v1/manual-journals/:id/approval': 'journals.approve',
  'POST /v1/manual-journals/:id/rejection': 'journals.approve',
  'POST /v1/manual-journals/:id/withdrawal': 'journals.propose',
  'POST /v1/manual-journals/:id/reversal': 'journals.propose',
  'GET /v1/manual-journals': 'journals.read',
  'GET /v1/manual-journals/:id': 'journals.read',

  'POST /v1/consents': 'consents.write',
  'DELETE /v1/consents/:id': 'consents.write',
  'POST /v1/identities': 'identities.write',
  'GET /v1/identities/:id': 'identities.read',
  'PUT /v1/trades/:id/customs-parties': 'customs.parties',
  'POST /v1/trades/:id/grants': 'grants.write',
  'DELETE /v1/trades/:id/grants': 'grants.write',
  'POST /v1/matches': 'matches.ask',
  'POST /v1/match-batches': 'matches.ask',
  'GET /v1/match-batches/:id': 'matches.ask',
  'POST /v1/matches/:id/receipt': 'matches.ask',
  'POST /v1/identities/:id/erasure': 'identities.erase',
  'GET /v1/audit/lookups': 'lookups.audit',
  'GET /v1/parties/:id/lookups': 'lookups.read',

  'POST /v1/declarations': 'declarations.write',
  'GET /v1/declarations': 'declarations.read',
  'GET /v1/declarations/:id': 'declarations.read',
  'POST /v1/trades/:id/declaration-splits': 'declarations.write',
  'POST /v1/declarations/:id/pushes': 'declarations.write',
  'GET /v1/declarations/:id/voucher.xml': 'declarations.voucher',
  'POST /v1/declarations/:id/receipts': 'declarations.answer',
  'GET /v1/identities/:id/quota': 'declarations.quota',
  'GET /v1/reports/customs-declarations': 'reports.read',

  'GET /v1/test-clock': 'clock.read',
  'POST /v1/test-clock/advance': 'clock.advance',

  'POST /v1/sandbox/payments': 'sandbox.use',
  'POST /v1/sandbox/refunds/:id': 'sandbox.use',
  'POST /v1/sandbox/chargebacks': 'sandbox.use',
  'POST /v1/sandbox/chargebacks/:id/outcome': 'sandbox.use',
  'PATCH /v1/sandbox/provider': 'sandbox.use',
  'GET /v1/sandbox/provider': 'sandbox.read',
  'GET /v1/sandbox/facts': 'sandbox.read',
  'GET /v1/sandbox/settlement': 'sandbox.read',
  'GET /v1/sandbox/customs': 'sandbox.read',
  'PATCH /v1/sandbox/customs': 'sandbox.use',
  'GET /v1/sandbox/customs/answers': 'sandbox.read',
  'POST /v1/sandbox/customs/answers': 'sandbox.use'
} as const satisfies Record<string, string>

/** `matches.detail` lets a key know, where its grant allows that as well, which field differs. */
export type Permission = (typeof ROUTE_PERMISSIONS)[keyof typeof ROUTE_PERMISSIONS] | 'matches.detail'

const READS: readonly Permission[] = [
  'tenant.read', 'events.read', 'parties.read', 'trades.read', 'trades.quote', 'disputes.read', 'groups.read', 'payments.read', 'accounts.read', 'transactions.read',
  'reports.read', 'journals.read', 'debts.read', 'fx.read', 'coins.read', 'declarations.read', 'clock.read', 'sandbox.read'
]

/**
 * What each role may do. Who administers cannot move money, who moves money cannot make keys; the marketplace calls for a hold and cannot lift it;
 * who decides disputes does nothing else.
 */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  admin: new Set<Permission>([...READS, 'audit.read', 'tenant.configure', 'keys.read', 'keys.write', 'parties.terms', 'coins.configure', 'trades.hold', 'trades.lift', 'clock.advance', 'identities.erase']),
  marketplace: new Set<Permission>([
    'tenant.read', 'events.read', 'parties.read', 'parties.write', 'trades.read', 'trades.quote', 'trades.write', 'trades.hold', 'disputes.read', 'disputes.write',
    'groups.read', 'groups.write', 'payments.read', 'payments.write', 'fx.quote', 'fx.read', 'coins.read',
    // It gives away what finance put into campaigns.
    'coins.grant',
    // It shows its sellers what they have.
    'accounts.read', 'transactions.read',
    // Of a sandbox; a live tenant has neither.
    'clock.read', 'clock.advance', 'sandbox.read', 'sandbox.use',
    // It collects consents and identities, and sees masks of what it collected.
    'consents.write', 'identities.write', 'identities.read', 'customs.parties', 'grants.write', 'identities.erase', 'lookups.read',
    // It declares what was paid, and never sees the message, which names who paid.
    'declarations.read', 'declarations.write', 'declarations.quota'
  ]),
  finance: new Set<Permission>([
    ...READS, 'audit.read', 'payments.match', 'refunds.reroute', 'journals.propose', 'journals.approve', 'parties.terms', 'debts.propose', 'debts.approve', 'fx.quote', 'coins.configure', 'coins.fund',
    'trades.hold', 'trades.lift'
  ]),
  customs: new Set<Permission>([
    'tenant.read', 'identities.read', 'customs.parties', 'grants.write', 'matches.ask', 'matches.detail', 'declarations.read', 'declarations.voucher', 'declarations.answer', 'declarations.quota',
    'sandbox.read'
  ]),
  // Carriers and inspectors are strangers: they see how far a trade is, and nothing of its money and parties.
  attester: new Set<Permission>(['trades.attest']),
  // Strangers, too: a broker asks about the trades that were opened to him, an auditor reads who asked.
  broker: new Set<Permission>(['matches.ask', 'declarations.read']),
  auditor: new Set<Permission>(['lookups.audit']),
  arbitrator: new Set<Permission>(['tenant.read', 'events.read', 'parties.read', 'trades.read', 'disputes.read', 'disputes.award'])
}

/** Whether the role of a key has a permission. */
export function allows ({ role }: Principal, permission: string): boolean {
  return (ROLE_PERMISSIONS[role] as ReadonlySet<string>).has(permission)
}

/** The permission of a route such as `GET /v1/trades`. A route that the table does not name is a bug, found when the service starts. */
export function permissionOf (route: string): Permission {
  const table: Readonly<Record<string, Permission>> = ROUTE_PERMISSIONS
  const permission = table[route]
  if (permission === undefined) throw new Error(`the route ${route} is missing in src/auth/permissions.ts: name the permission it needs`)
  return permission
}
