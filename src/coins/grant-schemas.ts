import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Exactly, Id, Nullable, Reference, Timestamp } from '../http/schemas.ts'
import { COINS_MAX } from './campaign.ts'

/** How many rows one body holds, or one dry run takes. */
export const ROWS_MAX = 10_000

/** A row of a request for grants. */
export const GrantRow = component('CoinGrantRow', Exactly({
  ref: { ...Reference, description: 'Your own name of this grant, 1 to 100 visible characters: it is granted once in its campaign, for ever. It is not for personal data.' },
  buyer: Id('pty'),
  coins: T.Integer({ minimum: 1, maximum: COINS_MAX, description: 'How many coins.' }),
  reason: T.Optional(T.String({
    pattern: '^[a-z][a-z0-9_]{0,49}$', description: 'Your own word for what it is for, such as `game_reward` or `live_stream_prize`.', examples: ['game_reward']
  }))
}, { description: 'Coins for one buyer.' }))

const EXAMPLE_ROWS = [
  { ref: 'STREAM-8-1', buyer: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zf', coins: 500, reason: 'live_stream_prize' },
  { ref: 'GAME-20260301-77', buyer: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zh', coins: 20, reason: 'game_reward' }
]

const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** What is refused as a whole: rows are looked at one by one, so that a bad one harms no neighbour. */
export const GrantsContainer = Exactly({ rows: T.Array(T.Unknown(), { minItems: 1, maxItems: ROWS_MAX }) })

/** The bodies that callers are told to send. */
export const GRANT_BODIES = {
  content: {
    'application/json': { schema: Exactly({ rows: T.Array(GrantRow, { minItems: 1, maxItems: ROWS_MAX }) }, { examples: [{ rows: EXAMPLE_ROWS }] }) },
    'application/x-ndjson': { schema: T.String({ description: 'A row (`CoinGrantRow`) on each line, as many as you like.', examples: [lines(EXAMPLE_ROWS)] }) }
  }
}

const row = T.Integer({ minimum: 1, description: 'Which row of the request, from 1.' })

const GrantedRow = component('CoinGrantedRow', T.Object({
  row,
  ref: Reference,
  outcome: T.Literal('granted'),
  lot: Id('lot'),
  coins: T.String(),
  expires_at: Nullable(Timestamp),
  repeated: T.Boolean({ description: 'Whether it was granted before, and not again.' })
}, { description: 'A row whose coins the buyer has.' }))

const RefusedRow = component('CoinRefusedRow', T.Object({
  row,
  ref: Nullable(Reference),
  outcome: T.Enum(['refused', 'undecided'], { type: 'string', description: '`undecided`: nobody could decide it now; send the request again with the same key.' }),
  code: T.String({ description: 'As of a problem: see `/problems`.', examples: ['buyer_cap_reached'] }),
  detail: T.String(),
  errors: T.Optional(T.Array(T.Object({ pointer: T.String({ description: 'A JSON pointer into the row.' }), code: T.String(), detail: T.Optional(T.String()) })))
}, { description: 'A row that gave nothing, and why.' }))

const count = T.Integer({ minimum: 0 })

const totals = {
  campaign: Id('cmp'),
  rows: count,
  granted: { ...count, description: 'How many rows were granted, now or before.' },
  refused: count,
  undecided: count,
  coins: T.String({ description: 'The coins of all granted rows together.' })
}

export const GrantsBody = component('CoinGrants', T.Object({
  ...totals, results: T.Array(T.Union([GrantedRow, RefusedRow]), { description: 'One for each row, in their order.' })
}, { description: 'What became of each row, and all of them together. A dry run shows in each row what it `would_post`.' }))

const EXAMPLE_RESULTS = [
  { row: 1, ref: 'STREAM-8-1', outcome: 'granted', lot: 'lot_01kaj6n8k2f5rvt4r9e8q7m3zv', coins: '500', expires_at: '2027-04-01T00:00:00.000Z', repeated: false },
  {
    row: 2, ref: 'GAME-20260301-77', outcome: 'refused', code: 'unknown_party', detail: 'Create the party before naming it.', errors: [{ pointer: '/buyer', code: 'unknown_party' }]
  }
]

const EXAMPLE_TOTALS = { campaign: 'cmp_01kaj6n8k2f5rvt4r9e8q7m3zr', rows: 2, granted: 1, refused: 1, undecided: 0, coins: '500' }

export const GRANTS_EXAMPLE = { ...EXAMPLE_TOTALS, results: EXAMPLE_RESULTS }

/** What is answered to lines. */
export const GrantLines = T.String({ description: 'A result (`CoinGrantedRow` or `CoinRefusedRow`) on each line, in the order of the rows, and at last the counts of `CoinGrants` with `complete: true`.' })

export const GRANT_LINES_EXAMPLE = lines([...EXAMPLE_RESULTS, { complete: true, ...EXAMPLE_TOTALS }])
