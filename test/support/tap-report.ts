import type { Readable } from 'node:stream'
import { Parser, type Result } from 'tap-parser'

/** What one test file's TAP stream said. A test is what the file itself names; the assertions inside it are its own affair. */
export interface TapReport {
  readonly passed: number
  readonly failed: number
  /** Titles and reasons of the tests that did not run. */
  readonly skipped: readonly string[]
  /** One text for each thing that failed: its titles from the file inwards, then its diagnostics. */
  readonly failures: readonly string[]
  /** Lines that were no TAP, such as what the code printed. */
  readonly noise: readonly string[]
}

const NOISE_LINES_MAX = 200

/** Reads a TAP stream to its end; tells `onFailure` of each failure as it comes. A stream that breaks off, or in which nothing ran, has failed. */
export async function readTap (stream: Readable, onFailure: () => void = () => {}): Promise<TapReport> {
  let passed = 0
  let failed = 0
  const skipped: string[] = []
  const failures: string[] = []
  const noise: string[] = []

  function watch (parser: Parser, path: readonly string[]): void {
    let failuresBeforeChild = 0
    parser.on('child', (child: Parser) => {
      failuresBeforeChild = failures.length
      watch(child, [...path, child.name])
    })
    parser.on('assert', (result: Result) => {
      if (result.skip !== false || result.todo !== false) {
        skipped.push([...path, result.name].join(' › ') + (typeof result.skip === 'string' ? `: ${result.skip}` : ''))
      } else if (!result.ok && !(result.closingTestPoint && failures.length > failuresBeforeChild)) {
        failures.push(tell([...path, result.name], result.diag))
        onFailure()
      }
    })
    parser.on('extra', (line: string) => {
      noise.push(line)
      if (noise.length > NOISE_LINES_MAX) noise.shift()
    })
  }

  const parser = new Parser()
  watch(parser, [])
  parser.on('assert', (result: Result) => {
    if (result.skip !== false || result.todo !== false) return
    if (result.ok) passed += 1
    else failed += 1
  })
  await new Promise((resolve) => {
    parser.on('complete', resolve)
    stream.pipe(parser)
    stream.once('close', () => { if (parser.results === null) parser.end() })
  })
  if (parser.results?.ok !== true && failed === 0) {
    failed += 1
    if (failures.length === 0) failures.push(typeof parser.bailedOut === 'string' ? `bailed out: ${parser.bailedOut}` : 'the file ended before its tests did')
  } else if (passed + failed + skipped.length === 0) {
    failed += 1
    failures.push('the file holds no test')
  }
  return { passed, failed, skipped, failures, noise }
}

/** Diagnostics that a reader wants first, in this order; everything else follows as JSON. */
const TEXTS = ['diff', 'stack', 'source'] as const

function tell (path: readonly string[], diag: unknown): string {
  const { at, ...rest } = (typeof diag === 'object' ? diag ?? {} : { diag }) as Record<string, unknown>
  const lines = [path.join(' › ')]
  for (const name of TEXTS) {
    const text = rest[name]
    if (typeof text === 'string') lines.push(...text.trimEnd().split('\n').map((line) => `    ${line}`))
    if (typeof text === 'string') Reflect.deleteProperty(rest, name)
  }
  if (at !== undefined && !lines.some((line) => line.includes('.ts:'))) lines.push(`    at ${JSON.stringify(at)}`)
  if (Object.keys(rest).length > 0) lines.push(`    ${JSON.stringify(rest)}`)
  return lines.join('\n')
}
