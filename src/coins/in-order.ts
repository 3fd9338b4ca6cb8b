/**
 * Begins work for items as they come, so many at once at most, and answers its results in the order of the items, each as soon as it and those before it are there. What nobody takes
 * holds back the reading of more. `work` must not reject. When the items break off, what was begun is answered, and then their error is thrown.
 */
export async function * inOrder<Item, Result> (items: AsyncIterable<Item>, atOnceMax: number, work: (item: Item) => Promise<Result>): AsyncGenerator<Result> {
  const source = items[Symbol.asyncIterator]()
  const begun: Array<Promise<Result>> = []
  let coming: Promise<Arrival<Item>> | null = arrivalOf(source.next())
  try {
    for (;;) {
      const [first] = begun
      if (first === undefined && coming === null) return
      const arrival: Arrival<Item> | null = coming === null || begun.length >= atOnceMax ? null : await (first === undefined ? coming : Promise.race([coming, first.then(() => null)]))
      if (arrival === null) {
        yield await take(begun)
        continue
      }
      switch (arrival.kind) {
        case 'item':
          begun.push(work(arrival.item))
          coming = arrivalOf(source.next())
          break
        case 'end':
          coming = null
          break
        case 'failure':
          while (begun.length > 0) yield await take(begun)
          throw arrival.error
      }
    }
  } finally {
    // Whoever stops taking results stops the reading as well; that may wait for what never comes, so nobody waits for it.
    source.return?.(undefined).catch(() => {})
  }
}

async function take<Result> (begun: Array<Promise<Result>>): Promise<Result> {
  const first = begun.shift()
  if (first === undefined) throw new Error('nothing was begun')
  return await first
}

type Arrival<Item> = { readonly kind: 'item', readonly item: Item } | { readonly kind: 'end' } | { readonly kind: 'failure', readonly error: unknown }

async function arrivalOf<Item> (next: Promise<IteratorResult<Item, unknown>>): Promise<Arrival<Item>> {
  try {
    const { done, value } = await next
    return done === true ? { kind: 'end' } : { kind: 'item', item: value }
  } catch (error) {
    return { kind: 'failure', error }
  }
}
