import { DAY_MS } from '../kernel/time.ts'
import { WARNING_DAYS, withLots, type CoinLot, type Wallet } from './wallet.ts'

/** What time did to a wallet. */
export interface WalletTime {
  readonly wallet: Wallet
  /** Lots of which something became available, and those whose available coins expired, as they were before. */
  readonly matured: readonly CoinLot[]
  readonly expired: readonly CoinLot[]
  /** Lots whose end is near, with the days that the buyer is told. */
  readonly warned: ReadonlyArray<{ readonly lot: CoinLot, readonly days: number }>
}

/** When time has work next with the lots that were read of a wallet; null when it never has. */
export function nextDeadline ({ lots }: Pick<Wallet, 'lots'>): Date | null {
  const first = lots.flatMap((lot) => deadlinesOf(lot)).reduce((earliest, time) => Math.min(earliest, time), Infinity)
  return first === Infinity ? null : new Date(first)
}

/**
 * Does what time calls for: pending coins whose window is over become available, those whose end has come expire, and whose end is near are warned of,
 * once for each of {@link WARNING_DAYS}. Coins that mature live some days at least from then on.
 */
export function passTime (wallet: Wallet, now: Date, { returnLifeDays }: { readonly returnLifeDays: number }): WalletTime {
  const changed = new Map<string, CoinLot>()
  const matured: CoinLot[] = []
  const expired: CoinLot[] = []
  const warned: Array<{ lot: CoinLot, days: number }> = []
  for (const lot of wallet.lots) {
    let after = lot
    if (lot.pending > 0n && lot.maturesAt !== null && lot.maturesAt <= now) {
      matured.push(lot)
      const least = new Date(now.getTime() + returnLifeDays * DAY_MS)
      after = { ...after, pending: 0n, available: after.available + lot.pending, expiresAt: lot.expiresAt !== null && lot.expiresAt < least ? least : lot.expiresAt }
    }
    if (after.available > 0n && after.expiresAt !== null && after.expiresAt <= now) {
      expired.push(after)
      after = { ...after, available: 0n }
    }
    const days = warningOf(after, now)
    if (days !== null) {
      warned.push({ lot: after, days })
      after = { ...after, warnedDays: days }
    }
    if (after !== lot) changed.set(lot.id, after)
  }
  return { wallet: changed.size === 0 ? wallet : withLots(wallet, changed), matured, expired, warned }
}

function deadlinesOf (lot: CoinLot): number[] {
  const { pending, available, maturesAt, expiresAt } = lot
  const warnings = WARNING_DAYS.filter((days) => lot.warnedDays === null || days < lot.warnedDays)
  return [
    ...pending > 0n && maturesAt !== null ? [maturesAt.getTime()] : [],
    ...available > 0n && expiresAt !== null ? [expiresAt.getTime(), ...warnings.map((days) => expiresAt.getTime() - days * DAY_MS)] : []
  ]
}

/** The warning that is due for what is available of a lot: the shortest that has begun and was not told. */
function warningOf ({ available, expiresAt, warnedDays }: CoinLot, now: Date): number | null {
  if (available === 0n || expiresAt === null || expiresAt <= now) return null
  const begun = WARNING_DAYS.filter((days) => now.getTime() >= expiresAt.getTime() - days * DAY_MS && (warnedDays === null || days < warnedDays))
  return begun.at(-1) ?? null
}
