import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder of this package, whether its code runs from `src/` or from a build below it.
 * Files that are not code (migrations, the API description) are found from here.
 */
export function packageRoot (): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!(existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'migrations')))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`no package folder with package.json and migrations above ${fileURLToPath(import.meta.url)}`)
    folder = parent
  }
  return folder
}

/** The version of this package. */
export function packageVersion (): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version
}
