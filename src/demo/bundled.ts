import { AFTER_SALE } from './after-sale-stories.ts'
import { anna, bento, dune, guild, hana, kettle, lamp, loom, lucia, mei, mill, omar, pixel, seoul, tom } from './cast.ts'
import { cancel, confirm, hold, line, numbered, pay, reprice, ship, silence, strayPayment, type Draft } from './story.ts'

const DRAFTS: readonly Draft[] = [
  {
    title: 'Mei buys two silk scarves, pays, receives and confirms them',
    currency: 'CNY',
    buyer: mei,
    lines: [line(loom, 'silk scarf', 2, '19.90', '5.00', { commissionRate: '0.05' })],
    steps: [pay('44.80'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'Omar\'s coat is made by a mill that gets a tenth of the price',
    currency: 'CNY',
    buyer: omar,
    lines: [line(loom, 'wool coat', 1, '299.00', '0.00', { commissionRate: '0.05', splits: [{ partner: mill, rate: '0.10' }] })],
    steps: [pay('299.00'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'Of Hana\'s teapot the guild gets 3.00 and a presenter 7.5 %',
    currency: 'CNY',
    buyer: hana,
    lines: [line(kettle, 'teapot', 1, '88.88', '12.00', { commissionRate: '0.03', splits: [{ partner: guild, amount: '3.00' }, { partner: anna, rate: '0.075' }] })],
    steps: [pay('100.88'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'One payment for two sellers: each gets his own',
    currency: 'CNY',
    buyer: mei,
    lines: [line(loom, 'table cloth', 1, '60.00', '8.00', { commissionRate: '0.05' }), line(kettle, 'tea bowl', 4, '15.25', '6.00', { commissionRate: '0.03' })],
    steps: [pay('135.00'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'A card, a voucher and a bank transfer fill one trade',
    currency: 'CNY',
    buyer: omar,
    lines: [line(kettle, 'samovar', 1, '480.00', '20.00')],
    steps: [pay('300.00'), pay('50.00', { provider: 'voucher' }), pay('150.00', { provider: 'bank_transfer' }), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'Half is paid so far, and waits in the trade\'s own account',
    currency: 'CNY',
    buyer: hana,
    lines: [line(loom, 'carpet', 1, '1200.00', '0.00')],
    steps: [pay('600.00')],
    ends: 'awaiting_payment'
  },
  { title: 'Tom has ordered a kettle and not paid yet', currency: 'GBP', buyer: tom, lines: [line(kettle, 'kettle', 1, '24.50', '3.50')], steps: [], ends: 'awaiting_payment' },
  {
    title: 'Tom pays 5.00 too much; the surplus waits in suspense',
    currency: 'GBP',
    buyer: tom,
    lines: [line(kettle, 'milk jug', 1, '18.00', '2.00')],
    steps: [pay('25.00')],
    ends: 'awaiting_shipment',
    suspense: '5.00'
  },
  {
    title: 'Two checkout pages both take the money; the second payment waits in suspense',
    currency: 'GBP',
    buyer: tom,
    lines: [line(loom, 'scarf', 1, '30.00', '0.00')],
    steps: [pay('30.00'), pay('30.00'), ship(), confirm()],
    ends: 'completed',
    suspense: '30.00'
  },
  {
    title: 'The provider reports one payment twice; it counts once',
    currency: 'GBP',
    buyer: lucia,
    lines: [line(loom, 'shawl', 1, '45.00', '5.00')],
    steps: [pay('50.00', { providerRef: 'demo-reported-twice' }), pay('50.00', { providerRef: 'demo-reported-twice' }), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'A payment comes after the trade was called off, and waits in suspense',
    currency: 'EUR',
    buyer: lucia,
    lines: [line(lamp, 'desk lamp', 1, '59.00', '6.00')],
    steps: [cancel('buyer'), pay('65.00')],
    ends: 'closed_unpaid',
    suspense: '65.00'
  },
  {
    title: 'A payment for a trade that nobody knows waits in suspense',
    currency: 'EUR',
    buyer: null,
    lines: [],
    steps: [strayPayment('12.34', 'EUR', 'nobody-knows-this')],
    ends: null,
    suspense: '12.34'
  },
  { title: 'Lucía changes her mind before she pays', currency: 'EUR', buyer: lucia, lines: [line(lamp, 'night light', 2, '14.00', '4.00')], steps: [cancel('buyer')], ends: 'closed_unpaid' },
  {
    title: 'Lucía changes her mind when half is paid; that half goes back',
    currency: 'EUR',
    buyer: lucia,
    lines: [line(lamp, 'floor lamp', 1, '120.00', '10.00')],
    steps: [pay('65.00'), cancel('buyer')],
    ends: 'closed_unpaid'
  },
  {
    title: 'The seller is out of stock; all of the money goes back',
    currency: 'EUR',
    buyer: tom,
    lines: [line(lamp, 'lantern', 3, '21.00', '5.00', { commissionRate: '0.08' })],
    steps: [pay('68.00'), cancel('seller')],
    ends: 'closed_refunded'
  },
  {
    title: 'Three of five bulbs are on their way',
    currency: 'EUR',
    buyer: tom,
    lines: [line(lamp, 'bulb', 5, '3.99', '2.50')],
    steps: [pay('22.45'), ship(3)],
    ends: 'partially_shipped'
  },
  {
    title: 'Three of five bulbs came and are paid out; two are still to be shipped',
    currency: 'EUR',
    buyer: omar,
    lines: [line(lamp, 'bulb', 5, '3.99', '2.50', { commissionRate: '0.08' })],
    steps: [pay('22.45'), ship(3), confirm(3)],
    ends: 'partially_shipped'
  },
  {
    title: 'Two of three chairs come; the third is cancelled and its money goes back',
    currency: 'EUR',
    buyer: hana,
    lines: [line(lamp, 'chair', 3, '40.00', '10.00', { commissionRate: '0.08', splits: [{ partner: mill, amount: '10.00' }] })],
    steps: [pay('130.00'), ship(2), cancel('seller'), confirm()],
    ends: 'completed'
  },
  {
    title: 'Seven parts in three parcels, confirmed one after the other',
    currency: 'USD',
    buyer: tom,
    lines: [line(pixel, 'circuit kit', 7, '9.99', '1.00', { commissionRate: '0.029', splits: [{ partner: anna, rate: '0.01' }] })],
    steps: [pay('70.93'), ship(2), confirm(2), ship(2), confirm(1), ship(3), confirm(4)],
    ends: 'completed'
  },
  { title: 'A paid order waits for its seller', currency: 'USD', buyer: mei, lines: [line(pixel, 'camera', 1, '349.00', '0.00')], steps: [pay('349.00')], ends: 'awaiting_shipment' },
  { title: 'A parcel is on its way', currency: 'USD', buyer: mei, lines: [line(pixel, 'tripod', 1, '39.00', '9.00')], steps: [pay('48.00'), ship()], ends: 'awaiting_confirmation' },
  {
    title: 'Somebody confirms what was never shipped; refused, and nothing moves',
    currency: 'USD',
    buyer: omar,
    lines: [line(pixel, 'lens', 1, '120.00', '0.00')],
    steps: [pay('120.00'), { ...confirm(), refusedWith: 'illegal_in_state' }],
    ends: 'awaiting_shipment'
  },
  {
    title: 'Somebody cancels what is on its way; refused, and it is confirmed later',
    currency: 'USD',
    buyer: omar,
    lines: [line(pixel, 'filter', 1, '20.00', '4.00')],
    steps: [pay('24.00'), ship(), { ...cancel('buyer'), refusedWith: 'illegal_in_state' }, confirm()],
    ends: 'completed'
  },
  {
    title: 'A game key is delivered at once and confirms itself',
    currency: 'USD',
    buyer: tom,
    lines: [line(pixel, 'game key', 1, '29.99', '0.00', { fulfilment: 'instant', commissionRate: '0.15' })],
    steps: [pay('29.99'), ship(), silence('completed')],
    ends: 'completed'
  },
  {
    title: 'A course is sent as a link; its buyer has three days to look at it',
    currency: 'USD',
    buyer: hana,
    lines: [line(pixel, 'photo course', 1, '75.00', '0.00', { fulfilment: 'virtual' })],
    steps: [pay('75.00'), ship()],
    ends: 'awaiting_confirmation'
  },
  {
    title: 'A currency without cents: commission is rounded to whole won',
    currency: 'KRW',
    buyer: hana,
    lines: [line(seoul, 'serum', 3, '12900', '2500', { commissionRate: '0.033' })],
    steps: [pay('41200'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'A currency with a thousand parts: dates from the desert',
    currency: 'KWD',
    buyer: omar,
    lines: [line(dune, 'box of dates', 6, '4.125', '0.750', { commissionRate: '0.05', splits: [{ partner: anna, rate: '0.0125' }] })],
    steps: [pay('25.500'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'A share of less than one yen is nothing, and nothing jams',
    currency: 'JPY',
    buyer: hana,
    lines: [line(bento, 'chopstick rest', 1, '90', '0', { commissionRate: '0.004', splits: [{ partner: guild, rate: '0.005' }] })],
    steps: [pay('90'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'By ordinary mail: its buyer has thirty days to confirm',
    currency: 'JPY',
    buyer: mei,
    lines: [line(bento, 'bento box', 2, '3200', '380', { fulfilment: 'mail' })],
    steps: [pay('6780'), ship()],
    ends: 'awaiting_confirmation'
  },
  {
    title: 'A hundred over three partners leaves no residue',
    currency: 'CNY',
    buyer: tom,
    lines: [line(kettle, 'gong', 3, '33.33', '0.01', { splits: [{ partner: mill, rate: '0.333' }, { partner: anna, rate: '0.333' }, { partner: guild, rate: '0.334' }] })],
    steps: [pay('100.00'), ship(1), confirm(1), ship(2), confirm(2)],
    ends: 'completed'
  },
  {
    title: 'Omar talks the price down when he has paid most of it; what is above it goes back',
    currency: 'CNY',
    buyer: omar,
    lines: [line(kettle, 'copper kettle', 1, '120.00', '0.00', { commissionRate: '0.03' })],
    steps: [pay('50.00'), pay('30.00', { provider: 'voucher' }), reprice('60.00'), ship(), confirm()],
    ends: 'completed'
  },
  {
    title: 'Mei pays a price that was raised meanwhile; her money waits in suspense',
    currency: 'CNY',
    buyer: mei,
    lines: [line(loom, 'silk robe', 1, '210.00', '0.00')],
    steps: [reprice('240.00'), pay('210.00', { revision: 1 })],
    ends: 'awaiting_payment',
    suspense: '210.00'
  },
  {
    title: 'Hana changes her mind when she has paid; alone she cannot, with her seller\'s agreement she can',
    currency: 'CNY',
    buyer: hana,
    lines: [line(loom, 'quilt', 1, '180.00', '15.00')],
    steps: [pay('195.00'), { ...cancel('buyer'), refusedWith: 'seller_agreement_needed' }, cancel('buyer', { sellerAgreed: true })],
    ends: 'closed_refunded'
  },
  {
    title: 'Compliance looks at an order; until it has done so nothing is released',
    currency: 'CNY',
    buyer: hana,
    lines: [line(kettle, 'silver tea set', 1, '9000.00', '0.00', { commissionRate: '0.03' })],
    steps: [pay('9000.00'), ship(), hold('compliance'), { ...confirm(), refusedWith: 'release_blocked' }],
    ends: 'awaiting_confirmation'
  }
]

/** The bundled trades. Everybody in them is made up. */
export const STORIES = [...DRAFTS, ...AFTER_SALE].map(numbered)
