import fc from 'fast-check'
import t from 'tap'
import { changeProgramme } from '../src/coins/change-programme.ts'
import { parseTerms } from '../src/coins/parse-programme.ts'
import { tryGrants } from '../src/coins/try-grants.ts'
import { internalId } from '../src/kernel/ids.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { CampaignDesk } from './support/campaign-desk.ts'
import { origin } from './support/memory-books.ts'
import { owe } from './support/owe.ts'
import { codeOf, refusalOf } from './support/trade-desk.ts'

/** A desk whose seller has 85.00 available: what he got for a bowl of 100.00. */
function deskWithSeller (): CampaignDesk {
  const desk = new CampaignDesk({ earn_rate: '0' })
  const trade = desk.open([{ unit_price: '100.00', commission_rate: '0.15' }])
  desk.pay(trade)
  desk.ship(trade)
  desk.confirm(trade)
  return desk
}

function money (desk: CampaignDesk): { available: bigint, owed: bigint } {
  return {
    available: desk.books.balance({ class: 'seller_available', owner: desk.seller, unit: 'CNY' }), owed: desk.books.balance({ class: 'party_receivable', owner: desk.seller, unit: 'CNY' })
  }
}

t.test('the platform\'s campaign posts nothing until it grants, and then its expense', async (t) => {
  const desk = new CampaignDesk()
  const campaign = desk.campaign({ buyer_cap: 400 })
  t.match(campaign, { state: 'running', funder: 'platform', budget: '1000', granted: '0', left: '1000', grants: 0, budget_value: '10.00', left_value: '10.00', buyer_cap: '400', transactions: [] })
  const granted = desk.grant1(campaign, { ref: 'G-1', coins: 300, reason: 'game_reward' })
  t.match(granted, { ref: 'G-1', outcome: 'granted', lot: /^lot_/, coins: '300', expires_at: '2027-02-01T00:00:00.000Z', repeated: false })
  t.strictSame(desk.lastPostings(), ['coin_expense / coin_liability 3.00', 'coin_issuance / coins_available 300'])
  t.match(desk.books.transactions.at(-1), { kind: 'coins.grant', subject: campaign.id, description: 'game_reward G-1' })
  t.match(desk.books.events.at(-1), { type: 'coins.granted', subject: desk.buyer, data: { coin: 'TEACOIN', coins: '300', campaign: campaign.id, ref: 'G-1', reason: 'game_reward', lot: granted.lot } })
  t.match(desk.row(campaign), { granted: 300n, grants: 1n, version: 2 })
  t.strictSame(desk.coins(), { pending: 0n, available: 300n, owed: 0n }, 'they can be spent at once')
  t.strictSame(desk.faults(), [])
})

t.test('a seller puts the whole budget aside, and is refused where he has less', async (t) => {
  const desk = deskWithSeller()
  t.equal(codeOf(() => desk.campaign({ funder: desk.seller, budget: 8_501 })), 'insufficient_funds')
  const campaign = desk.campaign({ funder: desk.seller, budget: 8_500 })
  t.match(campaign, { funder: desk.seller, budget_value: '85.00', transactions: [/^txn_/] })
  t.strictSame(desk.lastPostings(), ['seller_available / coin_campaign_budget 85.00'])
  desk.grant1(campaign, { ref: 'PRIZE-1', coins: 500, reason: 'live_stream_prize' })
  t.strictSame(desk.lastPostings(), ['coin_campaign_budget / coin_liability 5.00', 'coin_issuance / coins_available 500'])
  t.strictSame(desk.faults(), [])
})

