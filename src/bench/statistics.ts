/** The middle of some numbers; the mean of the two in the middle where their count is even. Refuses an empty list. */
export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error('nothing has no median')
  return (lower + upper) / 2
}

/**
 * The smallest of some numbers, given in their order, that at least `percent` of them do not exceed (nearest rank): a value that was
 * measured, never one between two of them. Refuses an empty list.
 */
export function percentile (sorted: ArrayLike<number>, percent: number): number {
  const found = sorted[Math.max(Math.ceil(sorted.length * percent / 100), 1) - 1]
  if (found === undefined) throw new Error('nothing has no percentile')
  return found
}
