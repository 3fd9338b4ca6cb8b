import { Type as T } from 'typebox'
import { component } from '../../http/components.ts'
import { Id, Nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts'

const Verdict = T.Enum(['match', 'close_match', 'no_match', 'insufficient', 'unavailable', 'locked'], {
  type: 'string', description: 'What was answered; `locked` for a claim too many, to which nothing was.'
})

export const LookupBody = component('Lookup', T.Object({
  seq: T.Integer({ minimum: 1, description: 'The number of the entry among those of its tenant; no number is left out.' }),
  at: Timestamp,
  broker: Id('key'),
  trade: Id('trd'),
  identity: Nullable(Id('idn')),
  party: Nullable(Id('pty')),
  match: Nullable(Id('mat')),
  role: T.String(),
  jurisdiction: T.String(),
  purpose: T.String(),
  verdict: Verdict,
  repeated: T.Boolean({ description: 'Whether this key had asked it before.' }),
  hash: T.String({ description: 'SHA-256 over this entry and the hash before it: whoever keeps one notices if anything before it is changed.' })
}, { description: 'A question about somebody: who asked, when, what for, and what was answered. What was claimed is not kept.' }))

export const LookupPage = Page('LookupPage', LookupBody)

export const LookupQuery = PageQuery({
  broker: T.Optional(Id('key')),
  trade: T.Optional(Id('trd')),
  party: T.Optional(Id('pty')),
  verdict: T.Optional(Verdict)
})

export const LOOKUP_EXAMPLE = {
  seq: 12,
  at: '2026-01-31T08:00:00.000Z',
  broker: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3zd',
  identity: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd',
  party: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd',
  match: 'mat_01kaj6n8k2f5rvt4r9e8q7m3zd',
  role: 'orderer',
  jurisdiction: 'CN',
  purpose: 'customs_clearance',
  verdict: 'match',
  repeated: false,
  hash: '9b74c9897bac770ffc029102a200c5de0d1f7c5b1d4c6a3e8f5b6a7c8d9e0f10'
}
