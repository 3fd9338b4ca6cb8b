/** What one element of a message may hold. */
export interface ElementRule {
  readonly name: string
  /** The whole text; lengths count characters, not units of UTF-16. */
  readonly text: RegExp
}

/** An element as it stands in a message. */
export interface TextElement {
  readonly name: string
  readonly text: string
}

/** Something that a message may not be, and where; never what stood there. */
export interface Flaw {
  readonly element: string
  readonly problem: 'missing' | 'misplaced' | 'unfit' | 'later_than_message'
}

/** A text of so many characters, none of which is a control character, a line end or what XML cannot hold, and without space around it. */
export function textOf (lengthMin: number, lengthMax: number): RegExp {
  return new RegExp(`^(?! )[^\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\uFFFE\\uFFFF]{${lengthMin},${lengthMax}}(?<! )$`, 'u')
}

/** One of these texts. */
export function oneOf (...texts: readonly string[]): RegExp {
  return new RegExp(`^(${texts.join('|')})$`)
}

/** 36 characters with capital hexadecimal digits. */
export const GUID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/

/** What is wrong with elements that must be exactly those of the rules, in their order; nothing where nothing is. */
export function flawsOf (rules: readonly ElementRule[], elements: readonly TextElement[]): Flaw[] {
  const known = new Set(rules.map(({ name }) => name))
  const present = new Set(elements.map(({ name }) => name))
  const missing = rules.flatMap(({ name }): Flaw[] => present.has(name) ? [] : [{ element: name, problem: 'missing' }])
  const wanted = rules.filter(({ name }) => present.has(name))
  const misplaced = elements.flatMap(({ name }, index): Flaw[] => known.has(name) && wanted[index]?.name === name ? [] : [{ element: name, problem: 'misplaced' }])
  const unfit = rules.flatMap(({ name, text }): Flaw[] => elements.some((element) => element.name === name && !text.test(element.text)) ? [{ element: name, problem: 'unfit' }] : [])
  return [...missing, ...misplaced, ...unfit]
}