t.test('what a seller\'s campaign does not give goes back when it is ended, once, and first settles what he owes', async (t) => {
  const desk = deskWithSeller()
  const campaign = desk.campaign({ funder: desk.seller, budget: 8_000 })
  desk.grant1(campaign, { ref: 'A', coins: 1_000 })
  desk.books.submit(owe(origin(), { party: desk.seller, role: 'seller', unit: 'CNY', amount: 2_500n }))
  t.strictSame(money(desk), { available: 0n, owed: 2_000n })
  const ended = desk.end(campaign)
  t.strictSame(desk.lastPostings(), ['coin_campaign_budget / seller_available 70.00', 'seller_available / party_receivable 20.00'])
  t.match(ended, { state: 'ended', granted: '1000', left: '0', left_value: '0.00', ended_at: '2026-01-31T08:00:00.000Z' })
  t.strictSame(money(desk), { available: 5_000n, owed: 0n })
  t.equal(codeOf(() => desk.end(campaign)), 'campaign_over')
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'B', coins: 1 })), 'campaign_over')
  t.equal(codeOf(() => desk.change(campaign, { budget: 9_000 })), 'campaign_over')
  t.match(desk.books.events.at(-1), { type: 'coin_campaign.ended', data: { unused: '7000', granted: '1000' } })
  t.strictSame(desk.faults(), [])
})

t.test('a campaign is over at its end, whether or not its timer came, and the timer gives back once', async (t) => {
  const desk = deskWithSeller()
  const campaign = desk.campaign({ funder: desk.seller, budget: 8_000, ends_at: desk.inDays(10) })
  const found = desk.row(campaign)
  t.throws(() => { desk.sweepCampaign(campaign) }, /not over by the books/, 'a clock that was set back uses up no key')
  desk.wait(10 * DAY_MS - 1)
  desk.grant1(campaign, { ref: 'A', coins: 100 })
  desk.wait(1)
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'B', coins: 1 })), 'campaign_over')
  t.equal(codeOf(() => desk.change(campaign, { ends_at: desk.inDays(20) })), 'campaign_over', 'nobody brings it back')
  const before = desk.books.transactions.length
  desk.sweepCampaign(campaign, found)
  desk.sweepCampaign(campaign)
  t.equal(desk.books.transactions.length, before + 1)
  t.strictSame(desk.lastPostings(), ['coin_campaign_budget / seller_available 79.00'])
  t.strictSame(money(desk), { available: 8_400n, owed: 0n })
  t.strictSame(desk.faults(), [])
})

t.test('it grants in its period only, and a period is one that is not over', async (t) => {
  const desk = new CampaignDesk()
  const campaign = desk.campaign({ starts_at: desk.inDays(2), ends_at: desk.inDays(4) })
  t.match(campaign, { state: 'scheduled' })
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'A', coins: 1 })), 'campaign_not_begun')
  desk.wait(2 * DAY_MS)
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'A', coins: 1 })), 'answered')
  for (const period of [{ ends_at: desk.inDays(0) }, { ends_at: desk.inDays(-1) }, { starts_at: desk.inDays(2), ends_at: desk.inDays(2) }]) {
    t.match(refusalOf(() => desk.campaign(period)), { code: 'invalid_time', facts: { errors: [{ pointer: '/ends_at' }] } })
  }
  t.equal(codeOf(() => desk.change(campaign, { ends_at: desk.inDays(-1) })), 'invalid_time')
  t.match(desk.change(campaign, { ends_at: desk.inDays(1) }), { ends_at: desk.inDays(1), version: 3 })
})

t.test('neither the budget nor a buyer\'s cap is exceeded by a coin, and the refusal tells what is left', async (t) => {
  const desk = new CampaignDesk()
  const campaign = desk.campaign({ budget: 1_000, buyer_cap: 600 })
  const other = desk.newBuyer('other')
  desk.grant1(campaign, { ref: 'A', coins: 500 })
  t.match(refusalOf(() => desk.grant1(campaign, { ref: 'B', coins: 101 })), { code: 'buyer_cap_reached', message: /at most 600 .* has got 500/, facts: { errors: [{ pointer: '/coins' }] } })
  desk.grant1(campaign, { ref: 'B', coins: 100 })
  t.match(refusalOf(() => desk.grant1(campaign, { ref: 'C', coins: 401, buyer: other })), { code: 'campaign_budget_used', message: /400 coins left/ })
  desk.grant1(campaign, { ref: 'C', coins: 400, buyer: other })
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'D', coins: 1, buyer: other })), 'campaign_budget_used')
  t.match(desk.row(campaign), { granted: 1_000n, grants: 3n })
  t.strictSame([desk.coinsOf(desk.buyer), desk.coinsOf(other)], [600n, 400n])
  t.strictSame(desk.faults(), [])
})

