#!/usr/bin/env node
// Checks a receipt of Holdfast offline, with nothing but Node.js:
//
//   node verify-receipt.mjs RECEIPT JWKS NONCE CLAIM
//
// RECEIPT  file with the receipt, a JWS
// JWKS     file with the public keys, as /.well-known/jwks.json answers them
// NONCE    what the broker got together with the receipt
// CLAIM    file with the claim as the broker sent it, JSON
//
// Prints what the receipt says and exits with 0, or says what is wrong with it and exits with 1. Whether it was revoked only its issuer
// knows: GET /v1/receipts/{jti}/status.
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [receiptFile, keysFile, nonce, claimFile] = process.argv.slice(2)

function fail (why) {
  console.error(`This receipt is not to be relied on: ${why}.`)
  process.exit(1)
}

if (claimFile === undefined) fail('it takes a receipt, the public keys, a nonce and a claim to check one')
const parts = readFileSync(receiptFile, 'utf8').trim().split('.')
if (parts.length !== 3) fail('it is no JWS in its compact form')
const [header, payload] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))

const { keys } = JSON.parse(readFileSync(keysFile, 'utf8'))
const key = keys.find(({ kid }) => kid === header.kid)
if (header.alg !== 'EdDSA' || header.typ !== 'receipt+jwt') fail('it is signed in another way')
if (key === undefined || key.kty !== 'OKP' || key.crv !== 'Ed25519') fail('its key is not among the public keys')
const publicKey = createPublicKey({ key: { kty: key.kty, crv: key.crv, x: key.x }, format: 'jwk' })
if (!verify(null, Buffer.from(`${parts[0]}.${parts[1]}`), publicKey, Buffer.from(parts[2], 'base64url'))) fail('its signature is wrong')

const now = Date.now() / 1000
if (!(payload.iat <= now + 60)) fail('it was issued in the future')
if (!(payload.exp > now)) fail('it has expired')

// The claim as JSON, its members in alphabetical order, without spaces.
const claim = JSON.parse(readFileSync(claimFile, 'utf8'))
const canonical = JSON.stringify(Object.fromEntries(Object.entries(claim).sort(([one], [other]) => one < other ? -1 : 1)))
const commitment = createHmac('sha256', Buffer.from(nonce, 'base64url')).update(canonical).digest()
const told = Buffer.from(payload.claim_commitment, 'base64url')
if (told.length !== commitment.length || !timingSafeEqual(told, commitment)) fail('it is about another claim, or the nonce is another one')

console.log(JSON.stringify(payload, null, 2))
