import { FINDINGS, type FindingCode } from './findings.ts'
import type { ExceptionalOrder, OrderReport } from './order-report.ts'
import { table } from './table.ts'

/** The report of a play of orders as people read it. */
export function showOrderReport (report: OrderReport): string {
  const { adds_up: addsUp, exceptions, surprises, unreadable_rows: unreadable } = report
  return [
    `${report.orders} orders of ${report.source}, played on ${report.throw_away ? 'a throw-away service' : report.service}`,
    report.times,
    ...report.replayed > 0 ? [`${report.replayed} of them had been played before: this time they had no effect.`] : [],
    '',
    'How they ended',
    ...table(Object.entries(report.states).sort(([, a], [, b]) => b - a).map(([state, count]) => [state, String(count)])),
    '',
    'Money',
    ...table([
      ['', 'price', 'paid', 'held', 'released', 'refunded', 'in suspense'],
      ...Object.entries(report.totals).map(([currency, sums]) =>
        [currency, sums.total, sums.paid, sums.held, sums.released, sums.refunded, sums.in_suspense])
    ]),
    '',
    `Exceptional orders (${exceptions.length}; ${report.orders - report.as_the_data_says} orders did not end as their status says)`,
    ...showExceptions(exceptions),
    ...unreadable.length === 0 ? [] : [`  Rows that cannot be read, and were left out (${unreadable.length})`],
    ...unreadable.map(({ file, line, reason }) => `    ${file}, line ${line}: ${reason}`),
    '',
    addsUp.ok ? 'It adds up' : 'It does NOT add up',
    ...table([['', 'service', 'files', ''], ...addsUp.checks.map(({ what, service, expected, ok }) => [what, service, expected, ok ? 'same' : 'DIFFERENT'])]),
    '',
    ...surprises.length === 0 ? [] : [`Surprises (${surprises.length})`, ...surprises.map((surprise) => `  ${surprise}`), ''],
    `${report.orders} orders in ${report.seconds.toFixed(1)} s: ${report.orders_per_second} orders/s (${report.requests} requests${report.retries > 0 ? `, ${report.retries} sent again` : ''})`
  ].join('\n')
}

/** Every finding under its heading; an order with several stands under each. */
function showExceptions (exceptions: readonly ExceptionalOrder[]): string[] {
  return (Object.keys(FINDINGS) as FindingCode[]).flatMap((code) => {
    const lines = exceptions.flatMap(({ order_id: id, status, state, findings }) => findings.filter((finding) => finding.code === code)
      .map(({ reason, done }) => `    ${id} (${status === '' ? 'no status' : status}): ${reason} → ${done}${state === null ? '' : `; ${state}`}`))
    return lines.length === 0 ? [] : [`  ${FINDINGS[code]} (${lines.length})`, ...lines]
  })
}
