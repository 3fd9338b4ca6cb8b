import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Writes a text to a file, piece by piece, and answers its size in bytes. The file has its name only when it is whole and on the disk:
 * until then it is called `….part`, and a failure leaves neither.
 */
export async function saveFile (path: string, pieces: AsyncIterable<string>): Promise<number> {
  const draft = `${path}.part`
  try {
    await pipeline(Readable.from(pieces), createWriteStream(draft, { flush: true }))
    const { size } = await stat(draft)
    await rename(draft, path)
    return size
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
