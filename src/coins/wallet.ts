import { DAY_MS } from '../kernel/time.ts'

export const LOT_SOURCES = ['earned', 'granted', 'returned'] as const
export type LotSource = (typeof LOT_SOURCES)[number]

/** How many days before their end the buyer is told of it, the longer first. */
export const WARNING_DAYS = [30, 7] as const

/** Coins that came in together. What is neither pending nor available any more was spent, clawed back, or expired. */
export interface CoinLot {
  readonly id: string
  /** The lot that its coins were issued in: itself, but for coins that came back from a trade. */
  readonly originId: string
  readonly source: LotSource
  /** The outside id of the line that earned them, the campaign that granted them, or the trade that gave them back. */
  readonly sourceId: string
  /** The inside id of the trade that earned them; null for other sources. */
  readonly tradeId: string | null
  /** The seller who paid for them; null for the platform. */
  readonly funderId: string | null
  readonly issued: bigint
  /** The cash of the release that earned them, minor units; null for other sources. */
  readonly earnedOn: bigint | null
  readonly pending: bigint
  readonly available: bigint
  /** When what is pending becomes available; null while its trade is not completed, and for what never was pending. */
  readonly maturesAt: Date | null
  /** Null for coins that never expire. */
  readonly expiresAt: Date | null
  /** Of which warning the buyer was told last; null before any. */
  readonly warnedDays: number | null
  readonly createdAt: Date
  /** What its caller calls the grant that made it. Only told when it is made. */
  readonly grantRef?: string
}

/** What one buyer has of one programme: the lots that are not used up, in no special order. There may be more than were read. */
export interface Wallet {
  readonly buyerId: string
  readonly currency: string
  readonly lots: readonly CoinLot[]
  /** Left out where all of them were read: the last one up to which, in the order of expiry, none is missing; null where some may be missing before any. */
  readonly readUpTo?: CoinLot | null
  readonly createdAt: Date
  readonly version: number
}

/** Coins of a lot that a trade took: with what is needed to give them back when the lot is used up. */
export interface TakenLot extends Pick<CoinLot, 'id' | 'originId' | 'funderId' | 'expiresAt'> {
  readonly coins: bigint
  readonly returned: bigint
}

/** All that can be taken of the lots that were read of a wallet, coins: those that expire before any that was not read. */
export function availableIn (wallet: Pick<Wallet, 'lots' | 'readUpTo'>): bigint {
  return spendableLots(wallet).reduce((sum, { available }) => sum + available, 0n)
}

/** Takes available coins out of a wallet, those that expire first before others. Requires that {@link availableIn} is so many. */
export function takeFromLots (wallet: Wallet, coins: bigint): { readonly wallet: Wallet, readonly taken: readonly TakenLot[] } {
  let left = coins
  const taken: TakenLot[] = []
  const changed = new Map<string, CoinLot>()
  for (const lot of spendableLots(wallet).sort(byExpiry)) {
    const part = lot.available < left ? lot.available : left
    if (part === 0n) continue
    taken.push({ id: lot.id, originId: lot.originId, funderId: lot.funderId, expiresAt: lot.expiresAt, coins: part, returned: 0n })
    changed.set(lot.id, { ...lot, available: lot.available - part })
    left -= part
  }
  if (left > 0n) throw new Error(`a wallet lacks ${left} of ${coins} coins`)
  return { wallet: withLots(wallet, changed), taken }
}

/** What the return of coins to a wallet needs to know. */
export interface CoinReturn {
  readonly coins: bigint
  /** How many of those that were taken last stay where they are: a trade redeems what was taken first, and still holds the others. */
  readonly stillHeld: bigint
  readonly now: Date
  /** How long they live at least. */
  readonly lifeDays: number
  readonly newId: () => string
  /** The outside id of the trade. */
  readonly sourceId: string
}

/**
 * Puts coins that a trade took back into their wallet: those that were taken last first, so that what comes back lives longest, but for those that it still holds. They keep their expiry, but
 * live some days at least. Into their own lot, as far as that is there and ends when they do; else they are a lot of their own.
 * Requires that so many were taken and not returned.
 */
