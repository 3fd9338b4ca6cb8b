import { Refusal } from '../../kernel/refusals.ts'
import type { TenantKind } from '../../tenants/tenants.ts'
import type { Jurisdiction } from './states.ts'
import type { CustomsPort, CustomsPorts } from './transports/port.ts'

/** The way of a tenant of that kind to the customs of a jurisdiction. Refuses `no_customs_transport` where none is set up. */
export function requirePort (ports: CustomsPorts, kind: TenantKind, jurisdiction: Jurisdiction): CustomsPort {
  const port = ports.portOf(kind, jurisdiction)
  if (port === null) throw new Refusal('no_customs_transport', `There is no way to the customs of ${jurisdiction} for a ${kind} tenant: whoever runs the service sets one up.`)
  return port
}
