import { createHash } from 'node:crypto'
import { Draft } from '../journal/draft.ts'
import type { Books, Operation } from '../journal/operation.ts'
import { externalId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusals.ts'
import { PARTIES } from '../parties/party-rows.ts'
import { budgetOf } from './campaign-money.ts'
import { CAMPAIGNS, saveCampaign } from './campaign-rows.ts'
import { CAMPAIGN_SHARES, shareId, shareOf } from './campaign-shares.ts'
import { countGrant, type Campaign } from './campaign.ts'
import type { CampaignTarget } from './change-campaign.ts'
import { draftGrant, grantAccounts } from './grant-coins.ts'
import { GRANTED_LOTS, grantClaim, type GrantedLot } from './granted-lots.ts'
import { PROGRAMMES } from './programme-rows.ts'
import { expiryOf } from './programme.ts'
import { needWallet } from './wallet-rows.ts'

/** Coins for one buyer of a campaign. */
export interface WantedGrant {
  /** What the caller calls it: it is granted once in its campaign. */
  readonly ref: string
  /** The inside id; null when the text was none. */
  readonly buyerId: string | null
  readonly coins: bigint
  /** The caller's own word for what it is for; null where he has none. */
  readonly reason: string | null
}

/** A grant as callers see it. */
export interface GrantJson {
  readonly ref: string
  readonly outcome: 'granted'
  readonly lot: string
  readonly coins: string
  readonly expires_at: string | null
  /** Whether it was granted before. */
  readonly repeated: boolean
}

/** Whose request asks for grants of a campaign, under which idempotency key. */
export interface GrantOrigin {
  readonly tenantId: number
  readonly key: string
}

/**
 * Gives a buyer coins of a campaign; they are available at once. A reference that was granted before is answered as then, however long ago that was, and gives nothing. Under the same
 * idempotency key it is answered as before, also with a refusal; under another one a refused grant is decided anew.
 * Refuses `not_found`, `grant_known` for a reference that was granted with other facts, `unknown_party` and `wrong_party_kind` at `/buyer`, and what {@link countGrant} refuses.
 */
export function grantToBuyer ({ tenantId, key }: GrantOrigin, { id, currency }: CampaignTarget, wanted: WantedGrant): Operation<GrantJson> {
  const { ref, buyerId, coins } = wanted
  const claim = grantClaim(id, ref)
  const fingerprint = createHash('sha256').update(JSON.stringify([key, ref, buyerId, coins.toString(), wanted.reason])).digest()
  return {
    tenantId,
    // Of all that is asked, so that a row is a request of its own: what became of another one with its reference, the claim tells.
    key: `grant:${externalId('cmp', id)}:${fingerprint.toString('base64url')}`,
    fingerprint,
    name: 'coins.grant',
    lane: 'request',
    weight: 10,
    claims: [claim],
    needs: [
      { kind: PARTIES, ids: () => buyerId === null ? [] : [buyerId] },
      { kind: PROGRAMMES, ids: () => [currency] },
      {
        kind: GRANTED_LOTS,
        ids (rows) {
          const lotId = rows.holder(claim)
          return lotId === null ? [] : [lotId]
        }
      },
      { kind: CAMPAIGNS, ids: () => [id] },
      { kind: CAMPAIGN_SHARES, ids: () => buyerId === null ? [] : [shareId(id, buyerId)] },
      needWallet(() => buyerId === null ? null : { buyerId, currency })
    ],
    accounts (rows) {
      const [programme, campaign] = [rows.find(PROGRAMMES, currency), rows.find(CAMPAIGNS, id)]
      if (programme === null || campaign === null || buyerId === null) return []
      const budget = budgetOf(campaign)
      return [...grantAccounts(buyerId, programme), ...budget === null ? [] : [budget]]
    },
    decide (books) {
      const [campaign, programme] = [books.find(CAMPAIGNS, id), books.find(PROGRAMMES, currency)]
      if (campaign === null || programme === null) throw new Refusal('not_found')
      const known = books.holder(claim)
      if (known !== null) return repeat(books.find(GRANTED_LOTS, known), wanted)
      const buyer = requireBuyer(books, buyerId)
      const counted = countGrant(campaign, shareOf(books, id, buyer), coins, books.now)
      const draft = new Draft(books)
      const source = externalId('cmp', id)
      const lotId = draftGrant(draft, programme, { buyerId: buyer, coins, sourceId: source, ref, funder: funderOf(campaign) })
      const granted: GrantedLot = { id: lotId, buyerId: buyer, coins, expiresAt: expiryOf(programme.terms.expiry, books.now) }
      books.take(claim, lotId)
      saveCampaign(books, counted.campaign)
      books.save(CAMPAIGN_SHARES, counted.share)
      books.save(GRANTED_LOTS, granted)
      books.post({ kind: 'coins.grant', subject: source, description: wanted.reason === null ? ref : `${wanted.reason} ${ref}`, postings: draft.postings })
      tellGrant(books, wanted, granted, { campaign: source, programme: externalId('cpr', programme.id), coin: programme.unit })
      return show(granted, ref, false)
    }
  }
}

/** The answer to a reference that was granted before. */
function repeat (lot: GrantedLot | null, { ref, buyerId, coins }: WantedGrant): GrantJson {
  if (lot === null) throw new Error(`the lot of the grant ${ref} is missing`)
  if (lot.buyerId !== buyerId || lot.coins !== coins) throw new Refusal('grant_known')
  return show(lot, ref, true)
}

function show ({ id, coins, expiresAt }: GrantedLot, ref: string, repeated: boolean): GrantJson {
  return { ref, outcome: 'granted', lot: externalId('lot', id), coins: coins.toString(), expires_at: expiresAt?.toISOString() ?? null, repeated }
}

function requireBuyer (books: Books, buyerId: string | null): string {
  const party = buyerId === null ? null : books.find(PARTIES, buyerId)
  if (party === null) throw refuseBuyer('unknown_party')
  if (party.kind !== 'buyer') throw refuseBuyer('wrong_party_kind', `A ${party.kind} cannot be named where a buyer belongs.`)
  return party.id
}

function refuseBuyer (code: 'unknown_party' | 'wrong_party_kind', detail?: string): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer: '/buyer', code }] })
}

function funderOf (campaign: Campaign): Parameters<typeof draftGrant>[2]['funder'] {
  const budget = budgetOf(campaign)
  return campaign.funderId === null || budget === null ? null : { id: campaign.funderId, budget }
}

function tellGrant (books: Books, { ref, reason }: WantedGrant, { id, buyerId, coins, expiresAt }: GrantedLot, facts: Readonly<Record<string, string>>): void {
  books.append({
    type: 'coins.granted',
    subject: externalId('pty', buyerId),
    data: {
      ...facts, coins: coins.toString(), lot: externalId('lot', id), ref, ...reason === null ? {} : { reason }, ...expiresAt === null ? {} : { expires_at: expiresAt.toISOString() }
    }
  })
}
