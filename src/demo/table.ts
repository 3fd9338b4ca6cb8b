/** Lines of text with their columns under each other: the first one to the left, all others to the right. */
export function table (rows: ReadonlyArray<readonly string[]>, indent = '  '): string[] {
  const widths = rows.reduce<number[]>((found, row) => row.map((cell, column) => Math.max(found[column] ?? 0, cell.length)), [])
  return rows.map((row) => indent + row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  ').trimEnd())
}
