const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A person or another program asked this program to stop. */
export class Interrupted extends Error {
  readonly exitCode: number

  constructor (signal: typeof SIGNALS[number]) {
    super(`stopped by ${signal}`)
    this.exitCode = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]
  }
}

/**
 * Runs `work` with a promise that rejects with {@link Interrupted} at the first Ctrl-C or other request to stop. Until the work is
 * done with its cleaning up, no second Ctrl-C cuts it short.
 */
export async function withInterruption<Result> (work: (interrupted: Promise<never>) => Promise<Result>): Promise<Result> {
  let interrupt: (signal: typeof SIGNALS[number]) => void = () => {}
  const interrupted = new Promise<never>((_resolve, reject) => { interrupt = (signal) => { reject(new Interrupted(signal)) } })
  // Where nothing waits for it any more, a late signal is no failure that nobody caught.
  interrupted.catch(() => {})
  for (const signal of SIGNALS) process.on(signal, interrupt)
  try {
    return await work(interrupted)
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt)
  }
}
