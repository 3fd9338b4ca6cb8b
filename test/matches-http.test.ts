import t from 'tap'
import { openApi } from './support/api.ts'
import { cardNumber, CustomsDesk, HONG, LI, TRUE_OF_HONG, TRUE_OF_LI } from './support/customs-desk.ts'

const api = await openApi()
const desk = new CustomsDesk(api, await api.newTenant('ours'))

t.teardown(async () => { await api.close() })

t.test('a broker learns whether the orderer is who he believes, and nothing else', async (t) => {
  const trade = await desk.granted(await desk.identity())
  const { status, body } = await desk.ask(trade, TRUE_OF_LI)
  t.equal(status, 201)
  t.strictSame(body, { id: body.id, trade, role: 'orderer', jurisdiction: 'CN', verdict: 'match', attempts_left: 4 })
  t.match(body.id, /^mat_/)
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, phone: '13900139000' })).body, { verdict: 'no_match', attempts_left: 3 })
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, name: 'SHIFAN LI' })).body, { verdict: 'close_match', attempts_left: 2 })
  t.match((await desk.ask(trade, { name: '李示范' })).body, { verdict: 'insufficient', attempts_left: 1 })
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, id_number: cardNumber(7) })).body, { verdict: 'no_match', attempts_left: 0 })
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, id_number: cardNumber(8) })), { status: 429, body: { code: 'match_locked' } })
  t.match((await desk.ask(trade, { ...TRUE_OF_LI, name: '李 示范' })).body, { id: body.id, verdict: 'match', attempts_left: 0 }, 'the same claim, written otherwise, is answered for nothing')
})

t.test('Korea compares code, name, telephone and postcode', async (t) => {
  const korean = { jurisdiction: 'KR', role: 'consignee' }
  const trade = await desk.granted(await desk.identity(HONG))
  t.match((await desk.ask(trade, TRUE_OF_HONG, korean)).body, { verdict: 'match' })
  const { postcode, ...without } = TRUE_OF_HONG
  t.match((await desk.ask(trade, without, korean)).body, { verdict: 'insufficient' }, `a postcode is held, so it is asked for (${postcode})`)
  t.match((await desk.ask(trade, { ...TRUE_OF_HONG, postcode: '04525' }, korean)).body, { verdict: 'no_match' })
})

t.test('a batch answers each question as it would be answered by itself', async (t) => {
  const trade = await desk.granted(await desk.identity(LI))
  const question = { trade, role: 'orderer', jurisdiction: 'CN', purpose: 'customs_clearance', claim: TRUE_OF_LI }
  const { status, body } = await desk.send('POST', 'match-batches', {
    matches: [question, { ...question, trade: await desk.trade() }, { ...question, claim: { ...TRUE_OF_LI, id_number: '110101199003070012' } }, question]
  }, desk.keys.broker)
  t.equal(status, 201)
  t.match(body, {
    results: [
      { match: { trade, verdict: 'match', attempts_left: 4 }, problem: null },
      { match: null, problem: { code: 'not_found', status: 404 } },
      { match: null, problem: { code: 'id_checksum', status: 422, errors: [{ pointer: '/matches/2/claim/id_number' }] } },
      { match: { verdict: 'match', attempts_left: 4 } }
    ]
  })
  t.match(await desk.send('GET', `match-batches/${body.id}`, undefined, desk.keys.broker), { status: 200, body })
  t.match(await desk.send('POST', 'match-batches', { matches: Array.from({ length: 101 }, () => question) }, desk.keys.broker), { status: 413, body: { code: 'batch_too_large' } })
})
