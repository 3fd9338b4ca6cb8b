import t from 'tap'
import { sql } from 'kysely'
import { AUDIT_ACTIONS } from '../src/audit/catalogue.ts'
import { recordAudit } from '../src/audit/record.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { openApi } from './support/api.ts'

const api = await openApi()
const ours = await api.newTenant('ours')
const theirs = await api.newTenant('theirs')
const { admin, finance } = ours.keys

t.teardown(async () => { await api.close() })

interface Entry {
  readonly seq: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly details: Readonly<Record<string, unknown>>
  readonly recorded_at: string
}

/** A tenant's whole trail, newest first, read in pages. */
async function trail (query = '', key = admin): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body } = await api.call('GET', `/v1/audit?limit=3${query}${cursor === '' ? '' : `&starting_after=${cursor}`}`, { key })
    if (status !== 200) throw new Error(`the trail was refused: ${JSON.stringify(body)}`)
    entries.push(...body.data as unknown as Entry[])
    cursor = body.next_cursor
  }
  return entries
}

async function made (path: string, body: object = {}): Promise<{ readonly id: string, readonly key: string }> {
  const answer = await api.call('POST', path, { key: admin, body })
  if (answer.status !== 201) throw new Error(`${path} was refused: ${answer.text}`)
  return answer.body
}

const adminId = (await api.call('GET', '/v1/api-keys', { key: admin })).body.data.find((key) => (key as unknown as { role: string }).role === 'admin')?.id ?? ''

t.test('every administrative action is recorded: who did what to what', async (t) => {
  const started = (await trail()).length
  const { id } = await made('/v1/api-keys', { name: 'backend of Ada', role: 'marketplace', expires_at: '2099-01-01T00:00:00Z' })
  await made(`/v1/api-keys/${id}/rotation`, { overlap_seconds: 60 })
  await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  await api.call('PATCH', '/v1/tenant/settings', { key: admin, body: { fee_base: 'price_and_shipping', auto_confirm_ms: { express: 1, mail: 2_592_000_000 } } })
  const newest = (await trail()).slice(0, -started).reverse()
  t.same(newest.map(({ actor, action, subject, details }) => ({ actor, action, subject, details })), [
    { actor: adminId, action: 'key.created', subject: id, details: { role: 'marketplace', expires_at: '2099-01-01T00:00:00.000Z' } },
    { actor: adminId, action: 'key.rotated', subject: id, details: { overlap_seconds: 60 } },
    { actor: adminId, action: 'key.revoked', subject: id, details: {} },
    {
      actor: adminId,
      action: 'settings.changed',
      subject: 'ours',
      details: { fee_base: { from: 'price', to: 'price_and_shipping' }, 'auto_confirm_ms.express': { from: 864_000_000, to: 1 } }
    }
  ])
})

t.test('the trail begins with the tenant, has no gap, and its times only grow', async (t) => {
  const entries = (await trail()).reverse()
  t.match(entries[0], { seq: 1, actor: 'cli', action: 'tenant.created', subject: 'ours', details: { kind: 'sandbox' } })
  t.same(entries.map(({ seq }) => seq), entries.map((_, index) => index + 1))
  const { rows } = await sql<{ grows: boolean }>`
    select bool_and(recorded_at > before) as grows
    from (select recorded_at, lag(recorded_at) over (order by seq) as before from audit_entries where tenant_id = ${ours.id}) a`.execute(api.databases.read)
  t.same(rows, [{ grows: true }])
})

