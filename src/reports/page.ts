/** How many items one page of a report has where nothing is said, and at most: they are read by programs, not leafed through. */
export const REPORT_PAGE_DEFAULT = 100
export const REPORT_PAGE_MAX = 1000
