import { createHash } from 'node:crypto'
import t from 'tap'
import pg from 'pg'
import { buildApp } from '../src/app.ts'
import { IDENTITY_CHECKS } from '../src/customs/checks/identity-checks.ts'
import { LOOKUP_CHECKS } from '../src/customs/checks/lookup-checks.ts'
import { openDatabases } from '../src/db/pools.ts'
import { internalId } from '../src/kernel/ids.ts'
import { runVerify } from '../src/reports/verify.ts'
import { openApi } from './support/api.ts'
import { cardNumber, CustomsDesk, HONG, PURPOSE, TRUE_OF_LI } from './support/customs-desk.ts'

const api = await openApi()
const desk = new CustomsDesk(api, await api.newTenant('ours'))
const theirs = new CustomsDesk(api, await api.newTenant('theirs'))
const vandal = new pg.Client({ connectionString: api.database.superuserUrl })
await vandal.connect()

t.teardown(async () => {
  await vandal.end()
  await api.close()
})

interface Entry {
  readonly seq: number
  readonly verdict: string
  readonly hash: string
  readonly [field: string]: unknown
}

async function trail (query = '', key = desk.keys.auditor): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const body = await desk.made('GET', `audit/lookups?limit=7${query}${cursor === '' ? '' : `&starting_after=${cursor}`}`, undefined, key)
    entries.push(...body.data as unknown as Entry[])
    cursor = body.next_cursor
  }
  return entries
}

/** What verify finds while the trail is damaged; the damage is undone afterwards. */
async function findAfter (damage: string): Promise<string[]> {
  await vandal.query('begin')
  try {
    await vandal.query('set local session_replication_role = replica')
    const { rowCount } = await vandal.query(damage)
    if (rowCount === 0) throw new Error(`changed nothing: ${damage}`)
    // The checks read as the superuser does, within this transaction.
    const findings: string[] = []
    for (const { name, text } of await queries()) {
      const { rows } = await vandal.query<{ found: string }>(text)
      for (const { found } of rows) findings.push(`${name}: ${found}`)
    }
    return findings
  } finally {
    await vandal.query('rollback')
  }
}

/** The checks as plain queries: what they select, one text a row. */
async function queries (): Promise<ReadonlyArray<{ readonly name: string, readonly text: string }>> {
  const texts: Array<{ name: string, text: string }> = []
  for (const check of [...LOOKUP_CHECKS, ...IDENTITY_CHECKS]) {
    let text = ''
    const spy = openDatabases({ url: api.database.url })
    const original = spy.read.getExecutor()
    await check.find(spy.read.withPlugin({
      transformQuery: ({ node }) => {
        text = original.compileQuery(node, { queryId: 'check' }).sql.replace(/\$\d+/g, '20')
        return node
      },
      transformResult: async ({ result }) => await Promise.resolve(result)
    }))
    await spy.close()
    texts.push({ name: check.name, text: `select found::text as found from (${text}) as found` })
  }
  return texts
}

const li = await desk.identity()
const trade = await desk.granted(li)
for (const claim of [TRUE_OF_LI, { ...TRUE_OF_LI, name: 'SHIFAN LI' }, {}, TRUE_OF_LI, ...[1, 2, 3].map((serial) => ({ ...TRUE_OF_LI, id_number: cardNumber(serial) }))]) await desk.ask(trade, claim)

t.test('the trail tells who asked about whom, when, what for, and what was answered, and not what was claimed', async (t) => {
  const entries = await trail()
  t.same(entries.map(({ seq }) => seq), [7, 6, 5, 4, 3, 2, 1])
  t.same(entries.map(({ verdict, repeated }) => `${verdict}${repeated === true ? ' again' : ''}`).reverse(), ['match', 'close_match', 'insufficient', 'match again', 'no_match', 'no_match', 'locked'])
  const [last] = entries
  t.strictSame(Object.keys(last ?? {}).sort(), ['at', 'broker', 'hash', 'identity', 'jurisdiction', 'match', 'party', 'purpose', 'repeated', 'role', 'seq', 'trade', 'verdict'])
  t.match(last, { broker: await desk.keyId('broker'), trade, identity: li, match: null, role: 'orderer', jurisdiction: 'CN', purpose: PURPOSE })
  t.same((await trail('&verdict=no_match')).map(({ seq }) => seq), [6, 5])
  t.same((await trail(`&trade=${await desk.trade()}`)).length, 0)
  t.same(await trail('', theirs.keys.auditor), [])
})

t.test('a buyer is shown who asked about him', async (t) => {
  const { party } = await desk.made('GET', `identities/${li}`) as unknown as { party: string }
  const { data } = await desk.made('GET', `parties/${party}/lookups?limit=100`)
  t.equal(data.length, 7)
  t.same((await desk.made('GET', `parties/${await desk.party('buyer')}/lookups`)).data, [])
  t.match(await theirs.send('GET', `parties/${party}/lookups`), { status: 404 })
  t.match(await desk.send('GET', `parties/${party}/lookups`, undefined, desk.keys.broker), { status: 403 })
})

