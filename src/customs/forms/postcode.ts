import { compactText } from './text.ts'

const POSTCODE = /^[A-Z0-9]{3,10}$/

/** A postcode as it is compared: capitals and digits alone. Null for what is none. */
export function readPostcode (text: string): string | null {
  const compact = compactText(text)
  return compact !== null && POSTCODE.test(compact) ? compact : null
}
