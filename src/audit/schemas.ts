import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Page, PageQuery, Timestamp } from '../http/schemas.ts'
import { AUDIT_ACTIONS, type AuditAction } from './catalogue.ts'

const Action = component('AuditAction', T.Enum(Object.keys(AUDIT_ACTIONS) as AuditAction[], { type: 'string', description: 'What was done.' }))

const AuditEntryBody = component('AuditEntry', T.Object({
  seq: T.Integer({ minimum: 1, description: 'The number of the entry among those of its tenant; no number is left out.' }),
  actor: T.String({ description: 'Who did it: the id of a key, `cli` for the `holdfast` command, `service` for the service itself.' }),
  action: Action,
  subject: T.String({ description: 'The id of what it was done to; the name of a tenant.' }),
  details: T.Object({}, { additionalProperties: true, description: 'What changed; never a secret, never personal data.' }),
  recorded_at: Timestamp
}))

export const AuditPage = Page('AuditPage', AuditEntryBody)

export const AuditQuery = PageQuery({
  action: T.Optional(Action),
  subject: T.Optional(T.String({ minLength: 1, maxLength: 100, description: 'Only what was done to this.' })),
  actor: T.Optional(T.String({ minLength: 1, maxLength: 100, description: 'Only what was done by this key, or by `cli` or `service`.' }))
})

export const AUDIT_EXAMPLE = {
  seq: 7,
  actor: 'key_01kaj6n8k2f5rvt4r9e8q7m3zd',
  action: 'settings.changed',
  subject: 'demo',
  details: { fee_base: { from: 'price', to: 'price_and_shipping' } },
  recorded_at: '2026-01-31T08:00:00.000Z'
}
