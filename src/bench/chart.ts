import type { BenchReport } from './report.ts'
import type { Result } from './rounds.ts'

/** One curve: how much is done each second (y) at each place of the x axis. */
interface Series {
  readonly name: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
  /** A line across the whole panel, beside which the curves are read. */
  readonly isMark?: boolean
}

interface Panel {
  readonly title: string
  readonly xLabel: string
  /** From 0 to 1, with its text. */
  readonly ticks: ReadonlyArray<readonly [x: number, text: string]>
  readonly series: readonly Series[]
}

const PANEL = { width: 340, height: 250, left: 52, top: 44, gap: 40, legend: 17 }
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
const HEAD = `  <style>
    .sheet { fill: #fbfaf7; stroke: #d9d4c7 }
    .name { fill: #23211c; font-size: 14px; font-weight: 600 }
    .text { fill: #5b5648; font-size: 11.5px }
    .grid { stroke: #e4dfd3; stroke-width: 1 }
    .curve { fill: none; stroke-width: 2 }
    .mark { fill: none; stroke-width: 1.5; stroke-dasharray: 5 4 }
    .c0 { stroke: #2f6f4f } .c1 { stroke: #2f5f9f } .c2 { stroke: #b0701a } .c3 { stroke: #8c5aa0 }
    .d0 { fill: #2f6f4f } .d1 { fill: #2f5f9f } .d2 { fill: #b0701a } .d3 { fill: #8c5aa0 }
    @media (prefers-color-scheme: dark) {
      .sheet { fill: #1b1d20; stroke: #34373c }
      .name { fill: #f1efe9 }
      .text { fill: #b9b5aa }
      .grid { stroke: #34373c }
      .c0 { stroke: #6fae87 } .c1 { stroke: #7fa3cc } .c2 { stroke: #d3a73c } .c3 { stroke: #c29ad2 }
      .d0 { fill: #6fae87 } .d1 { fill: #7fa3cc } .d2 { fill: #d3a73c } .d3 { fill: #c29ad2 }
    }
  </style>`

/** Draws throughput against operations in flight and, where it was measured, against the size of the books, as an SVG document. */
export function drawChart ({ groups }: Pick<BenchReport, 'groups'>): string {
  const results = groups.flatMap((group) => group.results)
  const panels = [transfersPanel(results), operationsPanel(results), sizePanel(results)].filter(({ series }) => series.length > 0)
  const legends = Math.max(...panels.map(({ series }) => series.length), 0)
  const width = panels.length * (PANEL.width + PANEL.left + PANEL.gap) + PANEL.gap / 2
  const height = PANEL.top + PANEL.height + 52 + legends * PANEL.legend
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="${FONT}">`,
    '  <title id="title">Throughput</title>',
    `  <desc id="description">${panels.map(describePanel).join(' ')}</desc>`,
    HEAD,
    `  <rect class="sheet" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...panels.map((panel, index) => drawPanel(panel, index * (PANEL.width + PANEL.left + PANEL.gap) + PANEL.left + PANEL.gap / 2)),
    '</svg>',
    ''
  ].join('\n')
}

function transfersPanel (results: readonly Result[]): Panel {
  const best = Math.max(...results.filter(({ name }) => name.startsWith('limit.spread.')).map((result) => result.rate_per_second))
  return byInFlight('Transfers among 10,000 accounts', [
    { name: 'the Journal, in process', points: pointsOf(results, 'journal.spread.') },
    { name: 'one transaction each', points: pointsOf(results, 'single.spread.') },
    { name: 'the limit: SQL alone, in batches of 1,000', isMark: true, points: Number.isFinite(best) ? [[1, best]] : [] }
  ])
}

function operationsPanel (results: readonly Result[]): Panel {
  return byInFlight('Payments, shipments and confirmations', [
    { name: 'in process', points: pointsOf(results, 'steps.journal.') },
    { name: 'over HTTP', points: pointsOf(results, 'steps.http.') }
  ])
}

