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
  'grant.created': 'A broker was let ask about a trade; `details` tell which one, what for and until when.',
  'grant.revoked': 'A broker may no longer ask about a trade.',
  'identity.erased': 'What was kept of an identity was deleted; `details` tell whether that was put off before.',
  'identity.erasure_deferred': 'An identity is to be erased, and the law puts it off; `details` tell why, and until when.',
  'broker.paused': 'A key asked too often what was not so, and is told nothing for an hour.',
  'key.created': 'A key was made.',
  'key.rotated': 'A key got a new secret; `details` tell how long the former one goes on.',
  'key.revoked': 'A key was revoked for good, with all its secrets.'
} as const satisfies Record<string, string>

export type AuditAction = keyof typeof AUDIT_ACTIONS
