import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Currency, Exactly, Id, Nullable, Page, PageQuery, Rate, Timestamp } from '../http/schemas.ts'
import { EXPIRY_ENDS } from './programme.ts'

const COINS_PER_UNIT_MAX = 1_000
const DAYS_MAX = 365

/** The code of a coin. */
export const CoinCode = component('CoinCode', T.String({
  pattern: '^[A-Z]{4,12}$', description: 'The code of a coin: 4 to 12 capital letters, so that it is nobody\'s currency.', examples: ['TAOCOIN']
}))

const Name = T.String({ minLength: 1, maxLength: 100, description: 'A name for people to read.' })

const TERMS = {
  earn_rate: { ...Rate, description: 'Which part of the cash for goods a confirmation gives back as coins.' },
  cap: { ...Rate, description: 'Which part of a line\'s goods price coins may pay, at most 0.9; never of shipping.' },
  after_sale_days: Nullable(T.Integer({
    minimum: 0, maximum: DAYS_MAX, description: 'How long earned coins are pending after their trade is completed; null for as long as trades can be refunded.'
  })),
  expiry: Nullable(Exactly({
    months: T.Integer({ minimum: 0, maximum: 120 }),
    until: T.Enum([...EXPIRY_ENDS], { type: 'string' })
  }, { description: 'Coins live so many months from the day they come in, and on to the end of that day, month or year (UTC). Null: they never expire.' })),
  return_life_days: T.Integer({ minimum: 0, maximum: DAYS_MAX, description: 'How long coins that come back from a trade live at least.' })
}

const OPTIONAL_TERMS = {
  earn_rate: T.Optional(TERMS.earn_rate),
  cap: T.Optional(TERMS.cap),
  after_sale_days: T.Optional(TERMS.after_sale_days),
  expiry: T.Optional(TERMS.expiry),
  return_life_days: T.Optional(TERMS.return_life_days)
}

const CoinsPerUnit = T.Integer({
  minimum: 1, maximum: COINS_PER_UNIT_MAX,
  description: 'How many coins make one unit of the currency: a coin is worth a whole number of its smallest parts. It never changes, because what was issued would be worth something else.'
})

/** A programme to make. */
export const ProgrammeRequest = Exactly({ currency: Currency, coin: CoinCode, name: Name, coins_per_unit: T.Optional(CoinsPerUnit), ...OPTIONAL_TERMS }, {
  examples: [{ currency: 'CNY', coin: 'TAOCOIN', name: 'Tea coins', coins_per_unit: 100, earn_rate: '0.01', cap: '0.30', expiry: { months: 12, until: 'end_of_month' } }]
})

/** Terms to change; what is left out stays. */
export const ProgrammeTermsRequest = Exactly({ name: T.Optional(Name), ...OPTIONAL_TERMS }, { minProperties: 1, examples: [{ earn_rate: '0.02' }] })

export const ProgrammeBody = component('CoinProgramme', T.Object({
  id: Id('cpr'),
  currency: Currency,
  coin: CoinCode,
  name: Name,
  coins_per_unit: CoinsPerUnit,
  ...TERMS,
  version: T.Integer({ minimum: 1, description: 'Grows with each change of terms; a trade keeps those it was created with.' }),
  created_at: Timestamp
}, { description: 'The loyalty programme of a currency: its coin is a unit of the books, and each coin is a debt in money.' }))

export const ProgrammePage = Page('CoinProgrammePage', ProgrammeBody)

export const ProgrammeQuery = PageQuery({})

export const PROGRAMME_EXAMPLE = {
  id: 'cpr_01kaj6n8k2f5rvt4r9e8q7m3zd',
  currency: 'CNY',
  coin: 'TAOCOIN',
  name: 'Tea coins',
  coins_per_unit: 100,
  earn_rate: '0.01',
  cap: '0.30',
  after_sale_days: null,
  expiry: { months: 12, until: 'end_of_month' },
  return_life_days: 7,
  version: 1,
  created_at: '2026-01-31T08:00:00.000Z'
}
