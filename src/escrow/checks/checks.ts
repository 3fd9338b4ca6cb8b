import type { Check } from '../../ledger/checks.ts'
import { CHARGEBACK_CHECKS } from './chargeback-checks.ts'
import { CONDITION_CHECKS } from './condition-checks.ts'
import { EXCHANGE_CHECKS } from './exchange-checks.ts'
import { GROUP_CHECKS } from './group-checks.ts'
import { CASE_CHECKS } from './case-checks.ts'
import { LINE_CHECKS } from './line-checks.ts'
import { MONEY_CHECKS } from './money-checks.ts'
import { REFUND_CHECKS } from './refund-checks.ts'
import { REFERENCE_CHECKS } from './reference-checks.ts'
import { RESERVE_CHECKS } from './reserve-checks.ts'

/** Everything that must hold of trades, and between them and the ledger. */
export const ESCROW_CHECKS: readonly Check[] = [...REFERENCE_CHECKS, ...LINE_CHECKS, ...CASE_CHECKS, ...GROUP_CHECKS, ...MONEY_CHECKS, ...REFUND_CHECKS, ...RESERVE_CHECKS, ...EXCHANGE_CHECKS, ...CONDITION_CHECKS, ...CHARGEBACK_CHECKS]
