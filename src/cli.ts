#!/usr/bin/env node
import { BOOK_COMMANDS } from './commands/books.ts'
import { parseCommandLine, UsageError, type Command } from './commands/command.ts'
import { IDENTITY_COMMANDS } from './commands/identities.ts'
import { KEY_COMMANDS } from './commands/keys.ts'
import { say } from './commands/output.ts'
import { TENANT_COMMANDS } from './commands/tenants.ts'
import { USAGE } from './commands/usage.ts'
import { ConfigError, readConfig } from './config.ts'
import { packageVersion } from './db/package-root.ts'
import { openStorage } from './db/storage.ts'
import { createLog } from './http/log.ts'
import { safeMessage } from './http/safe-error.ts'

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { arguments: 0, options: [], run: serve },
  ...TENANT_COMMANDS,
  ...KEY_COMMANDS,
  ...BOOK_COMMANDS,
  ...IDENTITY_COMMANDS
}

async function main (): Promise<number> {
  const [first, ...rest] = process.argv.slice(2)
  // It has options of its own, and is not loaded by those who never measure.
  if (first === 'bench') return await (await import('./bench/command.ts')).benchCommand(rest)
  const { values, positionals } = parseCommandLine()
  if (values.version) return say(packageVersion())
  if (values.help || positionals.length === 0) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const name = [positionals.slice(0, 2).join(' '), positionals[0] ?? ''].find((words) => words in COMMANDS)
  const command = name === undefined ? undefined : COMMANDS[name]
  if (name === undefined || command === undefined) throw new UsageError(`there is no command "${positionals.join(' ')}"`)
  const words = positionals.slice(name.split(' ').length)
  if (words.length !== command.arguments) throw new UsageError(`"${name}" takes ${command.arguments === 0 ? 'no word' : 'one word'} after it`)
  const allowed = new Set<string>(['json', ...command.options])
  const strange = Object.entries(values).find(([option, value]) => value !== false && !allowed.has(option))
  if (strange !== undefined) throw new UsageError(`"${name}" has no option --${strange[0]}`)
  return await command.run(values, words, async () => await openStorage(readConfig(), createLog('warn')), readConfig)
}

async function serve (): Promise<number> {
  await import('./main.ts')
  // It runs until a signal ends it.
  return await new Promise<number>(() => {})
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof ConfigError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  console.error(`holdfast: ${error instanceof Error ? safeMessage(error) : String(error)}${isUsage ? '\nSee holdfast --help.' : ''}`)
  process.exitCode = isUsage ? 2 : 1
}
