import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { registerAuditRoutes } from './audit/routes.ts'
import { KeyCache } from './auth/key-cache.ts'
import { allows, permissionOf } from './auth/permissions.ts'
import { registerKeyRoutes } from './auth/routes.ts'
import { registerCampaignRoutes } from './coins/campaign-routes.ts'
import { registerCoinGrantRoutes } from './coins/grant-routes.ts'
import { registerProgrammeRoutes } from './coins/programme-routes.ts'
import { registerCustomsAnswerRoutes } from './customs/declarations/answers/customs-answer-routes.ts'
import { registerDeclarationRoutes } from './customs/declarations/declaration-routes.ts'
import { registerSandboxCustomsRoutes } from './customs/declarations/sandbox/sandbox-routes.ts'
import { openPorts } from './customs/declarations/transports/open-ports.ts'
import type { LivePorts } from './customs/declarations/transports/port.ts'
import { registerIdentityRoutes } from './customs/identities/identity-routes.ts'
import type { Keyring } from './customs/keyring/keyring.ts'
import { registerReceiptRoutes } from './customs/receipts/receipt-routes.ts'
import { MatchDesk } from './customs/matches/match-desk.ts'
import { registerMatchRoutes } from './customs/matches/match-routes.ts'
import type { ErasureLog } from './customs/erasure/erasure-log.ts'
import { registerErasureRoutes } from './customs/erasure/erasure-routes.ts'
import { registerLookupRoutes } from './customs/lookups/lookup-routes.ts'
import { registerGrantRoutes } from './customs/trades/grant-routes.ts'
import { liftAfterMatch } from './customs/trades/lift-hold.ts'
import { registerCustomsRoutes } from './customs/trades/customs-routes.ts'
import { packageVersion } from './db/package-root.ts'
import type { Databases } from './db/pools.ts'
import { registerChargebackRoutes } from './escrow/chargebacks/chargeback-routes.ts'
import { registerAttestationRoutes } from './escrow/conditions/attestation-routes.ts'
import { registerAwardRoutes } from './escrow/disputes/award-routes.ts'
import { registerDisputeRoutes } from './escrow/disputes/dispute-routes.ts'
import { registerEscalationRoutes } from './escrow/disputes/escalation-routes.ts'
import { registerGroupRoutes } from './escrow/groups/routes.ts'
import { registerFxRoutes } from './escrow/exchange/fx-routes.ts'
import { registerPaymentRoutes } from './escrow/payments/payment-routes.ts'
import { registerQuoteRoutes } from './escrow/quotes/quote-routes.ts'
import { registerRefundRoutes } from './escrow/refunds/refund-routes.ts'
import { registerReserveRoutes } from './escrow/reserves/reserve-routes.ts'
import { registerCaseRoutes } from './escrow/refund-cases/case-routes.ts'
import { registerTermsRoutes } from './escrow/steps/terms-routes.ts'
import { registerTradeRoutes } from './escrow/steps/trade-routes.ts'
import { DUE_WORK, outgoingWork } from './due-work.ts'
import { registerEventRoutes } from './events/routes.ts'
import type { App } from './http/app-type.ts'
import { registerAuthentication } from './http/authentication.ts'
import { describeRoutes } from './http/describe.ts'
import { registerHealthRoutes, type Lifecycle } from './http/health.ts'
import { registerOpenApi } from './http/openapi.ts'
import { registerProblemPages } from './http/problem-pages.ts'
import { openRateLimits } from './http/rate-limit.ts'
import { createServer, type HttpLimits } from './http/server.ts'
import type { Journal } from './journal/journal.ts'
import { registerLedgerRoutes } from './ledger/routes.ts'
import { registerManualJournalRoutes } from './manual-journals/routes.ts'
import { registerMetrics, type MetricsSource } from './metrics/routes.ts'
import { registerPartyRoutes } from './parties/routes.ts'
import { registerReceivableRoutes } from './receivables/routes.ts'
import { registerCoinReportRoutes } from './reports/coin-routes.ts'
import { registerReportRoutes } from './reports/routes.ts'
import { registerClockRoutes } from './sandbox/clock/clock-routes.ts'
import { registerProviderRoutes } from './sandbox/provider/provider-routes.ts'
import { registerTenantRoutes } from './tenants/routes.ts'

