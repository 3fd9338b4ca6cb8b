/** What is wrong with a text that is JSON all the same. */
export interface JsonFlaw {
  readonly pointer: string
  readonly code: 'duplicate_key' | 'forbidden_key' | 'forbidden_character' | 'too_deep' | 'too_many_values'
  readonly detail: string
}

/** Far deeper than any body of ours; it bounds what works through a body by recursion. */
const DEPTH_MAX = 32
const VALUES_MAX = 100_000
const POINTER_LENGTH_MAX = 200

// PostgreSQL stores neither NUL nor half of a surrogate pair, and one such string would fail the statement of a whole batch.
const UNSTORABLE = /[\0\p{Surrogate}]/u

interface Container {
  /** The keys seen so far, or null in an array. */
  readonly keys: Set<string> | null
  /** Where in it we stand: the current key, or the index. */
  place: string | number
  expectsKey: boolean
}

/**
 * The first flaw in a text that `JSON.parse` accepts, or null: a key named twice in one object, a key named `__proto__`,
 * a NUL or a lone surrogate in any string, or more depth or values than any body of ours has.
 * It looks at the text, since parsing has already dropped the first of two equal keys.
 */
export function findFlaw (text: string): JsonFlaw | null {
  const stack: Container[] = []
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const container = stack.at(-1)
    switch (text[at]) {
      case '{':
      case '[':
        if (stack.length === DEPTH_MAX) return flaw(stack, 'too_deep', `The body is nested deeper than ${DEPTH_MAX} levels.`)
        stack.push(text[at] === '{' ? { keys: new Set(), place: '', expectsKey: true } : { keys: null, place: 0, expectsKey: false })
        break
      case '}':
      case ']':
        stack.pop()
        break
      case ',':
        values++
        if (values > VALUES_MAX) return flaw(stack, 'too_many_values', `The body holds more than ${VALUES_MAX} values.`)
        if (container === undefined) break
        if (typeof container.place === 'number') container.place++
        else container.expectsKey = true
        break
      case '"': {
        const end = endOfString(text, at)
        const found = container?.keys != null && container.expectsKey
          ? keyFlaw(stack, container, container.keys, valueOf(text, at, end))
          : stringFlaw(stack, valueOf(text, at, end))
        if (found !== null) return found
        at = end
        break
      }
      default:
        break
    }
  }
  return null
}

function keyFlaw (stack: readonly Container[], container: Container, keys: Set<string>, key: string): JsonFlaw | null {
  const unstorable = stringFlaw(stack.slice(0, -1), key)
  if (unstorable !== null) return unstorable
  container.place = key
  container.expectsKey = false
  if (keys.has(key)) return flaw(stack, 'duplicate_key', 'An object names this key twice.')
  if (key === '__proto__') return flaw(stack, 'forbidden_key', 'No object may have a key of this name.')
  keys.add(key)
  return null
}

function stringFlaw (stack: readonly Container[], value: string): JsonFlaw | null {
  return UNSTORABLE.test(value)
    ? flaw(stack, 'forbidden_character', 'A string here holds a NUL character or half of a surrogate pair.')
    : null
}

function flaw (stack: readonly Container[], code: JsonFlaw['code'], detail: string): JsonFlaw {
  const pointer = stack.map(({ place }) => `/${String(place).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return { pointer: pointer.slice(0, POINTER_LENGTH_MAX), code, detail }
}

/** Where the string that begins at a quote ends: at the next quote that no odd number of backslashes precedes. */
function endOfString (text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const letter = text[at]
    if (letter === '"') return at
    if (letter === '\\') at++
  }
}

/** Only escapes can bring in what the text itself cannot hold, so a string without them is its own value. */
function valueOf (text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  return raw.includes('\\') ? JSON.parse(`"${raw}"`) as string : raw
}
