import { hana, kettle, lamp, loom, mei, mill, omar, tom } from './cast.ts'
import { confirm, line, pay, refund, refuse, sendBack, ship, takeBack, withdraw, type Draft } from './story.ts'

/** What may follow a sale: money that goes back, with the goods or without, before release and after. */
export const AFTER_SALE: readonly Draft[] = [
  {
    title: 'A bowl is chipped: Mei keeps it, and 5.00 go back',
    currency: 'CNY',
    buyer: mei,
    lines: [line(kettle, 'tea bowl', 1, '38.00', '6.00', { commissionRate: '0.05' })],
    steps: [pay('44.00'), ship(), refund('kept', { amount: '5.00', sellerAgreed: true }), confirm()],
    ends: 'completed'
  },
  {
    title: 'A parcel never came; its seller agrees, and all of it goes back',
    currency: 'GBP',
    buyer: tom,
    lines: [line(loom, 'blanket', 1, '65.00', '7.50')],
    steps: [pay('72.50'), ship(), refund('kept', { sellerAgreed: true })],
    ends: 'closed_refunded'
  },
  {
    title: 'Hana sends a coat back that she had confirmed: its seller, the mill and we give back what we took',
    currency: 'CNY',
    buyer: hana,
    lines: [line(loom, 'linen coat', 1, '260.00', '0.00', { commissionRate: '0.05', splits: [{ partner: mill, rate: '0.10' }] })],
    steps: [pay('260.00'), ship(), confirm(), refund('returned', { sellerAgreed: true }), sendBack(), takeBack()],
    ends: 'closed_refunded'
  },
  {
    title: 'Omar wants 40.00 back, the seller refuses, and he thinks better of it',
    currency: 'EUR',
    buyer: omar,
    lines: [line(lamp, 'ceiling lamp', 1, '140.00', '12.00', { commissionRate: '0.08' })],
    steps: [pay('152.00'), ship(), refund('kept', { amount: '40.00' }), { ...confirm(), refusedWith: 'refund_case_open' }, refuse(), withdraw(), confirm()],
    ends: 'completed'
  }
]
