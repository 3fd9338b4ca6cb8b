/** One page of a list, as every list endpoint answers it; `next_cursor` is the `starting_after` of the next page, null on the last. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly has_more: boolean
  readonly next_cursor: string | null
}

export const PAGE_LIMIT_DEFAULT = 25
export const PAGE_LIMIT_MAX = 100

/** Makes a page of rows that were read with `limit + 1`: the one too many only tells that there is more. */
export function toPage<Row, Item> (rows: readonly Row[], limit: number, cursorOf: (row: Row) => string, show: (row: Row) => Item): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { data: shown.map(show), has_more: hasMore, next_cursor: hasMore ? cursorOf(last) : null }
}
