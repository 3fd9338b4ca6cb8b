/** Writes to standard output, and waits while whoever reads it is slow. */
export async function write (text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}

/** Prints a line, and answers the exit code of a command that is done with that. */
export function say (text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

/** As {@link say}, for an object as one line of JSON. */
export function sayJson (value: object): 0 {
  return say(JSON.stringify(value))
}
