import type { Databases } from '../../db/pools.ts'
import { inTransaction } from '../../db/transaction.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { Exactly, Id, IdParams } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { keyringFor } from '../keyring/tenant-keyring.ts'
import { issueReceipt, RECEIPT_DAYS } from './issue-receipt.ts'
import { readPublicKeys, readStatus } from './read-receipts.ts'
import { KEY_SET_EXAMPLE, KeySetBody, RECEIPT_EXAMPLE, RECEIPT_STATUS_EXAMPLE, ReceiptBody, ReceiptStatusBody } from './receipt-schemas.ts'

/** How long whoever checks receipts may keep the public keys. */
const KEYS_SECONDS = 300

interface ReceiptServices {
  readonly databases: Pick<Databases, 'read'>
  readonly keyring: Keyring | null
  readonly config: { readonly receiptIssuer: string }
}

/** Mounts the receipts that brokers hand to customs, and what customs checks them with. */
export function registerReceiptRoutes (app: App, { databases: { read: db }, keyring, config: { receiptIssuer: issuer } }: ReceiptServices): void {
  app.post('/v1/matches/:id/receipt', {
    schema: {
      operationId: 'issueReceipt',
      tags: ['Receipts'],
      summary: 'Get the receipt of a match',
      description: `A signed verdict that customs can check without asking anybody, for ${RECEIPT_DAYS} days. It holds no personal data, and commits to the claim: \`claim_commitment\` is HMAC-SHA256 of the claim under \`nonce\`, the claim as JSON ` +
        'with its members in alphabetical order and without spaces, as it was sent first. The same receipt is answered again: a retry needs no key.',
      params: IdParams('mat'),
      response: { ...answers(201, 'The receipt.', ReceiptBody, RECEIPT_EXAMPLE), ...problems('not_found', 'verdict_not_final', 'identity_erased', 'keyring_missing') }
    }
  }, async ({ params, principal: { tenantId, keyId } }, reply) => {
    const usable = await keyringFor(db, keyring, tenantId)
    const receipt = await inTransaction(db, async (trx) => await issueReceipt(trx, usable, tenantId, { matchId: internalId('mat', params.id), keyId, issuer }))
    return await reply.code(201).header('cache-control', 'no-store').send(receipt)
  })

  app.get('/v1/receipts/:jti/status', {
    config: { open: true },
    schema: {
      operationId: 'getReceiptStatus',
      tags: ['Receipts'],
      summary: 'May a receipt be relied on?',
      description: 'Whether it was revoked: an erased identity takes its receipts with it. Needs no key.',
      params: Exactly({ jti: Id('rcp') }),
      response: { ...answers(200, 'Whether it may.', ReceiptStatusBody, RECEIPT_STATUS_EXAMPLE), ...problems('not_found') }
    }
  }, async ({ params }) => await readStatus(db, internalId('rcp', params.jti)))

  app.get('/.well-known/jwks.json', {
    schema: {
      operationId: 'getPublicKeys',
      tags: ['Receipts'],
      summary: 'The public keys that receipts are checked with',
      description: 'Also those that sign no more. Needs no key.',
      response: answers(200, 'A set of keys, as RFC 7517 has it.', KeySetBody, KEY_SET_EXAMPLE)
    }
  }, async (_request, reply) => await reply.header('cache-control', `public, max-age=${KEYS_SECONDS}`).send({ keys: await readPublicKeys(db, keyring) }))
}
