import { fileOf, SHA256 } from './examples.ts'

const programme = { programme: 'cpr_01kaj6n8k2f5rvt4r9e8q7m3zd', coin: 'TEACOIN', currency: 'CNY' }
const reached = { as_of: '2026-01-31T08:00:00.000Z', timezone: 'UTC', seq: 12, generated_at: '2026-02-01T06:30:00.000Z' }

export const coinLiability = {
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-02-01T00:00:00.000Z',
  as_of: '2026-02-01T06:30:00.000Z',
  timezone: 'UTC',
  opening_seq: 0,
  seq: 12,
  generated_at: '2026-02-01T06:30:00.000Z',
  rows: [{
    ...programme,
    funder: 'platform',
    source: 'earned',
    campaign: null,
    coins: { opening: '0', issued: '140', redeemed: '0', returned: '0', clawed_back: '70', expired: '0', closing: '70' },
    value: { opening: '0.00', issued: '1.40', redeemed: '0.00', returned: '0.00', clawed_back: '0.70', expired: '0.00', closing: '0.70' }
  }],
  row_count: 1,
  control_total: [{ unit: 'CNY', debits: '1.40', credits: '1.40' }, { unit: 'TEACOIN', debits: '140', credits: '140' }],
  sha256: SHA256,
  has_more: false,
  next_after_row: null
}

export const coinLiabilityCsv = fileOf([
  'programme,coin,currency,funder,source,campaign,opening,issued,redeemed,returned,clawed_back,expired,closing,' +
  'opening_value,issued_value,redeemed_value,returned_value,clawed_back_value,expired_value,closing_value',
  `${programme.programme},TEACOIN,CNY,platform,earned,,0,140,0,0,70,0,70,0.00,1.40,0.00,0.00,0.70,0.00,0.70`,
  `row_count,1${','.repeat(18)}`, `control_total,CNY,1.40,1.40${','.repeat(16)}`, `control_total,TEACOIN,140,140${','.repeat(16)}`, `sha256,${SHA256}${','.repeat(18)}`
])

export const coinStatistics = {
  ...reached,
  rows: [{
    ...programme,
    month: '2026-01',
    source: 'granted',
    issued: '6500',
    clawed_back: '0',
    redeemed: '3000',
    expired: '0',
    outstanding: '3500',
    redemption_rate: '0.4615',
    breakage_rate: '0.0000'
  }],
  row_count: 1,
  control_total: [{ unit: 'TEACOIN', debits: '6500', credits: '6500' }],
  sha256: SHA256
}

export const coinStatisticsCsv = fileOf([
  'programme,coin,currency,month,source,issued,clawed_back,redeemed,expired,outstanding,redemption_rate,breakage_rate',
  `${programme.programme},TEACOIN,CNY,2026-01,granted,6500,0,3000,0,3500,0.4615,0.0000`,
  `row_count,1${','.repeat(10)}`, `control_total,TEACOIN,6500,6500${','.repeat(8)}`, `sha256,${SHA256}${','.repeat(10)}`
])

export const coinDeferredRevenue = {
  ...reached,
  breakage: '0.05',
  breakage_at_issue: '0.05',
  rows: [{
    ...programme,
    month: '2026-01',
    earned: '10000',
    redeemed: '4500',
    expired: '0',
    outstanding: '5500',
    expected: '9500',
    transaction_price: '1000.00',
    coins_stand_alone: '95.00',
    allocated_to_goods: '913.24',
    allocated_to_coins: '86.76',
    recognised: '41.10',
    deferred: '45.66'
  }],
  row_count: 1,
  control_total: [{ unit: 'CNY', debits: '1000.00', credits: '1000.00' }],
  sha256: SHA256
}

export const coinDeferredRevenueCsv = fileOf([
  'programme,coin,currency,month,earned,redeemed,expired,outstanding,expected,transaction_price,coins_stand_alone,allocated_to_goods,allocated_to_coins,recognised,deferred',
  `${programme.programme},TEACOIN,CNY,2026-01,10000,4500,0,5500,9500,1000.00,95.00,913.24,86.76,41.10,45.66`,
  `row_count,1${','.repeat(13)}`, `control_total,CNY,1000.00,1000.00${','.repeat(11)}`, `sha256,${SHA256}${','.repeat(13)}`
])