t.test('a reference is granted once in its campaign, for ever, whoever sends it again', async (t) => {
  const desk = new CampaignDesk()
  const [campaign, second] = [desk.campaign(), desk.campaign()]
  const first = desk.grant1(campaign, { ref: 'R', coins: 100, key: 'api:one' })
  t.strictSame(desk.grant1(campaign, { ref: 'R', coins: 100, key: 'api:one' }), first, 'under its key it is answered as then')
  t.strictSame(desk.grant1(campaign, { ref: 'R', coins: 100, key: 'api:two' }), { ...first, repeated: true }, 'and under another one it is known')
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'R', coins: 101 })), 'grant_known')
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'R', coins: 100, buyer: desk.newBuyer('other') })), 'grant_known')
  t.equal(codeOf(() => desk.grant1(second, { ref: 'R', coins: 101 })), 'answered', 'of another campaign it is another grant')
  t.equal(desk.coinsOf(desk.buyer), 201n)
  desk.buy([{ unit_price: '200.00', commission_rate: '0' }])
  desk.end(campaign)
  t.strictSame(desk.grant1(campaign, { ref: 'R', coins: 100 }), { ...first, repeated: true }, 'also when it was spent, and its campaign is over')
  t.strictSame(desk.faults(), [])
})

t.test('what was refused is refused again under its key, and decided anew under another one', async (t) => {
  const desk = new CampaignDesk()
  const campaign = desk.campaign({ budget: 100 })
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'R', coins: 150, key: 'api:one' })), 'campaign_budget_used')
  desk.change(campaign, { budget: 200 })
  t.equal(codeOf(() => desk.grant1(campaign, { ref: 'R', coins: 150, key: 'api:one' })), 'campaign_budget_used')
  t.match(desk.grant1(campaign, { ref: 'R', coins: 150, key: 'api:two' }), { outcome: 'granted', repeated: false })
  t.strictSame(desk.faults(), [])
})

