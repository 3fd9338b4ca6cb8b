import type { CaseStep, RefundCase } from './refund-case.ts'

type StoredAs<Stored> = Omit<RefundCase, 'asked' | 'amount' | 'openedAt' | 'dueAt' | 'steps'> & Stored

/** A case as a trade keeps it while it is open: JSON has neither `bigint` nor times. SQL reads `due_at`. */
export type StoredCase = StoredAs<{
  readonly asked: string | null
  readonly amount: string
  readonly opened_at: string
  readonly due_at: string | null
  readonly steps: readonly StoredStep[]
}>

/** A step of a case as it is stored. */
export type StoredStep = Omit<CaseStep, 'at'> & { readonly at: string }

/** What a trade's column holds: null where no case is open. */
export function storeCases (cases: readonly RefundCase[]): string | null {
  return cases.length === 0 ? null : JSON.stringify(cases.map(storeCase))
}

/** The open cases of a trade from its column. */
export function readCases (stored: readonly StoredCase[] | null): RefundCase[] {
  return (stored ?? []).map(({ asked, amount, opened_at: openedAt, due_at: dueAt, steps, ...rest }) => ({
    ...rest,
    asked: asked === null ? null : BigInt(asked),
    amount: BigInt(amount),
    openedAt: new Date(openedAt),
    dueAt: dueAt === null ? null : new Date(dueAt),
    steps: readSteps(steps)
  }))
}

/** The steps of a case as they are stored. */
export function storeSteps (steps: readonly CaseStep[]): StoredStep[] {
  return steps.map((step) => ({ ...step, at: step.at.toISOString() }))
}

/** The steps of a case from what is stored. */
export function readSteps (stored: readonly StoredStep[]): CaseStep[] {
  return stored.map((step) => ({ ...step, at: new Date(step.at) }))
}

function storeCase ({ asked, amount, openedAt, dueAt, steps, ...rest }: RefundCase): StoredCase {
  return {
    ...rest,
    asked: asked?.toString() ?? null,
    amount: amount.toString(),
    opened_at: openedAt.toISOString(),
    due_at: dueAt?.toISOString() ?? null,
    steps: storeSteps(steps)
  }
}
