import t from 'tap'
import fc from 'fast-check'
import { externalId, internalId, newId } from '../src/kernel/ids.ts'
import { AMOUNT_MINOR_MAX, divide, formatAmount, isRate, parseAmount, parsePositiveAmount, portion, proportion } from '../src/kernel/money.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { parseTime } from '../src/kernel/time.ts'
import { currencyCodes, findUnit, unitOf } from '../src/kernel/units.ts'

function codeOf (attempt: () => unknown): string {
  try {
    attempt()
    return 'accepted'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

const units = ['KRW', 'CNY', 'KWD'].map(unitOf)
const amounts = fc.bigInt({ min: 0n, max: AMOUNT_MINOR_MAX })

t.test('an amount read and written again is the same text and the same minor units', async (t) => {
  fc.assert(fc.property(amounts, fc.constantFrom(...units), (minor, unit) => {
    const text = formatAmount(minor, unit)
    return parseAmount(text, unit, '/amount') === minor && formatAmount(parseAmount(text, unit, '/amount'), unit) === text
  }))
  t.equal(formatAmount(5n, unitOf('CNY')), '0.05')
  t.equal(formatAmount(-1990n, unitOf('CNY')), '-19.90')
  t.equal(parseAmount('19.9', unitOf('CNY'), '/amount'), 1990n)
})

t.test('what is not a decimal string of the unit is refused', async (t) => {
  const wrong = ['', ' 1', '1 ', '01', '+1', '-1', '1.', '.5', '1,0', '1e3', '0x1', 'NaN', '１', '1.234', `1${'0'.repeat(30)}`, '10000000000000.01']
  for (const text of wrong) t.equal(codeOf(() => parseAmount(text, unitOf('CNY'), '/amount')), 'invalid_amount', JSON.stringify(text))
  t.equal(codeOf(() => parseAmount('1.5', unitOf('JPY'), '/amount')), 'invalid_amount')
  t.equal(codeOf(() => parsePositiveAmount('0.00', unitOf('CNY'), '/amount')), 'invalid_amount')
})

t.test('dividing loses and invents nothing, and no part is a minor unit away from its share', async (t) => {
  t.same(divide(10000n, [1n, 1n, 1n]), [3334n, 3333n, 3333n])
  fc.assert(fc.property(amounts, fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 }).filter((weights) => weights.some((weight) => weight > 0n)), (amount, weights) => {
    const parts = divide(amount, weights)
    const sum = weights.reduce((total, weight) => total + weight, 0n)
    return parts.reduce((total, part) => total + part, 0n) === amount &&
      parts.every((part, index) => {
        const floor = amount * (weights[index] ?? 0n) / sum
        return part === floor || part === floor + 1n
      })
  }))
})

t.test('a rate and a proportion round half to even, exactly', async (t) => {
  t.same(['0.5', '0.5', '0.5', '0.05', '1', '0'].map((rate, index) => portion(rate, [1n, 3n, 5n, 20000n, 7n, 7n][index] ?? 0n)), [0n, 2n, 2n, 1000n, 7n, 0n])
  t.equal(portion('0.333333333', AMOUNT_MINOR_MAX), 333333333000000n)
  fc.assert(fc.property(amounts, fc.bigInt({ min: 0n, max: 10n ** 6n }), fc.bigInt({ min: 1n, max: 10n ** 6n }), (amount, part, whole) => {
    if (part > whole) return true
    const result = proportion(amount, part, whole)
    const distance = 2n * (result * whole - amount * part)
    return (distance < 0n ? -distance : distance) <= whole && (result % 2n === 0n || (distance < 0n ? -distance : distance) < whole || whole === 1n)
  }))
})

t.test('a rate is a decimal from 0 to 1', async (t) => {
  for (const text of ['0', '1', '0.05', '1.000', '0.123456789']) t.ok(isRate(text), text)
  for (const text of ['', '1.01', '-0.1', '.5', '0.1234567890', '1e-1', '00.1', '2']) t.notOk(isRate(text), text)
})

t.test('an identifier survives the way out and back, and no other text passes', async (t) => {
  const ids = Array.from({ length: 1000 }, newId)
  t.same(ids.map((id) => internalId('trd', externalId('trd', id))), ids)
  t.equal(new Set(Array.from({ length: 5000 }, newId)).size, 5000, 'none is made twice')
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  // The example of the TypeID specification.
  t.equal(externalId('trd', '01890a5d-ac96-774b-bcce-b302099a8057'), 'trd_01h455vb4pex5vsknk084sn02q')
  const good = externalId('trd', newId())
  for (const text of ['', good.slice(4), good.replace('trd', 'pty'), `${good}0`, good.slice(0, -1), good.toUpperCase(), good.replace(/.$/, 'u'), `trd_8${good.slice(5)}`, `trd_${'0'.repeat(25)}l`]) {
    t.equal(internalId('trd', text), null, text)
  }
})

t.test('times are RFC 3339 between 1970 and 2100', async (t) => {
  t.equal(parseTime('2026-01-31T08:00:00+08:00', '/at').toISOString(), '2026-01-31T00:00:00.000Z')
  for (const text of ['', '2026-01-31', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '1969-12-31T23:59:59Z', '2100-01-01T00:00:00Z', '2026-01-31T08:00:00', '2026-01-31T25:00:00Z', 'now', '+275760-09-13T00:00:00Z']) {
    t.equal(codeOf(() => parseTime(text, '/at')), 'invalid_time', text)
  }
})

t.test('currencies carry the decimals of ISO 4217', async (t) => {
  t.same(['CNY', 'KRW', 'KWD', 'JPY', 'BRL', 'ISK', 'TND'].map((code) => unitOf(code).exponent), [2, 0, 3, 0, 2, 0, 3])
  for (const code of ['cny', 'XXX', 'XAU', '', 'DEM', 'constructor']) t.equal(findUnit(code), null, code)
  t.equal(new Set(currencyCodes()).size, currencyCodes().length)
})
