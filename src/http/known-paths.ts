import type { App } from './app-type.ts'

/**
 * Remembers the routes that are added from here on, and answers a function that tells which methods some route answers at a path,
 * sorted; none where there is no such path. With it a wrong method can be told from a wrong path.
 */
export function rememberPaths (app: App): (path: string) => string[] {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ method, url }) => {
    const methods = known.get(url) ?? new Set<string>()
    for (const one of [method].flat()) methods.add(one)
    known.set(url, methods)
  })
  return (path) => {
    const found = [...known].filter(([pattern]) => matches(pattern, path)).flatMap(([, methods]) => [...methods])
    return [...new Set(found)].sort()
  }
}

function matches (pattern: string, path: string): boolean {
  if (pattern.includes('*')) return false
  const wanted = pattern.split('/')
  const given = path.split('/')
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') ? given[index] !== '' : part === given[index])
}
