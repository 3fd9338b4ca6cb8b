import { Readable } from 'node:stream'
import { Type as T } from 'typebox'
import type { Answers } from './answers.ts'
import type { Reply, Request } from './app-type.ts'

const CSV_TYPE = 'text/csv'

/** Whether a request wants CSV: its parameter `format` says so, or where it says nothing its header `Accept` puts `text/csv` before JSON. */
export function wantsCsv (request: Request): boolean {
  const { format } = request.query as { format?: unknown }
  if (format !== undefined) return format === 'csv'
  const accept = request.headers.accept ?? ''
  const csv = qualityOf(CSV_TYPE, accept)
  return csv > 0 && csv >= qualityOf('application/json', accept)
}

/** How much a header `Accept` wants a media type that it names, from 0 to 1. Source: RFC 9110, section 12.5.1. */
function qualityOf (type: string, accept: string): number {
  const range = accept.toLowerCase().split(',').map((text) => text.split(';').map((part) => part.trim())).find(([name]) => name === type)
  const quality = range?.find((part) => part.startsWith('q='))
  return range === undefined ? 0 : quality === undefined ? 1 : Number(quality.slice(2)) || 0
}

/** Answers with a file of that name, piece by piece as the caller takes them. A failure on the way breaks the connection. */
export function answerCsv (reply: Reply, name: string, pieces: AsyncIterable<string>): Reply {
  return reply
    .header('content-type', `${CSV_TYPE}; charset=utf-8; header=present`)
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .header('vary', 'accept')
    .send(Readable.from(pieces))
}

/** The description of an answer that may be had as CSV, too. */
export function orCsv (described: Answers, example: string): Answers {
  return Object.fromEntries(Object.entries(described).map(([status, answer]) =>
    [status, { ...answer, content: { ...answer.content, [CSV_TYPE]: { schema: T.String(), example } } }]))
}