t.test('only buyers get coins, and only of a campaign that is there', async (t) => {
  const desk = new CampaignDesk()
  const campaign = desk.campaign()
  t.match(refusalOf(() => desk.grant1(campaign, { ref: 'A', coins: 1, buyer: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd' })), { code: 'unknown_party', facts: { errors: [{ pointer: '/buyer' }] } })
  t.match(refusalOf(() => desk.grant1(campaign, { ref: 'A', coins: 1, buyer: desk.seller })), { code: 'wrong_party_kind' })
  t.equal(codeOf(() => desk.grant1({ ...campaign, id: 'cmp_01kaj6n8k2f5rvt4r9e8q7m3zd' }, { ref: 'A', coins: 1 })), 'not_found')
  for (const [more, code] of [
    [{ programme: 'cpr_01kaj6n8k2f5rvt4r9e8q7m3zd' }, 'unknown_programme'], [{ funder: desk.buyer }, 'wrong_party_kind'], [{ funder: 'pty_01kaj6n8k2f5rvt4r9e8q7m3zd' }, 'unknown_party']
  ] as const) t.equal(codeOf(() => desk.campaign(more)), code)
})

t.test('a budget grows and shrinks with its seller\'s money, never below what was granted', async (t) => {
  const desk = deskWithSeller()
  const campaign = desk.campaign({ funder: desk.seller, budget: 1_000 })
  desk.grant1(campaign, { ref: 'A', coins: 600 })
  t.match(desk.change(campaign, { budget: 8_500 }), { budget: '8500', left: '7900', transactions: [/^txn_/] })
  t.strictSame(desk.lastPostings(), ['seller_available / coin_campaign_budget 75.00'])
  t.equal(codeOf(() => desk.change(campaign, { budget: 8_501 })), 'insufficient_funds')
  t.match(refusalOf(() => desk.change(campaign, { budget: 599 })), { code: 'budget_below_granted', message: /600/ })
  t.match(desk.change(campaign, { budget: 600, name: 'Summer', buyer_cap: 10 }), { budget: '600', left: '0', name: 'Summer', buyer_cap: '10' })
  t.strictSame(desk.lastPostings(), ['coin_campaign_budget / seller_available 79.00'])
  t.match(desk.books.events.at(-1), { type: 'coin_campaign.changed', data: { from: { budget: '8500', name: 'Spring', buyer_cap: null }, to: { budget: '600', name: 'Summer', buyer_cap: '10' } } })
  const events = desk.books.events.length
  t.match(desk.change(campaign, { budget: 600 }), { version: desk.row(campaign).version, transactions: [] })
  t.equal(desk.books.events.length, events, 'what changes nothing is no change')
  t.strictSame(desk.faults(), [])
})

t.test('granted coins end by the terms of their programme at the grant, and cost nobody anything twice', async (t) => {
  const desk = new CampaignDesk({ expiry: { months: 1, until: 'end_of_day' } })
  const campaign = desk.campaign({ ends_at: desk.inDays(60) })
  t.match(desk.grant1(campaign, { ref: 'A', coins: 100 }), { expires_at: '2026-03-01T00:00:00.000Z' })
  desk.books.submit(changeProgramme(origin(), { currency: 'CNY', terms: parseTerms({ expiry: null }), person: desk.person }))
  t.match(desk.grant1(campaign, { ref: 'B', coins: 50 }), { expires_at: null })
  desk.wait(29 * DAY_MS)
  desk.sweepWallet()
  t.strictSame(desk.lastPostings(), ['coins_available / coins_expired 100', 'coin_liability / coin_breakage_income 1.00'])
  t.equal(desk.coinsOf(desk.buyer), 50n)
  t.match(desk.row(campaign), { granted: 150n }, 'what expired is not the campaign\'s again')
})

t.test('a dry run decides its rows together, as they would be, and keeps nothing', async (t) => {
  const desk = new CampaignDesk()
  const campaign = desk.campaign({ budget: 100, buyer_cap: 80 })
  desk.grant1(campaign, { ref: 'A', coins: 10 })
  const other = desk.newBuyer('other')
  const wanted = (ref: string, coins: bigint, buyer = desk.buyer) => ({ ref, buyerId: internalId('pty', buyer), coins, reason: null, buyer })
  const rows = [
    wanted('A', 10n), wanted('B', 60n), wanted('C', 20n), new Refusal('invalid_request', 'It is no row.'), wanted('B', 60n), wanted('B', 61n), wanted('D', 31n, other), wanted('E', 30n, other)
  ].map((each, index) => ({ row: index + 1, ref: each instanceof Refusal ? null : each.ref, wanted: each }))
  const before = [desk.books.transactions.length, desk.books.events.length, desk.coinsOf(desk.buyer)]
  const tried = desk.books.preview(tryGrants({ tenantId: 1, key: 'api:try' }, desk.target(campaign), rows))
  t.match(tried, [
    { row: 1, ref: 'A', outcome: 'granted', repeated: true, would_post: [] },
    { row: 2, ref: 'B', outcome: 'granted', repeated: false, would_post: [{ kind: 'coins.grant', subject: campaign.id, transfers: [{ amount: '0.60' }, { amount: '60', unit: 'TEACOIN' }] }] },
    { row: 3, ref: 'C', outcome: 'refused', code: 'buyer_cap_reached' },
    { row: 4, ref: null, outcome: 'refused', code: 'invalid_request' },
    { row: 5, ref: 'B', outcome: 'granted', repeated: true, would_post: [] },
    { row: 6, ref: 'B', outcome: 'refused', code: 'grant_known' },
    { row: 7, ref: 'D', outcome: 'refused', code: 'campaign_budget_used' },
    { row: 8, ref: 'E', outcome: 'granted', coins: '30' }
  ])
  t.strictSame([desk.books.transactions.length, desk.books.events.length, desk.coinsOf(desk.buyer)], before)
  const real = rows.flatMap(({ wanted: each }) => each instanceof Refusal ? [] : [codeOf(() => desk.grant1(campaign, { ...each, coins: Number(each.coins), reason: undefined, key: 'api:real' }))])
  t.strictSame(real, ['answered', 'answered', 'buyer_cap_reached', 'answered', 'grant_known', 'campaign_budget_used', 'answered'])
})

t.test('whatever is asked of campaigns, none gives more than its budget or a buyer\'s cap, and money and coins add up', async () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('grant' as const), campaign: fc.nat(2), ref: fc.nat(12), buyer: fc.nat(2), coins: fc.integer({ min: 1, max: 900 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), campaign: fc.nat(2), budget: fc.integer({ min: 1, max: 3_000 }), cap: fc.option(fc.integer({ min: 1, max: 1_000 })) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), campaign: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('buy' as const), price: fc.integer({ min: 1, max: 90 }) }) }
  )
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const desk = deskWithSeller()
    const buyers = [desk.buyer, desk.newBuyer('b'), desk.newBuyer('c')]
    const campaigns = [desk.campaign({ buyer_cap: 700 }), desk.campaign({ funder: desk.seller, budget: 2_000, ends_at: desk.inDays(12) }), desk.campaign({ funder: desk.seller, budget: 500, buyer_cap: 300 })]
    const pick = <Item>(items: readonly Item[], index: number): Item => items[index] as Item
    /** What each reference was granted with first. */
    const known = new Map<string, string>()
    for (const each of steps) {
      switch (each.kind) {
        case 'grant': {
          const [campaign, buyer, before] = [pick(campaigns, each.campaign), pick(buyers, each.buyer), desk.coinsOf(pick(buyers, each.buyer))]
          const code = codeOf(() => desk.grant1(campaign, { ref: `R-${each.ref}`, coins: each.coins, buyer }))
          const [name, facts] = [`${each.campaign} ${each.ref}`, `${each.buyer} ${each.coins}`]
          const gained = desk.coinsOf(buyer) - before
          const expected = code === 'answered' && !known.has(name) ? BigInt(each.coins) : 0n
          if (gained !== expected) throw new Error(`${code}: ${gained} coins instead of ${expected}`)
          if (known.has(name) && (code === 'answered') !== (known.get(name) === facts)) throw new Error(`a known reference was ${code}`)
          if (code === 'answered' && !known.has(name)) known.set(name, facts)
          break
        }
        case 'change':
          codeOf(() => desk.change(pick(campaigns, each.campaign), { budget: each.budget, buyer_cap: each.cap }))
          break
        case 'end':
          codeOf(() => desk.end(pick(campaigns, each.campaign)))
          break
        case 'wait':
          desk.wait(each.days * DAY_MS)
          for (const campaign of campaigns) if (desk.row(campaign).endsAt <= desk.books.now) desk.sweepCampaign(campaign)
          break
        case 'buy':
          desk.buy([{ unit_price: `${each.price}.00`, commission_rate: '0.05' }])
          break
      }
      const faults = desk.faults()
      if (faults.length > 0) throw new Error(faults.join('; '))
    }
    for (const campaign of campaigns) if (desk.row(campaign).granted > desk.row(campaign).budget) throw new Error('a budget was exceeded')
  }), { numRuns: 400 })
})
