/** The cents of a text such as `"58.90"`, `"58.9"` or `"58"`; null when it is anything else, such as a negative amount. */
export function centsOf (text: string): bigint | null {
  const parts = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(text.trim())
  return parts === null ? null : BigInt((parts[1] ?? '') + (parts[2] ?? '').padEnd(2, '0'))
}

/** The decimal string of cents: 5890n → `"58.90"`. */
export function showCents (cents: bigint): string {
  return withPoint(cents, 2)
}

/**
 * The sum of decimal strings of one currency, exact, with as many decimals as the longest of them: `["1.250", "0.750"]` → `"2.000"`.
 * Signed amounts are fine; anything that is no decimal string throws.
 */
export function sumOf (amounts: readonly string[]): string {
  const decimals = amounts.reduce((longest, amount) => Math.max(longest, decimalsOf(amount)), 0)
  return withPoint(amounts.reduce((sum, amount) => sum + minorOf(amount, decimals), 0n), decimals)
}

/** Whether two decimal strings name the same amount. */
export function sameAmount (a: string, b: string): boolean {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b))
  return minorOf(a, decimals) === minorOf(b, decimals)
}

function minorOf (amount: string, decimals: number): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount)
  if (parts === null) throw new Error(`"${amount}" is not an amount`)
  const minor = BigInt((parts[2] ?? '') + (parts[3] ?? '').padEnd(decimals, '0'))
  return parts[1] === '-' ? -minor : minor
}

function decimalsOf (amount: string): number {
  return amount.split('.')[1]?.length ?? 0
}

function withPoint (minor: bigint, decimals: number): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0')
  const sign = minor < 0n ? '-' : ''
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
