import fc from 'fast-check'
import { releaseDraft, type ReleaseDraft } from './release-drafts.ts'

/** Numbers that a world reads its choices from, whatever state it is in: so every sequence makes sense, and shrinks well. */
export interface Command {
  readonly kind: 'create' | 'pay' | 'repeat' | 'match' | 'return' | 'report' | 'ship' | 'confirm' | 'cancel' | 'attest' | 'reprice' | 'extend' | 'hold' | 'lift' | 'refund' | 'case' | 'wait' | 'timer' | 'owe' | 'terms' | 'mature' | 'group' | 'join' | 'gather' | 'dispute' | 'evidence' | 'award' | 'withdraw' | 'charge' | 'outcome' | 'quote'
  /** Chooses a trade, payment or party. */
  readonly target: number
  /** Chooses an amount, a quantity, a duration. */
  readonly size: number
  readonly choice: number
  /** Whether it shares its batch with the command before it. */
  readonly joins: boolean
  readonly lines: readonly LineDraft[]
}

export interface LineDraft {
  readonly seller: number
  readonly quantity: number
  readonly price: number
  readonly shipping: number
  readonly rate: number
  readonly fulfilment: number
  readonly release: ReleaseDraft | null
  readonly splits: ReadonlyArray<{ readonly partner: number, readonly share: number, readonly fixed: boolean }>
}

// Tiny prices make rounding matter; large ones make it accumulate.
const price = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 100_000 }))

const line: fc.Arbitrary<LineDraft> = fc.record({
  seller: fc.nat(2),
  quantity: fc.integer({ min: 1, max: 7 }),
  price,
  shipping: fc.oneof(fc.constant(0), price),
  rate: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1000) }, { weight: 7, arbitrary: fc.nat(200) }),
  fulfilment: fc.nat(3),
  release: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: releaseDraft }),
  splits: fc.array(fc.record({ partner: fc.nat(2), share: fc.oneof({ weight: 3, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.nat(500) }), fixed: fc.boolean() }), { maxLength: 3 })
})

const kind = fc.oneof(
  { weight: 7, arbitrary: fc.constant('create' as const) },
  { weight: 7, arbitrary: fc.constant('pay' as const) },
  { weight: 2, arbitrary: fc.constant('repeat' as const) },
  { weight: 3, arbitrary: fc.constant('match' as const) },
  { weight: 1, arbitrary: fc.constant('return' as const) },
  { weight: 7, arbitrary: fc.constant('report' as const) },
  { weight: 7, arbitrary: fc.constant('ship' as const) },
  { weight: 7, arbitrary: fc.constant('confirm' as const) },
  { weight: 3, arbitrary: fc.constant('cancel' as const) },
  { weight: 5, arbitrary: fc.constant('attest' as const) },
  { weight: 3, arbitrary: fc.constant('reprice' as const) },
  { weight: 3, arbitrary: fc.constant('extend' as const) },
  { weight: 2, arbitrary: fc.constant('hold' as const) },
  { weight: 2, arbitrary: fc.constant('lift' as const) },
  { weight: 2, arbitrary: fc.constant('refund' as const) },
  { weight: 3, arbitrary: fc.constant('case' as const) },
  { weight: 3, arbitrary: fc.constant('wait' as const) },
  { weight: 3, arbitrary: fc.constant('timer' as const) },
  { weight: 4, arbitrary: fc.constant('dispute' as const) },
  { weight: 1, arbitrary: fc.constant('evidence' as const) },
  { weight: 4, arbitrary: fc.constant('award' as const) },
  { weight: 1, arbitrary: fc.constant('withdraw' as const) },
  { weight: 1, arbitrary: fc.constant('owe' as const) },
  { weight: 1, arbitrary: fc.constant('terms' as const) },
  { weight: 1, arbitrary: fc.constant('quote' as const) },
  { weight: 3, arbitrary: fc.constant('mature' as const) },
  { weight: 2, arbitrary: fc.constant('group' as const) },
  { weight: 5, arbitrary: fc.constant('join' as const) },
  { weight: 1, arbitrary: fc.constant('gather' as const) },
  { weight: 3, arbitrary: fc.constant('charge' as const) },
  { weight: 3, arbitrary: fc.constant('outcome' as const) }
)

/** One command; `lines` are what it creates, or which lines it works on. */
export const command: fc.Arbitrary<Command> = fc.record({
  kind,
  target: fc.nat(1000),
  size: fc.nat(1_000_000),
  choice: fc.nat(99),
  joins: fc.boolean(),
  lines: fc.array(line, { minLength: 1, maxLength: 3 })
})

/** How each life begins: with some trades that are paid, and partly shipped. What is drawn says which, and how. */
const BEGINNING: ReadonlyArray<Command['kind']> = ['create', 'pay', 'create', 'pay', 'create', 'pay', 'ship', 'ship']

/** A life of some trades: at least fifty steps. */
function life (kinds: fc.Arbitrary<Command['kind']> | null, then: ReadonlyArray<Command['kind']> = []): fc.Arbitrary<Command[]> {
  const of = (kind: fc.Arbitrary<Command['kind']>): fc.Arbitrary<Command> => fc.record({ command, kind }).map((drawn) => ({ ...drawn.command, kind: drawn.kind }))
  const beginning = fc.tuple(...[...BEGINNING, ...then].map((kind) => of(fc.constant(kind))))
  return fc.tuple(beginning, fc.array(kinds === null ? command : of(kinds), { minLength: 42, maxLength: 50, size: 'max' })).map(([first, rest]) => [...first, ...rest])
}

/** A life in which anything may happen. */
export const commands = life(null)

/** A life of some trades that are mostly disputed: what leads to disputes, and what they meet. */
export const disputedCommands = life(fc.constantFrom<Command['kind']>(
  ...Array.from({ length: 3 }, () => ['create', 'pay', 'pay', 'ship', 'dispute', 'award', 'award'] as const).flat(), 'ship', 'ship', 'confirm', 'confirm', 'withdraw', 'evidence', 'hold', 'lift',
  'timer', 'wait', 'cancel', 'owe', 'refund', 'refund', 'refund', 'refund', 'case', 'case', 'case', 'case', 'case', 'case', 'attest'
))

/** A life of some trades whose payments are mostly charged back: what leads to that, and what it meets. */
export const chargedCommands = life(fc.constantFrom<Command['kind']>(
  ...Array.from({ length: 3 }, () => ['create', 'pay', 'pay', 'charge', 'outcome', 'ship', 'confirm'] as const).flat(), 'charge', 'cancel', 'cancel', 'report', 'report', 'match', 'return', 'repeat', 'dispute', 'award',
  'withdraw', 'attest', 'extend', 'reprice', 'hold', 'lift', 'timer', 'wait', 'owe', 'mature', 'group', 'join', 'join', 'gather', 'refund', 'refund', 'case', 'quote'
), ['confirm', 'confirm'])
