import { pino, type DestinationStream, type Logger } from 'pino'

const STANDARD_ERROR = 2

/** The service's log: JSON lines on standard error. Keys, names and what a database says about the values of a row never appear in it. */
export function createLog (level: string, destination: DestinationStream = pino.destination(STANDARD_ERROR)): Logger {
  return pino({
    level,
    redact: {
      paths: [
        'authorization', '*.authorization', 'headers.authorization', '*.headers.authorization', 'cookie', '*.cookie', 'key', '*.key', 'name', '*.name',
        // PostgreSQL quotes the values of the row that failed.
        'err.detail', 'err.where', 'err.parameters'
      ],
      censor: '[redacted]'
    }
  }, destination)
}
