export const JURISDICTIONS = ['CN', 'KR'] as const
export type Jurisdiction = (typeof JURISDICTIONS)[number]

export const DECLARATION_STATES = ['draft', 'submitted', 'at_port', 'accepted', 'rejected', 'send_failed', 'exception'] as const
export type DeclarationState = (typeof DECLARATION_STATES)[number]

/** A state that customs' answers lead to. */
export type AnsweredState = Exclude<DeclarationState, 'draft' | 'submitted'>

/** What each state means, for people. It is the state of the newest message. */
export const STATE_MEANINGS: Readonly<Record<DeclarationState, string>> = {
  draft: 'the message is made and has not been handed over',
  submitted: 'the message was handed over; customs has not answered',
  at_port: 'the message is at the port, on its way to customs',
  accepted: 'customs has taken it in',
  rejected: 'customs has sent it back',
  send_failed: 'the port could not hand it to customs',
  exception: 'customs could not work with it'
}

/** China's codes, from the message CEB412. Those below zero are exceptions, whichever they are. */
const CHINESE_CODES: ReadonlyMap<string, AnsweredState> = new Map([['2', 'at_port'], ['3', 'at_port'], ['4', 'send_failed'], ['100', 'rejected'], ['120', 'accepted'], ['399', 'accepted']])
/** China's codes, for people. */
export const CHINESE_CODES_SHOWN = '2 and 3 at the port, 4 not sent on, 100 sent back, 120 and 399 taken in, below zero an exception'
const CHINESE_EXCEPTION = /^-[1-9]\d{0,8}$/

/** The words that a way to Korea's customs answers with: what it translates UNIPASS's own answers to. */
const KOREAN_CODES: ReadonlyMap<string, AnsweredState> = new Map([['received', 'at_port'], ['accepted', 'accepted'], ['returned', 'rejected'], ['undelivered', 'send_failed'], ['fault', 'exception']])
export const KOREAN_WORDS: readonly string[] = [...KOREAN_CODES.keys()]

/** The state that a raw code of customs stands for; null for a code that we do not know. */
export function stateOfCode (jurisdiction: Jurisdiction, code: string): AnsweredState | null {
  if (jurisdiction === 'KR') return KOREAN_CODES.get(code) ?? null
  return CHINESE_CODES.get(code) ?? (CHINESE_EXCEPTION.test(code) ? 'exception' : null)
}

/** What a way to Korea's customs would answer where China's customs answers with that code. Requires a code that {@link stateOfCode} knows. */
export function koreanCodeOf (chinese: string): string {
  const state = stateOfCode('CN', chinese)
  const word = KOREAN_WORDS.find((code) => KOREAN_CODES.get(code) === state)
  if (word === undefined) throw new Error(`"${chinese}" is no code`)
  return word
}

/** What customs has said of a message: its raw code, and its own time of saying so. */
export interface CustomsWord {
  readonly code: string
  readonly at: Date
}

/**
 * Whether an answer is older than what is known of the same message: by customs' own time, or because it tells of an earlier stage, such as an arrival at
 * the port after the decision. The very same word again is not older.
 */
export function isStale (jurisdiction: Jurisdiction, known: CustomsWord | null, word: CustomsWord): boolean {
  if (known === null) return false
  if (word.at < known.at) return true
  return stageOf(jurisdiction, word.code) < stageOf(jurisdiction, known.code)
}

/** How far a message had come: at the port, handed on from there, decided. */
function stageOf (jurisdiction: Jurisdiction, code: string): number {
  if (stateOfCode(jurisdiction, code) !== 'at_port') return 3
  return code === '2' ? 1 : 2
}
