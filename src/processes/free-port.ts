import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/**
 * A port that is free now. Processes that share an address must ask for one by its number, or a replaced one could come back at another.
 */
export async function freePort (host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
