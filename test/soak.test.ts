import t from 'tap'
import { grows, heapAfterCollection, quarters, residentMegabytes } from './support/soak-memory.ts'

// The soak itself takes minutes (`npm run soak`); here is what it judges memory by.
const series = (megabytes: readonly number[]) => megabytes.map((each, index) => ({ atMs: 5_000 + index * 1_000, megabytes: each }))

t.test('memory that grows steadily is found, and a service that warms up or collects its garbage late is not accused', (t) => {
  const ramp = Array.from({ length: 100 }, (_, index) => 100 + 2 * index)
  t.same(quarters(series(ramp)), [124, 174, 224, 274])
  t.equal(grows(series(ramp)), true)
  t.equal(grows(series(ramp.map((megabytes) => Math.min(megabytes, 150)))), false, 'warming up')
  t.equal(grows(series(ramp.map((_, index) => 120 + 40 * (index % 10) / 10))), false, 'a saw')
  t.equal(grows(series(ramp.map((_, index) => index === 98 ? 900 : 120))), false, 'a peak')
  t.equal(grows(series([])), false)
  t.end()
})

t.test('what a process uses is read from the system, and what its collections left from its own words', (t) => {
  const megabytes = residentMegabytes(process.pid)
  if (process.platform === 'linux') t.ok(megabytes !== null && megabytes > 20 && megabytes < 2_000, String(megabytes))
  t.equal(residentMegabytes(2 ** 30), null)
  t.equal(heapAfterCollection('[9:0x5]    4711 ms: Mark-Compact 41.2 (58.4) -> 30.9 (57.1) MB, 12.31 / 0.01 ms  (average mu = 0.9) task; scavenge might not succeed'), 30.9)
  t.equal(heapAfterCollection('[9:0x5]      47 ms: Scavenge 5.1 (6.4) -> 4.9 (7.1) MB, 1.31 / 0.01 ms'), null)
  t.end()
})
