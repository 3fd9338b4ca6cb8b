/** What makes the parts of a page, by the names between the marks they stand in: `<!-- made: states -->` … `<!-- end -->`. */
export type PageParts = Readonly<Record<string, () => string>>

/** A page with its made parts made anew. Throws for a mark that names no part, and for a part that the page has no mark for. */
export function remake (page: string, parts: PageParts): string {
  const unused = new Set(Object.keys(parts))
  const made = page.replace(/(<!-- made: ([a-z]+) -->\n)[^]*?(<!-- end -->)/g, (_, begin: string, name: string, end: string) => {
    const make = parts[name]
    if (make === undefined) throw new Error(`nothing makes the part "${name}" of the page`)
    unused.delete(name)
    return `${begin}\n${make()}\n${end}`
  })
  if (unused.size > 0) throw new Error(`the page has no place for ${[...unused].join(', ')}`)
  return made
}

/** A table of a page. */
export function table (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** Postings as a page shows them, one a line of a cell. */
export function tellPostings (postings: readonly string[]): string {
  return postings.map((posting) => posting.replace(/(\S+) \/ (\S+)/, '`$1` / `$2`')).join('<br>') || 'nothing'
}
