import { Refusal } from '../../../kernel/refusals.ts'

/** How large a message from customs may be, in UTF-16 units, and how deep: the real ones are a twentieth of that, and three deep. */
export const XML_LENGTH_MAX = 65_536
export const XML_DEPTH_MAX = 8

const BYTE_ORDER_MARK = /^\uFEFF/
const DECLARATION = /^<\?xml version=(["'])1\.0\1( encoding=(["'])(utf-8|UTF-8)\3)?( standalone=(["'])(yes|no)\6)? ?\?>/
/** What XML 1.0 cannot hold: control characters, halves of surrogate pairs, and two that are none. */
const FORBIDDEN = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos);)/

/**
 * The elements of a text from outside, without the XML declaration in front of them. Whatever can make a small text large, bring in another file or hide
 * what stands there is refused before anything parses it: `invalid_xml` for a document type, an entity but the five that XML has, a comment, a section of
 * character data, a processing instruction, a character that XML cannot hold, an encoding but UTF-8, and for what is too large or too deep.
 */
export function requirePlainXml (text: string): string {
  if (text.length > XML_LENGTH_MAX) throw hostile(`It is longer than ${XML_LENGTH_MAX} characters.`)
  if (FORBIDDEN.test(text)) throw hostile('It holds a character that XML cannot hold.')
  const elements = text.replace(BYTE_ORDER_MARK, '').replace(DECLARATION, '').trim()
  if (elements.includes('<!')) throw hostile('It holds a document type, a comment or a section of character data: a message from customs has none of these.')
  if (elements.includes('<?')) throw hostile('It holds a processing instruction, or declares another version or encoding than XML 1.0 in UTF-8.')
  if (REFERENCE.test(elements)) throw hostile('It refers to an entity, or to a character by its number: write the character itself.')
  requireShallow(elements)
  return elements
}

/** Counts depth without building anything. What it takes for an end inside an attribute's value is judged again by the parser's own limit. */
function requireShallow (elements: string): void {
  let depth = 0
  for (const [, closes, isEmpty] of elements.matchAll(/<(\/?)[^>]*?(\/?)>/g)) {
    if (closes === '/') depth -= 1
    else if (isEmpty === '') depth += 1
    if (depth > XML_DEPTH_MAX) throw hostile(`Its elements are nested more than ${XML_DEPTH_MAX} deep.`)
  }
}

/** The refusal of a text that is no message of customs. */
export function hostile (detail: string): Refusal {
  return new Refusal('invalid_xml', detail)
}
