import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import type { Storage } from '../db/storage.ts'

const OPTIONS = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
  live: { type: 'boolean', default: false },
  tenant: { type: 'string' },
  role: { type: 'string' },
  name: { type: 'string' },
  'expires-at': { type: 'string' },
  overlap: { type: 'string' },
  'as-of': { type: 'string' },
  'as-of-seq': { type: 'string' },
  account: { type: 'string' },
  'by-occurred': { type: 'boolean', default: false },
  breakage: { type: 'string' },
  'breakage-at-issue': { type: 'string' },
  csv: { type: 'boolean', default: false },
  out: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  file: { type: 'string' }
} as const

/** What was typed behind a command: its options, all of them texts or switches. */
export type Values = ReturnType<typeof parseCommandLine>['values']

/** Opens the databases that the environment names. */
export type OpenStorage = () => Promise<Storage>

/** One command of `holdfast`. */
export interface Command {
  /** Words after the command's own. */
  readonly arguments: number
  readonly options: ReadonlyArray<keyof typeof OPTIONS>
  /** Does it and answers the exit code: 0 done, 1 failed or found something. Throws {@link UsageError} and `Refusal`. */
  run (values: Values, words: readonly string[], open: OpenStorage, config: () => Config): Promise<number>
}

/** The command was called in a way that cannot mean anything. */
export class UsageError extends Error {}

/** The words and options of the command line. Throws what Node throws for an option that no command has. */
export function parseCommandLine () {
  return parseArgs({ options: OPTIONS, allowPositionals: true, strict: true })
}
