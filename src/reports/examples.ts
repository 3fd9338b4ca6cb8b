import { accountAt, entry, transaction } from '../ledger/examples.ts'

/** What the examples of reports say they hash to. */
export const SHA256 = 'ef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d'

const { id, class: accountClass, owner, unit, normal_side: normalSide } = accountAt

export const trialBalance = {
  as_of: '2026-01-31T08:00:00.000Z',
  timezone: 'UTC',
  seq: 12,
  generated_at: '2026-02-01T06:30:00.000Z',
  units: [{
    unit: 'CNY',
    debits: '1044.80',
    credits: '1044.80',
    accounts: [
      { class: 'provider_clearing', debits: '1044.80', credits: '0.00', balance: '1044.80' },
      { class: 'escrow', debits: '0.00', credits: '1044.80', balance: '1044.80' }
    ]
  }],
  row_count: 2,
  control_total: [{ unit: 'CNY', debits: '1044.80', credits: '1044.80' }],
  sha256: SHA256
}

export const trialBalanceCsv = fileOf([
  'unit,class,debits,credits,balance', 'CNY,provider_clearing,1044.80,0.00,1044.80', 'CNY,escrow,0.00,1044.80,1044.80',
  'report,Trial balance,,,', 'as_of,2026-01-31T08:00:00.000Z,,,', 'timezone,UTC,,,', 'seq,12,,,', 'generated_at,2026-02-01T06:30:00.000Z,,,',
  'row_count,2,,,', 'control_total,CNY,1044.80,1044.80,', `sha256,${SHA256},,,`
])

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z', as_of: '2026-02-01T06:30:00.000Z', timezone: 'UTC', seq: 12, generated_at: '2026-02-01T06:30:00.000Z' }

export const accountStatement = {
  account: { id, class: accountClass, owner, unit, normal_side: normalSide },
  by: 'recorded_at',
  ...period,
  opening_balance: '0.00',
  closing_balance: '44.80',
  totals: { entries: 1, debits: '0.00', credits: '44.80' },
  entries: [entry],
  row_count: 1,
  control_total: [{ unit: 'CNY', debits: '0.00', credits: '44.80' }],
  sha256: SHA256,
  has_more: false,
  next_after_version: null
}

export const accountStatementCsv = fileOf([
  'version,recorded_at,occurred_at,kind,subject,description,other_class,other_owner,debit,credit,balance,transaction,seq',
  [entry.version, entry.recorded_at, entry.occurred_at, entry.kind, entry.subject, '', entry.other.class, entry.other.owner, '', entry.amount, entry.balance, entry.transaction, entry.seq].join(),
  'row_count,1,,,,,,,,,,,', 'control_total,CNY,0.00,44.80,,,,,,,,,', `sha256,${SHA256},,,,,,,,,,,`
])

export const journal = {
  ...period,
  totals: { transactions: 12 },
  transactions: [transaction],
  row_count: 1,
  control_total: [{ unit: 'CNY', debits: '44.80', credits: '44.80' }],
  sha256: SHA256,
  has_more: true,
  next_after_seq: 12
}

export const journalCsv = fileOf([
  'seq,recorded_at,occurred_at,booked_on,kind,subject,debit_class,debit_owner,credit_class,credit_owner,amount,unit,transaction,position,reverses,description',
  `12,${transaction.recorded_at},${transaction.occurred_at},2026-01-31,trade.payment,${transaction.subject},provider_clearing,sandbox,escrow,${transaction.subject},44.80,CNY,${transaction.id},1,,`,
  'row_count,1,,,,,,,,,,,,,,', 'control_total,CNY,44.80,44.80,,,,,,,,,,,,', `sha256,${SHA256},,,,,,,,,,,,,,`
])

export const declarations = {
  ...period,
  totals: { declarations: 1 },
  declarations: [{
    id: 'dcl_01kaj6n8k2f5rvt4r9e8q7m3zp',
    request_id: 'DEC-1',
    trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
    trade_external_ref: 'ORD-1',
    payment: 'pay_01kaj6n8k2f5rvt4r9e8q7m3zk',
    provider: 'sandbox',
    provider_ref: 'P-1',
    jurisdiction: 'CN',
    customs: 'GUANGZHOU_ZS',
    merchant_code: '4401961234',
    platform_code: '4401961234',
    order_no: 'ORD-1',
    pay_transaction_id: 'P-1',
    state: 'accepted',
    raw_code: '120',
    answered_at: '2026-01-31T09:10:01.000Z',
    unit: 'CNY',
    paid: '44.80',
    declared: '44.80',
    message: 1,
    message_type: 'new',
    sent_at: '2026-01-31T09:00:01.000Z',
    created_at: '2026-01-31T09:00:00.000Z'
  }],
  row_count: 1,
  control_total: [{ unit: 'CNY', debits: '44.80', credits: '0.00' }],
  sha256: SHA256,
  has_more: false,
  next_cursor: null
}

export const declarationsCsv = fileOf([
  'created_at,request_id,trade,trade_external_ref,payment,provider,provider_ref,jurisdiction,customs,merchant_code,platform_code,order_no,pay_transaction_id,state,raw_code,answered_at,paid,declared,unit,message,message_type,sent_at,id',
  '2026-01-31T09:00:00.000Z,DEC-1,trd_01kaj6n8k2f5rvt4r9e8q7m3ze,ORD-1,pay_01kaj6n8k2f5rvt4r9e8q7m3zk,sandbox,P-1,CN,GUANGZHOU_ZS,4401961234,4401961234,ORD-1,P-1,accepted,120,2026-01-31T09:10:01.000Z,44.80,44.80,CNY,1,new,' +
    '2026-01-31T09:00:01.000Z,dcl_01kaj6n8k2f5rvt4r9e8q7m3zp',
  `row_count,1${','.repeat(21)}`, `control_total,CNY,44.80,0.00${','.repeat(19)}`, `sha256,${SHA256}${','.repeat(21)}`
])

/** A file as it comes, with its mark and line ends; the facts of the longer ones are shortened. */
export function fileOf (lines: readonly string[]): string {
  return `\uFEFF${lines.map((line) => `${line}\r\n`).join('')}`
}