t.test('whoever keeps the entries adds up the chain himself', async (t) => {
  const { rows } = await vandal.query<Record<string, string | boolean>>(`
    select *, (extract(epoch from recorded_at) * 1000000)::bigint as micros, encode(hash, 'hex') as hex from lookups where tenant_id = ${desk.tenantId} order by seq`)
  let previous = Buffer.alloc(32)
  for (const row of rows) {
    const parts = ['tenant_id', 'seq', 'key_id', 'trade_id', 'identity_id', 'party_id', 'match_id', 'role', 'jurisdiction', 'purpose', 'verdict', 'repeated', 'micros'].map((name) => String(row[name] ?? ''))
    previous = createHash('sha256').update(previous).update(parts.join('|')).digest()
    t.equal(row['hex'], previous.toString('hex'), `entry ${String(row['seq'])}`)
  }
  t.same((await trail())[0]?.hash, previous.toString('hex'))
})

t.test('verify is content with the trail, and names every way to tamper with it', async (t) => {
  const { checks } = await runVerify(api.databases.report)
  t.same(checks.flatMap(({ findings }) => findings), [])
  const mine = `tenant_id = ${desk.tenantId}`
  const damages: ReadonlyArray<readonly [damage: string, found: RegExp]> = [
    [`update lookups set verdict = 'no_match' where ${mine} and seq = 1`, /lookup-chain.*,1,.*not what its hash/],
    [`update lookups set purpose = 'research' where ${mine} and seq = 3`, /lookup-chain.*,3,.*not what its hash/],
    [`update lookups set key_id = '${internalId('key', await theirs.keyId('broker'))}' where ${mine} and seq = 2`, /lookup-chain.*,2,/],
    [`update lookups set recorded_at = recorded_at + interval '1 microsecond' where ${mine} and seq = 5`, /lookup-chain.*,5,/],
    [`update lookups set repeated = not repeated where ${mine} and seq = 4`, /lookup-chain.*,4,/],
    [`update lookups set hash = sha256('x') where ${mine} and seq = 4`, /lookup-chain.*,4,/],
    [`update lookups l set verdict = 'no_match', hash = lookup_hash((select hash from lookups p where p.tenant_id = l.tenant_id and p.seq = l.seq - 1), row(l.tenant_id, l.seq, l.key_id, l.trade_id, l.identity_id, l.party_id, l.match_id, l.role, l.jurisdiction, l.purpose, 'no_match', l.repeated, l.recorded_at, l.hash)::lookups) where l.${mine} and l.seq = 3`, /lookup-chain.*,4,/],
    [`delete from lookups where ${mine} and seq = 3`, /lookup-chain.*,4,.*before it is missing/],
    [`delete from lookups where ${mine} and seq = 7`, /lookup-chain.*the chain ends at entry 6/],
    [`delete from lookups where ${mine}`, /lookup-chain.*the chain ends at entry 0/],
    [`update lookup_heads set hash = sha256('x') where ${mine}`, /lookup-chain.*last hash/],
    [`delete from lookup_heads where ${mine}`, /lookup-chain.*end of the chain is missing/],
    [`update matches set verdict = 'match' where ${mine} and verdict = 'no_match'`, /lookup-matches/],
    [`delete from matches where ${mine} and verdict = 'insufficient'`, /lookup-matches.*missing|distinct-claims/],
    [`insert into matches select tenant_id, gen_random_uuid(), trade_id, key_id, identity_id, role, jurisdiction, purpose, verdict, fields_checked, assurance, commitment, policy, created_at from matches where ${mine} limit 1`, /lookup-matches/],
    [`update trade_customs set claims = claims - 1 where ${mine}`, /distinct-claims/],
    [`update identities set erased_at = now() where ${mine}`, /erased-identities.*its data is there/],
    [`delete from identity_secrets where ${mine}`, /erased-identities.*its data is gone/],
    [`update identities set party_id = gen_random_uuid() where ${mine}`, /customs-references/],
    [`update trade_customs set trade_id = gen_random_uuid() where ${mine}`, /customs-references/],
    [`update consents set party_id = gen_random_uuid() where ${mine}`, /customs-references.*nobody of that id/]
  ]
  for (const [damage, found] of damages) t.match((await findAfter(damage)).join('\n').replaceAll('"', ''), found, damage)
})

t.test('entries are never changed or deleted, whoever tries', async (t) => {
  for (const change of ['update lookups set verdict = \'match\'', 'delete from lookups', 'truncate lookups', 'delete from lookup_heads', 'update matches set verdict = \'match\'', 'delete from trade_customs']) {
    await t.rejects(vandal.query(change), /never changed or deleted|restrict_violation/, change)
  }
})

t.test('two processes that answer a hundred questions at once write one chain', async (t) => {
  const databases = openDatabases({ url: api.database.url })
  const other = await buildApp({ ...api.services, databases })
  const hong = await desk.identity(HONG)
  const trades: string[] = []
  for (let index = 0; index < 10; index += 1) trades.push(await desk.granted(index % 2 === 0 ? li : hong))
  const before = (await trail()).length
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
    const payload = { trade: trades[index % 10], role: 'payer', jurisdiction: 'CN', purpose: PURPOSE, claim: { ...TRUE_OF_LI, name: index < 50 ? '李示范' : '李示' } }
    return await (index % 2 === 0 ? api.app : other).inject({ method: 'POST', url: '/v1/matches', headers: { authorization: `Bearer ${desk.keys.broker}` }, payload })
  }))
  t.same([...new Set(answers.map(({ statusCode }) => statusCode))], [201])
  t.equal((await trail()).length, before + 100)
  const { checks } = await runVerify(api.databases.report, LOOKUP_CHECKS)
  t.same(checks.flatMap(({ findings }) => findings), [])
  await other.close()
  await databases.close()
})
