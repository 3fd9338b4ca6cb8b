import { Refusal } from '../kernel/refusals.ts'

/** How many items one page of a report has where nothing is said, and at most: they are read by programs, not leafed through. */
export const REPORT_PAGE_DEFAULT = 100
export const REPORT_PAGE_MAX = 1000

/** A part of a file would be taken for the whole of it. Refuses `invalid_request` for a file that shall be one. */
export function requireWhole ({ limit }: { readonly limit?: number }, after: number): void {
  if (after === 0 && (limit === undefined || limit === REPORT_PAGE_DEFAULT)) return
  const detail = 'CSV is always the whole report: leave out limit and where to begin, and narrow the period instead.'
  throw new Refusal('invalid_request', detail, { errors: [{ pointer: after === 0 ? '/limit' : '/after', code: 'invalid_request', detail }] })
}
