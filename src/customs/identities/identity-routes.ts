import type { Databases } from '../../db/pools.ts'
import { inTransaction } from '../../db/transaction.ts'
import { answers, problems } from '../../http/answers.ts'
import type { App } from '../../http/app-type.ts'
import { IdParams } from '../../http/schemas.ts'
import { internalId } from '../../kernel/ids.ts'
import { parseTime } from '../../kernel/time.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { keyringFor } from '../keyring/tenant-keyring.ts'
import { giveConsent, withdrawConsent } from './consent.ts'
import { CONSENT_EXAMPLE, CONSENT_REQUEST_EXAMPLE, IDENTITY_EXAMPLE, IDENTITY_REQUEST_EXAMPLE } from './identity-examples.ts'
import { ConsentBody, ConsentRequest, IdentityBody, IdentityRequest } from './identity-schemas.ts'
import { parseIdentity } from './parse-identity.ts'
import { readIdentity } from './read-identity.ts'
import { registerIdentity } from './register-identity.ts'
import { showConsent, showIdentity } from './show-identity.ts'

/** Mounts what buyers consent to, and who they are: kept sealed, shown masked. */
export function registerIdentityRoutes (app: App, { databases: { read: db }, keyring }: { readonly databases: Pick<Databases, 'read'>, readonly keyring: Keyring | null }): void {
  app.post('/v1/consents', {
    schema: {
      operationId: 'giveConsent',
      tags: ['Identities'],
      summary: 'Record what a buyer consents to',
      description: 'For which purposes his identity may be asked about, by which kinds of recipients, and whether they may be in another country. The same that holds already is answered again: a retry needs no key.',
      body: { ...ConsentRequest, examples: [CONSENT_REQUEST_EXAMPLE] },
      response: { ...answers(201, 'The consent.', ConsentBody, CONSENT_EXAMPLE), ...problems('unknown_party', 'wrong_party_kind', 'invalid_time') }
    }
  }, async ({ body, principal: { tenantId, keyId } }, reply) => {
    const consent = {
      partyId: internalId('pty', body.party),
      purposes: body.purposes,
      recipients: body.recipients,
      crossBorder: body.cross_border ?? false,
      givenAt: body.given_at === undefined ? null : parseTime(body.given_at, '/given_at'),
      expiresAt: body.expires_at === undefined ? null : parseTime(body.expires_at, '/expires_at'),
      keyId
    }
    const given = await inTransaction(db, async (trx) => await giveConsent(trx, tenantId, consent))
    return await reply.code(201).send(showConsent(given))
  })

  app.delete('/v1/consents/:id', {
    schema: {
      operationId: 'withdrawConsent',
      tags: ['Identities'],
      summary: 'Withdraw a consent',
      description: 'From now on nothing is answered that stood on it. A consent that was withdrawn before stays as it is.',
      params: IdParams('con'),
      response: { ...answers(200, 'The consent, withdrawn.', ConsentBody, { ...CONSENT_EXAMPLE, withdrawn_at: '2026-02-01T08:00:00.000Z', live: false }), ...problems('not_found') }
    }
  }, async ({ params, principal: { tenantId } }) => showConsent(await inTransaction(db, async (trx) => await withdrawConsent(trx, tenantId, internalId('con', params.id)))))

  app.post('/v1/identities', {
    schema: {
      operationId: 'registerIdentity',
      tags: ['Identities'],
      summary: 'Register a verified identity',
      description: 'Of the buyer who consented. Every field is sealed under a key of this identity alone; the answer shows masks. Registering the same again answers the same identity: a retry needs no key, and nothing of ' +
        'what was sent is kept for it. Korean resident registration numbers are refused, and not kept.',
      body: { ...IdentityRequest, examples: [IDENTITY_REQUEST_EXAMPLE] },
      response: {
        ...answers(201, 'The identity, masked.', IdentityBody, IDENTITY_EXAMPLE),
        ...problems('consent_required', 'identity_exists', 'id_checksum', 'prohibited_identifier', 'invalid_identity', 'invalid_time', 'keyring_missing')
      }
    }
  }, async ({ body, principal: { tenantId, keyId } }, reply) => {
    const usable = await keyringFor(db, keyring, tenantId)
    const registration = {
      consentId: body.consent === undefined ? null : internalId('con', body.consent),
      partyId: body.party === undefined ? null : internalId('pty', body.party),
      identity: parseIdentity(body),
      keyId
    }
    const id = await inTransaction(db, async (trx) => await registerIdentity(trx, usable, tenantId, registration))
    return await reply.code(201).send(showIdentity(await readIdentity(db, usable, tenantId, id)))
  })

  app.get('/v1/identities/:id', {
    schema: {
      operationId: 'getIdentity',
      tags: ['Identities'],
      summary: 'Read an identity, masked',
      description: 'Of an erased one only ids and times are left.',
      params: IdParams('idn'),
      response: { ...answers(200, 'The identity, masked.', IdentityBody, IDENTITY_EXAMPLE), ...problems('not_found', 'keyring_missing') }
    }
  }, async ({ params, principal: { tenantId } }) =>
    showIdentity(await readIdentity(db, await keyringFor(db, keyring, tenantId), tenantId, internalId('idn', params.id))))
}