t.test('what changes nothing is not recorded', async (t) => {
  const { id } = await made('/v1/api-keys', { name: 'short', role: 'finance' })
  await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  const before = await trail()
  const { settings } = (await api.call('GET', '/v1/tenant', { key: admin })).body
  await api.call('DELETE', `/v1/api-keys/${id}`, { key: admin })
  await api.call('DELETE', `/v1/api-keys/${id}`, { key: theirs.keys.admin })
  await api.call('PATCH', '/v1/tenant/settings', { key: admin, body: { fee_base: settings['fee_base'] } })
  await api.call('POST', '/v1/api-keys', { key: admin, body: { name: 'late', role: 'finance', expires_at: '2020-01-01T00:00:00Z' } })
  await api.call('POST', `/v1/api-keys/${id}/rotation`, { key: admin, body: {} })
  t.same(await trail(), before)
})

t.test('an action and its entry commit together or not at all', async (t) => {
  const before = await trail()
  const undone = new Error('undone')
  await t.rejects(inTransaction(api.databases.read, async (trx) => {
    await recordAudit(trx, ours.id, [{ actor: 'cli', action: 'settings.changed', subject: 'ours', details: {} }])
    throw undone
  }), undone)
  t.same(await trail(), before)
})

t.test('acts at once are numbered one after the other, and two in one transaction in their order', async (t) => {
  const { id } = await api.newTenant('crowded')
  const { rows: [made] } = await sql<{ count: number }>`select count(*)::int as count from audit_entries where tenant_id = ${id}`.execute(api.databases.read)
  const earlier = made?.count ?? 0
  const acts = Array.from({ length: 30 }, (_, act) => ['a', 'b'].map((part) => ({ actor: 'cli', action: 'settings.changed', subject: `${act}${part}`, details: {} }) as const))
  await Promise.all(acts.map(async (entries) => { await inTransaction(api.databases.read, async (trx) => { await recordAudit(trx, id, entries) }) }))
  const { rows } = await sql<{ seq: bigint, subject: string }>`select seq, subject from audit_entries where tenant_id = ${id} order by seq`.execute(api.databases.read)
  t.same(rows.map(({ seq }) => Number(seq)), Array.from({ length: earlier + 60 }, (_, index) => index + 1))
  const subjects = rows.slice(earlier).map(({ subject }) => subject)
  t.equal(new Set(subjects).size, 60)
  for (let at = 0; at < subjects.length; at += 2) t.equal(subjects[at + 1], subjects[at]?.replace('a', 'b'))
})

t.test('the trail is filtered by action, subject and actor, and shows nothing of another tenant', async (t) => {
  const all = await trail()
  for (const action of new Set(all.map((entry) => entry.action))) t.same(await trail(`&action=${action}`), all.filter((entry) => entry.action === action))
  for (const subject of new Set(all.map((entry) => entry.subject))) t.same(await trail(`&subject=${subject}`), all.filter((entry) => entry.subject === subject))
  t.same(await trail('&actor=cli'), all.filter(({ actor }) => actor === 'cli'))
  t.same(await trail(`&actor=${adminId}&action=key.created`), all.filter(({ actor, action }) => actor === adminId && action === 'key.created'))
  t.same(await trail('&subject=theirs'), [])
  t.same((await trail('', theirs.keys.finance)).map(({ subject }) => subject).includes('ours'), false)
  t.same(await trail('', finance), all, 'finance reads the same')
  t.match(await api.call('GET', '/v1/audit?action=key.lost', { key: admin }), { status: 400, body: { errors: [{ pointer: '/action', code: 'not_one_of' }] } })
  for (const { action } of all) t.ok(action in AUDIT_ACTIONS)
})

t.test('neither a secret nor the name of a key is recorded', async (t) => {
  const { id, key } = await made('/v1/api-keys', { name: 'Ada Lovelace', role: 'finance' })
  const { key: second } = await made(`/v1/api-keys/${id}/rotation`)
  const { rows } = await sql<{ row: string }>`select a::text as row from audit_entries a`.execute(api.databases.read)
  const text = rows.map(({ row }) => row).join('\n')
  t.match(text, id)
  for (const secret of [key, second]) t.notOk(text.includes(secret.slice(-6)))
  t.notMatch(text, /Lovelace/)
})
