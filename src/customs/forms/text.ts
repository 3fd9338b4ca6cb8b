// Control characters, format characters such as zero-width joiners and bidi marks, ends of lines, halves of pairs, private use, and whatever else is drawn as nothing.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/u
const OUTER_SPACES = /^\p{Zs}+|\p{Zs}+$/gu
/** What is written between the parts of a name and stands for U+00B7: NFKC leaves them as they are. */
const DOTS = /[\u2022\u2027\u2219\u22c5\u2e31\u2e33\u30fb\u16eb]/g

/**
 * A text as everything here compares it: NFKC, without spaces around it. Null where something in it cannot be seen, because two texts that look the same
 * must be the same. `１２３Ｘ` becomes `123X`, and Hangul that was written letter by letter is composed.
 */
export function plainText (text: string): string | null {
  const plain = text.normalize('NFKC').replaceAll(OUTER_SPACES, '')
  return INVISIBLE.test(text) || INVISIBLE.test(plain) ? null : plain
}

/** The text with every dot that stands between parts of a name as U+00B7. */
export function withMiddleDots (text: string): string {
  return text.replaceAll(DOTS, '\u00b7')
}

/** The text without spaces and hyphens of any kind, in capitals: how numbers of documents are compared. Null as for {@link plainText}. */
export function compactText (text: string): string | null {
  // Hyphens that must not break and soft ones are format characters, or become plain hyphens.
  return plainText(text)?.replaceAll(/[\p{Zs}\p{Pd}\u2212]/gu, '').toUpperCase() ?? null
}
