import { HOUR_MS } from '../../../kernel/time.ts'

/** China keeps one time all year, in all of its provinces. */
const CHINA_AHEAD_MS = 8 * HOUR_MS
const DIGITS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/

/** A moment as China's customs writes it: YYYYMMDDhhmmss in UTC+8, cut to the second. */
export function chinaTime (time: Date): string {
  return new Date(time.getTime() + CHINA_AHEAD_MS).toISOString().replace(/\D/g, '').slice(0, 14)
}

/** The moment of a text YYYYMMDDhhmmss, with milliseconds or without, in UTC+8; null for what is no time of the calendar. */
export function fromChinaTime (text: string): Date | null {
  const parts = DIGITS.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = NaN] = parts
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second, Number.isNaN(ms) ? 0 : ms) - CHINA_AHEAD_MS)
  // The calendar rolls 30 February over into March.
  return chinaTime(time) === text.slice(0, 14) ? time : null
}

/** The year of a moment in China: its yearly quotas go by that. */
export function chinaYear (time: Date): number {
  return Number(chinaTime(time).slice(0, 4))
}
