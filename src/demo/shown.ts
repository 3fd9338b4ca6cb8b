/** What a play shows: the report as data and as text, and whether everything is as it should be. */
export interface Shown<Report> {
  readonly report: Report
  readonly text: string
  readonly right: boolean
}
