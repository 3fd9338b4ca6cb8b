const DECIMALS = 9

/** The whole, as {@link addShares} counts it. */
export const WHOLE_SHARE = 10n ** BigInt(DECIMALS)

/** What shares (decimal strings from "0" to "1" with at most nine decimals) are together, in billionths, exactly. */
export function addShares (shares: readonly string[]): bigint {
  return shares.reduce((sum, share) => {
    const [whole = '0', decimals = ''] = share.split('.')
    return sum + BigInt(whole + decimals.padEnd(DECIMALS, '0'))
  }, 0n)
}
