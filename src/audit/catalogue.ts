/**
 * Every administrative action that is recorded, and what it tells. Whatever is recorded must be named here; actions are added, never
 * renamed.
 */
export const AUDIT_ACTIONS = {
  'tenant.created': 'A tenant was made.',
  'settings.changed': 'Settings of the tenant were changed; `details` names each with its value before and after.',
  'clock.advanced': 'The test clock of a sandbox was told to go ahead; `details` tell from when, and to when.',
  'sandbox.changed': 'A sandbox\'s payment provider behaves otherwise from now on; `details` tell how.',
  'sandbox.customs_changed': 'A sandbox\'s customs answers otherwise from now on; `details` tell how.',
  'voucher.read': 'Somebody read the message to customs that names who paid; `details` tell of which trade, and which message it was.',
  'key.created': 'A key was made.',
  'key.rotated': 'A key got a new secret; `details` tell how long the former one goes on.',
  'key.revoked': 'A key was revoked for good, with all its secrets.'
} as const satisfies Record<string, string>

export type AuditAction = keyof typeof AUDIT_ACTIONS