function sizePanel (results: readonly Result[]): Panel {
  const sizes = [...new Set(results.flatMap(({ name }) => /^ledger\.(\d+)\./.exec(name)?.[1] ?? []))].map(Number).sort((a, b) => a - b)
  const place = (size: number): number => sizes.length < 2 ? 0.5 : sizes.indexOf(size) / (sizes.length - 1)
  const curve = (name: string, work: string): Series => ({
    name,
    points: results.flatMap((result): Array<readonly [number, number]> => {
      const size = new RegExp(`^ledger\\.(\\d+)\\.${work}$`).exec(result.name)?.[1]
      return size === undefined ? [] : [[place(Number(size)), result.rate_per_second]]
    })
  })
  const series = [
    curve('transfers among 10 accounts, 1,000 in flight', 'hot\\.1000'),
    curve('transfers among 10,000 accounts, 1,000 in flight', 'spread\\.1000'),
    curve('payments, shipments, confirmations, 64 in flight', 'steps\\.64')
  ]
  return {
    title: 'By size of the books',
    xLabel: 'transfers there before',
    ticks: sizes.map((size) => [place(size), size === 0 ? '0' : `${(size / 1_000_000).toLocaleString('en-US')} million`]),
    series: series.filter(({ points }) => points.length > 0)
  }
}

const IN_FLIGHT_MAX = 1000

function byInFlight (title: string, series: readonly Series[]): Panel {
  const place = (clients: number): number => Math.log10(clients) / Math.log10(IN_FLIGHT_MAX)
  return {
    title,
    xLabel: 'calls in flight',
    ticks: [1, 10, 64, IN_FLIGHT_MAX].map((clients) => [place(clients), clients.toLocaleString('en-US')]),
    series: series.filter(({ points }) => points.length > 0).map((each) => ({ ...each, points: each.points.map(([clients, rate]) => [place(clients), rate]) }))
  }
}

/** Calls in flight and the rate of the variants whose name begins so. */
function pointsOf (results: readonly Result[], start: string): Array<readonly [number, number]> {
  return results.filter(({ name }) => name.startsWith(start)).map((result) => [result.in_flight, result.rate_per_second])
}

function describePanel ({ title, xLabel, ticks, series }: Panel): string {
  return `${title}, per second, by ${xLabel} (${ticks.map(([, text]) => text).join(', ')}): ` +
    `${series.map(({ name, points }) => `${name} ${points.map(([, rate]) => Math.round(rate).toLocaleString('en-US')).join(', ')}`).join('; ')}.`
}

function drawPanel ({ title, xLabel, ticks, series }: Panel, left: number): string {
  const { width, height, top } = PANEL
  const ceiling = roundUp(Math.max(...series.flatMap(({ points }) => points.map(([, rate]) => rate))))
  const x = (place: number): string => (left + place * width).toFixed(1)
  const y = (rate: number): string => (top + height * (1 - rate / ceiling)).toFixed(1)
  const lines = [0, 0.25, 0.5, 0.75, 1].map((part) => part * ceiling)
  return [
    `  <text class="name" x="${x(0)}" y="24">${title}</text>`,
    `  <text class="text" x="${x(0)}" y="38">per second</text>`,
    ...lines.flatMap((rate) => [
      `  <line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(rate)}" y2="${y(rate)}"/>`,
      `  <text class="text" x="${left - 6}" y="${y(rate)}" dy="4" text-anchor="end">${rate.toLocaleString('en-US')}</text>`
    ]),
    ...ticks.map(([place, text]) => `  <text class="text" x="${x(place)}" y="${top + height + 16}" text-anchor="middle">${text}</text>`),
    `  <text class="text" x="${x(0.5)}" y="${top + height + 34}" text-anchor="middle">${xLabel}</text>`,
    ...series.flatMap(({ name, points, isMark = false }, index) => {
      const ends = isMark ? points.flatMap(([, rate]): Array<readonly [number, number]> => [[0, rate], [1, rate]]) : points
      const legend = top + height + 54 + index * PANEL.legend
      return [
        `  <polyline class="${isMark ? 'mark' : 'curve'} c${index}" points="${ends.map(([place, rate]) => `${x(place)},${y(rate)}`).join(' ')}"/>`,
        ...isMark ? [] : points.map(([place, rate]) => `  <circle class="d${index}" cx="${x(place)}" cy="${y(rate)}" r="3"/>`),
        `  <line class="${isMark ? 'mark' : 'curve'} c${index}" x1="${left}" x2="${left + 22}" y1="${legend - 4}" y2="${legend - 4}"/>`,
        `  <text class="text" x="${left + 28}" y="${legend}">${name}</text>`
      ]
    })
  ].join('\n')
}

/** The next number of one digit, or of one and a half, that people like at the top of an axis. */
function roundUp (rate: number): number {
  const unit = 10 ** Math.floor(Math.log10(rate))
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= rate) ?? 10) * unit
}
