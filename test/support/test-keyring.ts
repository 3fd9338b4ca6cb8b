import { randomBytes } from 'node:crypto'
import { keyringOf, type Keyring } from '../../src/customs/keyring/keyring.ts'

/** A keyring of one new key, as an operator would bring it. */
export function testKeyring (): Keyring {
  return keyringOf([{ id: 'test', secret: randomBytes(32) }])
}
