/** A declaration that was just made. */
export const DECLARATION_EXAMPLE = {
  id: 'dcl_01kaj6n8k2f5rvt4r9e8q7m3zp',
  request_id: 'DEC-1',
  trade: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  payment: 'pay_01kaj6n8k2f5rvt4r9e8q7m3zk',
  jurisdiction: 'CN',
  state: 'draft',
  raw_code: null,
  answered_at: null,
  held_by_customs: false,
  currency: 'CNY',
  amount: '44.80',
  customs: 'GUANGZHOU_ZS',
  merchant_code: '4401961234',
  merchant_name: 'Example Store (made up)',
  platform_code: '4401961234',
  platform_name: 'Example Store (made up)',
  sub_order: null,
  order_no: 'ORD-1',
  pay_transaction_id: 'P-1',
  paid_at: '2026-01-31T08:00:00.000Z',
  message: {
    number: 1,
    guid: '019AA46A-A262-7972-BD13-1875E8E9A1F2',
    type: 'new',
    amount: '44.80',
    customs: 'GUANGZHOU_ZS',
    merchant_code: '4401961234',
    sub_order: null,
    order_no: 'ORD-1',
    made_at: '2026-01-31T09:00:00.000Z',
    due_at: '2026-01-31T09:00:00.000Z',
    sent_at: null
  },
  push_after: '2026-01-31T09:05:00.000Z',
  created_at: '2026-01-31T09:00:00.000Z'
}

const { message } = DECLARATION_EXAMPLE

/** A part of a payment that is declared by itself. */
export const SUB_ORDER_EXAMPLE = {
  ...DECLARATION_EXAMPLE,
  request_id: 'DEC-1A',
  amount: '30.00',
  sub_order: 'ORD-1-A',
  order_no: 'ORD-1-A',
  pay_transaction_id: DECLARATION_EXAMPLE.id,
  message: { ...message, amount: '30.00', sub_order: 'ORD-1-A', order_no: 'ORD-1-A' }
}

/** A declaration that was pushed with a lower amount after customs had taken it in. */
export const PUSHED_EXAMPLE = {
  ...DECLARATION_EXAMPLE,
  held_by_customs: true,
  amount: '40.00',
  message: { ...message, number: 2, guid: '019AA46A-A262-7972-BD13-1875E8E9A1F3', type: 'change', amount: '40.00', made_at: '2026-01-31T10:00:00.000Z', due_at: '2026-01-31T10:00:00.000Z' },
  push_after: '2026-01-31T10:05:00.000Z'
}

const sent = { ...message, sent_at: '2026-01-31T09:00:01.000Z' }

/** A declaration that customs has taken in, with all that was said. */
export const ACCEPTED_EXAMPLE = {
  ...DECLARATION_EXAMPLE,
  state: 'accepted',
  raw_code: '120',
  answered_at: '2026-01-31T09:10:01.000Z',
  held_by_customs: true,
  message: sent,
  messages: [sent],
  answers: [
    { number: 1, message: 1, code: '2', state: 'at_port', answered_at: '2026-01-31T09:01:01.000Z', received_at: '2026-01-31T09:01:01.300Z' },
    { number: 2, message: 1, code: '120', state: 'accepted', answered_at: '2026-01-31T09:10:01.000Z', received_at: '2026-01-31T09:10:01.300Z' }
  ]
}

export const RECEIVED_EXAMPLE = { id: DECLARATION_EXAMPLE.id, state: 'accepted', raw_code: '120', answered_at: '2026-01-31T09:10:01.000Z' }

/** The message of it, about somebody who does not exist. */
export const VOUCHER_EXAMPLE = `<?xml version="1.0" encoding="UTF-8"?>
<ceb:CEB411Message guid="${message.guid}" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb">
  <ceb:Payment>
    <ceb:PaymentHead>
      <ceb:guid>${message.guid}</ceb:guid>
      <ceb:appType>1</ceb:appType>
      <ceb:appTime>20260131170000</ceb:appTime>
      <ceb:appStatus>2</ceb:appStatus>
      <ceb:payCode>SANDBOX001</ceb:payCode>
      <ceb:payName>Sandbox Payments (made up)</ceb:payName>
      <ceb:payTransactionId>P-1</ceb:payTransactionId>
      <ceb:orderNo>ORD-1</ceb:orderNo>
      <ceb:ebpCode>4401961234</ceb:ebpCode>
      <ceb:ebpName>Example Store (made up)</ceb:ebpName>
      <ceb:payerIdType>1</ceb:payerIdType>
      <ceb:payerIdNumber>11010519491231002X</ceb:payerIdNumber>
      <ceb:payerName>示范</ceb:payerName>
      <ceb:telephone>+8613800138000</ceb:telephone>
      <ceb:amountPaid>44.80</ceb:amountPaid>
      <ceb:currency>142</ceb:currency>
      <ceb:payTime>20260131160000</ceb:payTime>
      <ceb:note></ceb:note>
    </ceb:PaymentHead>
  </ceb:Payment>
  <ceb:BaseTransfer>
    <ceb:copCode>SANDBOX001</ceb:copCode>
    <ceb:copName>Sandbox Payments (made up)</ceb:copName>
    <ceb:dxpMode>DXP</ceb:dxpMode>
    <ceb:dxpId>DXPSANDBOX00001</ceb:dxpId>
    <ceb:note></ceb:note>
  </ceb:BaseTransfer>
</ceb:CEB411Message>
`

/** An answer of China's customs to it. */
export const RECEIPT_EXAMPLE = `<?xml version="1.0" encoding="UTF-8"?>
<ceb:CEB412Message guid="019AA46A-A262-7972-BD13-1875E8E9A1F4" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb">
  <ceb:PaymentReturn>
    <ceb:guid>${message.guid}</ceb:guid>
    <ceb:payCode>SANDBOX001</ceb:payCode>
    <ceb:payTransactionId>P-1</ceb:payTransactionId>
    <ceb:returnStatus>120</ceb:returnStatus>
    <ceb:returnTime>20260131171001000</ceb:returnTime>
    <ceb:returnInfo></ceb:returnInfo>
  </ceb:PaymentReturn>
</ceb:CEB412Message>
`

export const QUOTA_EXAMPLE = {
  identity: 'idn_01kaj6n8k2f5rvt4r9e8q7m3zd', year: 2026, currency: 'CNY', limit: '26000.00', order_limit: '5000.00', used: '44.80', remaining: '25955.20', declarations: 1, basis: 'tenant_observed'
}
