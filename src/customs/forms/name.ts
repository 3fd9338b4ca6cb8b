import { latinName } from './latin-name.ts'
import { plainText, withMiddleDots } from './text.ts'

/** The scripts that names are compared in, by their ISO 15924 codes: Chinese characters, Hangul, Latin letters. */
export const SCRIPTS = ['Hani', 'Hang', 'Latn'] as const
export type Script = typeof SCRIPTS[number]

/** A name in one script. */
export interface Name {
  readonly script: Script
  /** As documents show it: NFKC, middle dots as U+00B7, spaces collapsed. */
  readonly shown: string
  /** As it is compared. */
  readonly normal: string
}

/** Names of more characters than any register has. */
export const NAME_LENGTH_MAX = 200

const CHINESE = /^\p{Script=Han}+(\u00b7\p{Script=Han}+)*$/u
const HANGUL = /^\p{Script=Hangul}+( \p{Script=Hangul}+)*$/u

/**
 * A name from its text; its script follows from its characters. Null for a text with invisible characters, of several scripts or none of ours, or with characters
 * that are in no name. Nothing is converted: neither simplified into traditional characters nor either into pinyin.
 */
export function readName (text: string): Name | null {
  const plain = plainText(text)
  if (plain === null || plain === '' || plain.length > NAME_LENGTH_MAX) return null
  const dotted = withMiddleDots(plain).replaceAll(/\p{Zs}+/gu, ' ')
  const chinese = dotted.replaceAll(' ', '')
  if (CHINESE.test(chinese)) return { script: 'Hani', shown: chinese, normal: chinese }
  // Exactly as it is written: a space within a Korean name is part of it.
  if (HANGUL.test(dotted)) return { script: 'Hang', shown: dotted, normal: dotted }
  const latin = latinName(dotted)
  return latin === null ? null : { script: 'Latn', shown: dotted, normal: latin }
}
