import { pino, type DestinationStream, type Logger } from 'pino'
import { safeError } from './safe-error.ts'

const STANDARD_ERROR = 2

/** The service's log: JSON lines on standard error. Keys, names and what a database says about the values of a row never appear in it. */
export function createLog (level: string, destination: DestinationStream = pino.destination(STANDARD_ERROR)): Logger {
  return pino({
    level,
    serializers: { err: (error: unknown) => safeError(error) },
    redact: {
      paths: [
        'authorization', '*.authorization', 'headers.authorization', '*.headers.authorization', 'cookie', '*.cookie', 'key', '*.key', 'name', '*.name'
      ],
      censor: '[redacted]'
    }
  }, destination)
}
