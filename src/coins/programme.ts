/** How long coins live: so many months from the day they are issued, and on to the end of that day, month or year (UTC). */
export interface Expiry {
  readonly months: number
  readonly until: typeof EXPIRY_ENDS[number]
}

export const EXPIRY_ENDS = ['end_of_day', 'end_of_month', 'end_of_year'] as const

/** What of a programme can change. A trade keeps the terms of the moment it was created in, so a change touches only what later ones take and earn. */
export interface ProgrammeTerms {
  /** Which part of the cash that a line brings comes back as coins: a decimal string. */
  readonly earnRate: string
  /** Which part of a line's goods price coins may pay: a decimal string. */
  readonly cap: string
  /** How long earned coins are pending after their trade is completed; null for as long as the trade's own after-sale window. */
  readonly afterSaleDays: number | null
  /** Null for coins that never expire. */
  readonly expiry: Expiry | null
  /** How many days coins that come back live at least. */
  readonly returnLifeDays: number
}

/** A loyalty programme of one currency: its coin is a unit of the ledger, and each coin is a debt in money. */
export interface Programme {
  readonly id: string
  readonly currency: string
  /** The code of its coin. */
  readonly unit: string
  readonly name: string
  readonly coinsPerUnit: number
  /** What one coin is worth, minor units of the currency. It never changes: what was issued would be worth something else. */
  readonly coinValue: bigint
  readonly terms: ProgrammeTerms
  readonly version: number
  readonly createdAt: Date
}

/** What a trade keeps of the programme of its currency. */
export type CoinTerms = Pick<Programme, 'id' | 'currency' | 'unit' | 'coinValue' | 'version'> & ProgrammeTerms

/** The part of a programme that a trade keeps. */
export function coinTermsOf ({ id, currency, unit, coinValue, version, terms }: Programme): CoinTerms {
  return { id, currency, unit, coinValue, version, ...terms }
}

/** When coins that are issued now expire, or null when they never do: midnight UTC after the last day on which they can be spent. */
export function expiryOf (expiry: Expiry | null, issuedAt: Date): Date | null {
  if (expiry === null) return null
  const [year, month, day] = [issuedAt.getUTCFullYear(), issuedAt.getUTCMonth() + expiry.months, issuedAt.getUTCDate()]
  switch (expiry.until) {
    case 'end_of_year': return new Date(Date.UTC(new Date(Date.UTC(year, month, 1)).getUTCFullYear() + 1, 0, 1))
    case 'end_of_month': return new Date(Date.UTC(year, month + 1, 1))
    case 'end_of_day': {
      // 31 January and a month more is the last of February.
      const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
      return new Date(Date.UTC(year, month, Math.min(day, lastDay) + 1))
    }
  }
}