export function returnToLots (wallet: Wallet, lots: readonly TakenLot[], { coins, stillHeld, now, lifeDays, newId, sourceId }: CoinReturn): { readonly wallet: Wallet, readonly lots: readonly TakenLot[] } {
  let left = coins
  let behind = stillHeld
  const changed = new Map<string, CoinLot>()
  const kept = [...lots].reverse().map((each) => {
    const stays = least(each.coins - each.returned, behind)
    behind -= stays
    const part = least(each.coins - each.returned - stays, left)
    if (part === 0n) return each
    left -= part
    const expiresAt = latest(each.expiresAt, new Date(now.getTime() + lifeDays * DAY_MS))
    const own = wallet.lots.find(({ id }) => id === each.id)
    if (own !== undefined && own.expiresAt?.getTime() === expiresAt?.getTime()) {
      const known = changed.get(own.id) ?? own
      changed.set(own.id, { ...known, available: known.available + part })
    } else {
      const id = newId()
      changed.set(id, {
        id, originId: each.originId, source: 'returned', sourceId, tradeId: null, funderId: each.funderId, issued: part, earnedOn: null, pending: 0n, available: part,
        maturesAt: null, expiresAt, warnedDays: null, createdAt: now
      })
    }
    return { ...each, returned: each.returned + part }
  })
  if (left > 0n) throw new Error(`${left} of ${coins} coins were never taken`)
  return { wallet: withLots(wallet, changed), lots: kept.reverse() }
}

/** Coins that are no longer earned, by where they are taken from. */
export interface ClawedBack {
  readonly wallet: Wallet
  readonly pending: bigint
  readonly available: bigint
  /** What had been spent already: the buyer owes it. */
  readonly owed: bigint
}

/** Whether what a line earned is enough to take so many coins back of it, so that no other lot is looked at. */
export function coversClawBack (wallet: Wallet, sourceId: string, coins: bigint): boolean {
  return earnedBy(wallet, sourceId).reduce((sum, { pending, available }) => sum + pending + available, 0n) >= coins
}

/** Takes coins that a line no longer earns out of a wallet: what of them is pending, then available ones, those that expire last first; the rest is owed. */
export function clawBackFromLots (wallet: Wallet, sourceId: string, coins: bigint): ClawedBack {
  let left = coins
  const changed = new Map<string, CoinLot>()
  const take = (lot: CoinLot, of: 'pending' | 'available'): bigint => {
    const part = lot[of] < left ? lot[of] : left
    if (part > 0n) changed.set(lot.id, { ...changed.get(lot.id) ?? lot, [of]: lot[of] - part })
    left -= part
    return part
  }
  const own = earnedBy(wallet, sourceId)
  const pending = own.reduce((sum, lot) => sum + take(lot, 'pending'), 0n)
  const others = wallet.lots.filter((lot) => !own.includes(lot)).sort(byExpiry).reverse()
  const available = [...own, ...others].reduce((sum, lot) => sum + take(changed.get(lot.id) ?? lot, 'available'), 0n)
  return { wallet: withLots(wallet, changed), pending, available, owed: left }
}

/** The wallet with those lots in the places of the ones they replace, and the new ones behind them. */
export function withLots (wallet: Wallet, changed: ReadonlyMap<string, CoinLot>): Wallet {
  const known = new Set(wallet.lots.map(({ id }) => id))
  return { ...wallet, lots: [...wallet.lots.map((lot) => changed.get(lot.id) ?? lot), ...[...changed.values()].filter(({ id }) => !known.has(id))] }
}

function earnedBy ({ lots }: Wallet, sourceId: string): CoinLot[] {
  return lots.filter((lot) => lot.source === 'earned' && lot.sourceId === sourceId)
}

/** The lots that can be taken from: others that were not read may expire before the rest. */
function spendableLots ({ lots, readUpTo }: Pick<Wallet, 'lots' | 'readUpTo'>): CoinLot[] {
  return lots.filter((lot) => readUpTo === undefined || (readUpTo !== null && byExpiry(lot, readUpTo) <= 0))
}

/** Earliest expiry first, what never expires last, older lots before newer ones. */
export function byExpiry (one: CoinLot, other: CoinLot): number {
  const [a, b] = [one.expiresAt?.getTime() ?? Infinity, other.expiresAt?.getTime() ?? Infinity]
  if (a !== b) return a < b ? -1 : 1
  return one.id === other.id ? 0 : one.id < other.id ? -1 : 1
}

function least (one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function latest (one: Date | null, other: Date): Date | null {
  return one === null || one > other ? one : other
}
