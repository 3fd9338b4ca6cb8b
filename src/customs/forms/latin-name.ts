// Letters that NFKD does not take apart. A stroke counts as a mark; the two ligatures and thorn as ICAO 9303, part 3, section 6 writes them.
const LETTERS: Readonly<Record<string, string>> = {
  ẞ: 'SS', Ø: 'O', Ł: 'L', Đ: 'D', Ð: 'D', Ħ: 'H', Ŧ: 'T', Æ: 'AE', Œ: 'OE', Þ: 'TH'
}

/** Hyphens, apostrophes as keyboards and offices write them, points and commas, and the filler of a passport's machine-readable zone. */
const BREAKS = /[\p{Pd}\u2212'\u2018\u2019\u201b\u02bc\u02b9\u2032`.,<\p{Zs}]+/gu
const LATIN = /^\p{Script=Latin}+( \p{Script=Latin}+)*$/u

/** The characters that the machine-readable zone of a passport has for a name; one of them may be a second filler between the surname and the rest. Source: ICAO 9303, part 4. */
const ZONE_LENGTHS = [39, 38] as const

/**
 * A name in Latin letters as it is compared: marks stripped, ß as SS, in capitals whatever the locale, hyphens and apostrophes as spaces, spaces collapsed.
 * Null for a text that is none.
 */
export function latinName (text: string): string | null {
  // The point between two l of Catalan is no break.
  const stripped = text.replaceAll('\u00b7', '').replaceAll(BREAKS, ' ').normalize('NFKD').replaceAll(/\p{M}/gu, '')
  const letters = stripped.toUpperCase().replaceAll(/[ẞØŁĐÐĦŦÆŒÞ]/gu, (letter) => LETTERS[letter] ?? letter)
  const normal = letters.replaceAll(BREAKS, ' ').trim()
  return LATIN.test(normal) ? normal : null
}

/**
 * What else a name in Latin letters may look like in good faith, as it is compared: its parts in alphabetical order, and cut as the machine-readable zone of a passport
 * cuts it. Two names of which one looks like the other are close, and no more than that.
 */
export function latinVariants (normal: string): string[] {
  const cut = ZONE_LENGTHS.flatMap((length) => normal.length > length ? [normal.slice(0, length).trimEnd()] : [])
  return [...new Set([inOrder(normal), ...cut])]
}

function inOrder (normal: string): string {
  return normal.split(' ').sort().join(' ')
}
