import type { Request } from './app-type.ts'
import { journalOptions } from './idempotency.ts'

/** Whose operation a request asks for, and under which key: the tenant comes from the caller's API key and from nowhere else. */
export function originOf (request: Request): { tenantId: number, key: string, fingerprint: Buffer } {
  const { key, fingerprint } = journalOptions(request)
  return { tenantId: request.principal.tenantId, key, fingerprint }
}
