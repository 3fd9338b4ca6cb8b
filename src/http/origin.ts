import { newId } from '../kernel/ids.ts'
import type { Request } from './app-type.ts'
import { fingerprintOf, journalOptions } from './idempotency.ts'

/** Whose operation a request asks for, and under which key: the tenant comes from the caller's API key and from nowhere else. */
interface RequestOrigin {
  readonly tenantId: number
  readonly key: string
  readonly fingerprint: Buffer
}

/** The origin of a request that must bring a key. Refuses `idempotency_key_required`. */
export function originOf (request: Request): RequestOrigin {
  const { key, fingerprint } = journalOptions(request)
  return { tenantId: request.principal.tenantId, key, fingerprint }
}

/** The origin of a PUT, which comes to the same however often it is sent: it may bring a key, and has one of its own where it brings none. */
export function originOfPut (request: Request): RequestOrigin {
  if (request.headers['idempotency-key'] !== undefined) return originOf(request)
  return { tenantId: request.principal.tenantId, key: `put:${newId()}`, fingerprint: fingerprintOf(request) }
}