/** What routes work with. */
export interface Services {
  readonly databases: Databases
  readonly journal: Journal
  readonly log: Logger
  readonly lifecycle: Lifecycle
  readonly config: HttpLimits & Pick<Config, 'receiptIssuer'>
  /** The keys that identities are kept under; null where there are none, and no identity can be kept. */
  readonly keyring: Keyring | null
  /** The ways of live tenants to customs, where their operator set some up; sandboxes have an imitation of each. */
  readonly livePorts?: LivePorts
  /** What remembers erasures outside of the database. */
  readonly erasures: ErasureLog
  /** Where requests are counted, and what /metrics answers; none where that is switched off. */
  readonly metrics?: MetricsSource | undefined
}

/** The whole service as one server that does not listen yet: every route there is, is mounted here. */
export async function buildApp (services: Services): Promise<App> {
  const app = createServer(services.log, services.config)
  const ports = openPorts(services.databases.read, services.livePorts)
  if (services.metrics !== undefined) registerMetrics(app, services.metrics)
  describeRoutes(app, permissionOf)
  await registerOpenApi(app, packageVersion())
  const keys = new KeyCache(services.databases.read)
  const limits = await openRateLimits(app, services.config)
  registerAuthentication(app, { find: async (secret, beforeAsking) => await keys.find(secret, beforeAsking), permissionOf, allows }, limits)
  registerHealthRoutes(app, services)
  registerProblemPages(app)
  registerAuditRoutes(app, services)
  registerTenantRoutes(app, services)
  registerKeyRoutes(app, services)
  registerEventRoutes(app, services)
  registerLedgerRoutes(app, services)
  registerPartyRoutes(app, services)
  registerReserveRoutes(app, services)
  registerProgrammeRoutes(app, services)
  registerCampaignRoutes(app, services)
  registerCoinGrantRoutes(app, services)
  registerFxRoutes(app, services)
  registerReceivableRoutes(app, services)
  registerGroupRoutes(app, services)
  registerTradeRoutes(app, services)
  registerTermsRoutes(app, services)
  registerPaymentRoutes(app, services)
  registerChargebackRoutes(app, services)
  registerAttestationRoutes(app, services)
  registerCaseRoutes(app, services)
  registerDisputeRoutes(app, services)
  registerAwardRoutes(app, services)
  registerEscalationRoutes(app, services)
  registerQuoteRoutes(app, services)
  registerRefundRoutes(app, services)
  registerIdentityRoutes(app, services)
  registerCustomsRoutes(app, services)
  registerGrantRoutes(app, services)
  registerMatchRoutes(app, { ...services, desk: deskOf(services) })
  registerReceiptRoutes(app, services)
  registerLookupRoutes(app, services)
  registerErasureRoutes(app, services)
  registerDeclarationRoutes(app, { ...services, ports })
  registerCustomsAnswerRoutes(app, { ...services, ports })
  registerManualJournalRoutes(app, services)
  registerReportRoutes(app, services)
  registerCoinReportRoutes(app, services)
  registerClockRoutes(app, { ...services, work: [...DUE_WORK, ...outgoingWork({ db: services.databases.read, keyring: services.keyring, ports })] })
  registerProviderRoutes(app, services)
  registerSandboxCustomsRoutes(app, services)
  await app.ready()
  return app
}

/** Where questions about identities are answered. A hold that waited for a match is lifted at once; if that fails, by the next sweep. */
function deskOf ({ databases, keyring, journal, log }: Services): MatchDesk {
  return new MatchDesk({
    db: databases.match,
    keyring,
    lift: async (found) => { await journal.submit(liftAfterMatch(found)).catch((error: unknown) => { log.warn({ err: error }, 'a hold is lifted later than its match') }) }
  })
}
