import fc from 'fast-check'
import { sql } from 'kysely'
import { pino } from 'pino'
import t from 'tap'
import { createKey } from '../src/auth/keys.ts'
import { openDatabases } from '../src/db/pools.ts'
import { inTransaction } from '../src/db/transaction.ts'
import { Journal } from '../src/journal/journal.ts'
import { internalId } from '../src/kernel/ids.ts'
import { ACCOUNT_CLASSES, type AccountClass } from '../src/ledger/account-classes.ts'
import { MANUAL_JOURNAL_CHECKS } from '../src/manual-journals/checks.ts'
import { approveJournal } from '../src/manual-journals/decide.ts'
import { MANUAL_CLASS_NAMES } from '../src/manual-journals/manual-accounts.ts'
import { proposeReversal } from '../src/manual-journals/propose.ts'
import { runVerify } from '../src/reports/verify.ts'
import { openApi, type Answer } from './support/api.ts'
import { origin } from './support/memory-books.ts'
import { runOnJournal } from './support/journal-runner.ts'

const FEES = { debit: { class: 'provider_fee_expense' }, credit: { class: 'bank_operating', owner: 'main' }, amount: '12.50' }

const api = await openApi()
const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
const { id: tenantId, keys } = await api.newTenant('books')
const vandal = openDatabases({ url: api.database.superuserUrl })
const another = await newKey(tenantId)
const [ada, ben] = [keys.finance, another.secret]
const benId = another.apiKey.id
// Finance reads its own keys' ids in what it proposed.
const adaId = internalId('key', String((await propose(ada)).body['proposed_by'])) ?? ''

t.teardown(async () => {
  await vandal.close()
  await api.close()
})

async function newKey (tenant: number) {
  return await inTransaction(api.databases.read, async (trx) => await createKey(trx, { tenantId: tenant, tenantKind: 'sandbox', name: 'another', role: 'finance', actor: 'cli' }))
}

async function propose (key: string, body: object = {}): Promise<Answer> {
  return await api.call('POST', '/v1/manual-journals', { key, body: { description: 'Bank charges', currency: 'CNY', postings: [FEES], ...body } })
}

async function act (key: string, id: string, action: 'approval' | 'rejection' | 'withdrawal' | 'reversal', query = ''): Promise<Answer> {
  return await api.call('POST', `/v1/manual-journals/${id}/${action}${query}`, { key, body: action === 'rejection' ? { reason: 'The bank says 12.05' } : {} })
}

async function posted (body: object = {}): Promise<string> {
  const { body: { id } } = await propose(ada, body)
  t.equal((await act(ben, id, 'approval')).status, 201)
  return id
}

async function findings (): Promise<string[]> {
  const { checks } = await runVerify(api.databases.report)
  return checks.flatMap((check) => check.findings.map(({ check, what }) => `${check}: ${what}`))
}

const balances = async () => (await api.call('GET', '/v1/reports/trial-balance', { key: ada })).body['units']

t.test('a proposal books nothing until another person approves it, and then exactly what it says', async (t) => {
  const before = await balances()
  const proposal = await propose(ada, { occurred_at: '2026-01-31T15:59:59Z', description: 'Charges “January” ＝1' })
  t.match(proposal, { status: 201, body: { state: 'proposed', total: '12.50', transaction: null, decided_by: null } })
  t.strictSame(await balances(), before)
  const { id } = proposal.body

  const dry = await act(ben, id, 'approval', '?dry_run=true')
  t.match(dry, { status: 200, body: { dry_run: true, would_post: [{ kind: 'manual.journal', transfers: [{ amount: '12.50', debit: { class: 'provider_fee_expense' } }] }] } })
  t.strictSame(await balances(), before)

  const approval = await act(ben, id, 'approval')
  t.match(approval, { status: 201, body: { state: 'posted', reversed_by: null } })
  t.not(approval.body['decided_by'], approval.body['proposed_by'])
  t.strictSame((await api.call('GET', `/v1/manual-journals/${id}`, { key: keys.admin })).body, approval.body)
  const transaction = (await api.call('GET', `/v1/transactions/${String(approval.body['transaction'])}`, { key: ben })).body
  t.match(transaction, {
    kind: 'manual.journal',
    subject: id,
    description: 'Charges “January” ＝1',
    occurred_at: '2026-01-31T15:59:59.000Z',
    reverses: null,
    transfers: [{ amount: '12.50', unit: 'CNY', debit: { class: 'provider_fee_expense', owner: '' }, credit: { class: 'bank_operating', owner: 'main' } }]
  })
  const events = (await api.call('GET', '/v1/events?limit=100', { key: ada })).body.data.filter((event) => (event as unknown as { subject: string }).subject === id)
  t.match(events, [
    { type: 'manual_journal.proposed', data: { total: '12.50', proposed_by: approval.body['proposed_by'] } },
    { type: 'manual_journal.posted', data: { transaction: approval.body['transaction'], decided_by: approval.body['decided_by'] } }
  ])
})

t.test('who proposed it can neither approve nor reject it, and nobody else can withdraw it', async (t) => {
  const { body: { id } } = await propose(ada)
  for (const action of ['approval', 'rejection'] as const) t.match(await act(ada, id, action), { status: 403, body: { code: 'second_person_required' } })
  t.match(await act(ben, id, 'withdrawal'), { status: 403, body: { code: 'not_the_proposer' } })
  for (const role of ['admin', 'marketplace', 'customs'] as const) {
    t.match(await act(keys[role], id, 'approval'), { status: 403, body: { code: 'forbidden' } }, role)
    t.match(await propose(keys[role]), { status: 403, body: { code: 'forbidden' } }, role)
  }
  t.match((await api.call('GET', `/v1/manual-journals/${id}`, { key: ada })).body, { state: 'proposed' })
})

t.test('the database refuses one person for two, and any change of what was proposed or decided', async (t) => {
  const { body: { id } } = await propose(ada)
  const uuid = internalId('jnl', id) ?? ''
  const update = async (set: string, row = uuid) => await sql.raw(`update manual_journals set ${set} where tenant_id = ${tenantId} and id = '${row}'`).execute(api.databases.journal)
  await t.rejects(update(`state = 'rejected', decided_at = now(), decided_by = '${adaId}'`), /two_persons/)
  await t.rejects(update(`state = 'withdrawn', decided_at = now(), decided_by = '${benId}'`), /withdrawn/)
  await t.rejects(update(`state = 'posted', decided_at = now(), decided_by = '${benId}'`), /manual_journals_posted/)
  await t.rejects(update("postings = '[]'"), /permission denied/)
  await t.rejects(update('proposed_by = decided_by'), /permission denied/)
  await t.rejects(sql`delete from manual_journals`.execute(vandal.journal), /permission denied|never changed/)
  await update(`state = 'rejected', decided_at = now(), decided_by = '${benId}'`)
  await t.rejects(update("reason = 'another'"), /never changed/)
})

t.test('each state allows what it should and refuses the rest', async (t) => {
  const made = {
    proposed: async () => (await propose(ada)).body.id,
    posted: async () => await posted(),
    rejected: async () => { const { body: { id } } = await propose(ada); await act(ben, id, 'rejection'); return id },
    withdrawn: async () => { const { body: { id } } = await propose(ada); await act(ada, id, 'withdrawal'); return id }
  }
  for (const [state, make] of Object.entries(made)) {
    for (const [action, key] of [['approval', ben], ['rejection', ben], ['withdrawal', ada]] as const) {
      const answer = await act(key, await make(), action)
      if (state === 'proposed') t.equal(answer.status, 201, `${action} of what is ${state}`)
      else t.match(answer, { status: 409, body: { code: 'journal_decided', current_state: state } }, `${action} of what is ${state}`)
    }
    const reversal = await act(ada, await make(), 'reversal')
    if (state === 'posted') t.match(reversal, { status: 201, body: { state: 'proposed' } })
    else t.match(reversal, { status: 409, body: { code: 'not_reversible', current_state: state } })
  }
  const rejected = await api.call('GET', '/v1/manual-journals?state=rejected&limit=1', { key: ada })
  t.match(rejected.body, { data: [{ state: 'rejected', reason: 'The bank says 12.05' }], has_more: true })
  t.match((await api.call('GET', `/v1/manual-journals?state=rejected&limit=1&starting_after=${rejected.body.next_cursor ?? ''}`, { key: ada })).body.data, [{ state: 'rejected' }])
})

t.test('only the classes that belong to nobody else are posted to by hand', async (t) => {
  const owners: Partial<Record<AccountClass, string>> = {
    provider_clearing: 'stripe', settlement_in_transit: 'stripe', bank_safeguarding: 'main', bank_operating: 'main', unidentified_debits: 'stripe'
  }
  const other = { class: 'recon_difference' }
  for (const name of Object.keys(ACCOUNT_CLASSES) as AccountClass[]) {
    const side = { class: name, ...owners[name] === undefined ? {} : { owner: owners[name] } }
    const credit = name === other.class ? { class: 'tax_payable' } : other
    const answer = await propose(ada, { postings: [{ debit: side, credit, amount: '1.00' }] })
    if (MANUAL_CLASS_NAMES.includes(name)) t.equal(answer.status, 201, name)
    else t.match(answer, { status: 422, body: { code: 'account_not_manual', errors: [{ pointer: '/postings/0/debit/class' }] } }, name)
  }
  t.notOk(MANUAL_CLASS_NAMES.some((name) => /escrow|seller|partner|party|refund|payout|suspense|coin/.test(name)))
})

t.test('what cannot be booked is refused where it is wrong', async (t) => {
  const wrong: ReadonlyArray<readonly [body: object, code: string, pointer?: string]> = [
    [{ postings: [] }, 'invalid_request', '/postings'],
    [{ postings: [FEES, { ...FEES, amount: '0.00' }] }, 'invalid_amount', '/postings/1/amount'],
    [{ postings: [{ ...FEES, amount: '1.005' }] }, 'invalid_amount', '/postings/0/amount'],
    [{ postings: [{ ...FEES, amount: 12.5 }] }, 'invalid_amount', '/postings/0/amount'],
    [{ postings: [{ ...FEES, amount: '-1.00' }] }, 'invalid_amount', '/postings/0/amount'],
    [{ postings: [{ ...FEES, credit: { class: 'provider_fee_expense' } }] }, 'invalid_request', '/postings/0'],
    [{ postings: [{ ...FEES, credit: { class: 'bank_operating' } }] }, 'invalid_request', '/postings/0/credit/owner'],
    [{ postings: [{ ...FEES, debit: { class: 'tax_payable', owner: 'main' } }] }, 'invalid_request', '/postings/0/debit/owner'],
    [{ postings: [{ ...FEES, credit: { class: 'bank_operating', owner: 'a  b' } }] }, 'invalid_request'],
    [{ currency: 'XXX' }, 'unknown_currency', '/currency'],
    [{ description: 'two\nlines' }, 'invalid_request', '/description'],
    [{ description: '' }, 'invalid_request', '/description'],
    [{ occurred_at: '2026-02-30T00:00:00Z' }, 'invalid_time', '/occurred_at'],
    [{ state: 'posted' }, 'invalid_request', '/state']
  ]
  for (const [body, code, pointer] of wrong) {
    const answer = await propose(ada, body)
    t.match(answer.body, { code, errors: [pointer === undefined ? {} : { pointer }] }, JSON.stringify(body))
  }
  const floor = await propose(ada, { postings: [{ debit: { class: 'recon_difference' }, credit: { class: 'unidentified_debits', owner: 'main' }, amount: '1.00' }] })
  t.match(await act(ben, floor.body.id, 'approval'), { status: 409, body: { code: 'insufficient_funds' } })
  t.match((await api.call('GET', `/v1/manual-journals/${floor.body.id}`, { key: ada })).body, { state: 'proposed' }, 'it waits on')
})

t.test('a request that is sent again is answered again, and books once', async (t) => {
  const headers = { 'idempotency-key': 'manual-1' }
  const body = { description: 'once', currency: 'KWD', postings: [{ ...FEES, amount: '0.001' }] }
  const first = await api.call('POST', '/v1/manual-journals', { key: ada, body, headers })
  const again = await api.call('POST', '/v1/manual-journals', { key: ada, body, headers })
  t.strictSame([again.body.id, again.headers['idempotent-replayed']], [first.body.id, 'true'])
  const approve = async () => await api.call('POST', `/v1/manual-journals/${first.body.id}/approval`, { key: ben, body: {}, headers: { 'idempotency-key': 'manual-2' } })
  const answers = await Promise.all([approve(), approve(), approve()])
  t.equal(new Set(answers.map(({ body }) => body['transaction'])).size, 1)
  t.match((await api.call('GET', `/v1/transactions?subject=${first.body.id}`, { key: ada })).body.data, { length: 1 })
})

t.test('a reversal mirrors what it takes back, names it, takes a second person, and happens once', async (t) => {
  const before = await balances()
  const id = await posted({ postings: [FEES, { debit: { class: 'tax_payable' }, credit: { class: 'platform_capital' }, amount: '7.00' }] })
  const original = (await api.call('GET', `/v1/manual-journals/${id}`, { key: ada })).body
  const [first, second] = [await act(ben, id, 'reversal'), await act(ada, String(original['transaction']), 'reversal')]
  t.match(first, { status: 201, body: { state: 'proposed', reverses: id, description: `Reversal of ${id}`, total: '19.50' } })
  t.match(second, { status: 201, body: { state: 'proposed', reverses: id } }, 'its transaction names it as well')
  t.match(await act(ben, first.body.id, 'approval'), { status: 403, body: { code: 'second_person_required' } })
  const reversal = await act(ada, first.body.id, 'approval')
  t.match(reversal, { status: 201, body: { state: 'posted' } })
  t.match((await api.call('GET', `/v1/transactions/${String(reversal.body['transaction'])}`, { key: ada })).body, {
    kind: 'manual.reversal',
    reverses: original['transaction'],
    transfers: [
      { amount: '7.00', debit: { class: 'platform_capital' }, credit: { class: 'tax_payable' } },
      { amount: '12.50', debit: { class: 'bank_operating', owner: 'main' }, credit: { class: 'provider_fee_expense' } }
    ]
  })
  t.match((await api.call('GET', `/v1/manual-journals/${id}`, { key: ada })).body, { state: 'posted', reversed_by: first.body.id })
  t.match(await act(ben, second.body.id, 'approval'), { status: 409, body: { code: 'already_reversed' } })
  t.match(await act(ben, id, 'reversal'), { status: 409, body: { code: 'already_reversed' } })
  const net = (units: unknown) => (units as Array<{ unit: string, accounts: Array<{ class: string, balance: string }> }>)
    .flatMap(({ unit, accounts }) => accounts.map((row) => [`${unit} ${row.class}`, row.balance])).filter(([, balance]) => !/^0\.0+$/.test(balance ?? ''))
  t.strictSame(Object.fromEntries(net(await balances())), Object.fromEntries(net(before)), 'nothing is left of it')
  t.match(await act(ada, first.body.id, 'reversal'), { status: 201 }, 'a reversal is a journal like any other')
})

t.test('what a trade or a payment booked cannot be reversed by hand', async (t) => {
  const payment = await api.call('POST', '/v1/payments', { key: keys.marketplace, body: { amount: '5.00', currency: 'CNY', provider: 'sandbox', provider_ref: 'P-1' } })
  const [transaction = ''] = payment.body['transactions'] as string[]
  const answer = await act(ada, transaction, 'reversal')
  t.match(answer, { status: 409, body: { code: 'not_reversible', detail: /steps/ } })
  t.match(await act(ada, 'txn_01kaj6n8k2f5rvt4r9e8q7m3zd', 'reversal'), { status: 404 })
  const stranger = await api.newTenant('strangers')
  t.match(await act(stranger.keys.finance, transaction, 'reversal'), { status: 404 })
})

t.test('two processes that approve two reversals at once reverse once', async (t) => {
  const processes = [openDatabases({ url: api.database.url }), openDatabases({ url: api.database.url })]
  const journals = processes.map((databases) => new Journal({ db: databases.journal, log }))
  for (let round = 0; round < 8; round += 1) {
    const id = internalId('jnl', await posted())
    const words = { description: null, occurredAt: null }
    const proposals = await runOnJournal(journals[0] as Journal, [1, 2].map(() => proposeReversal(origin(tenantId), adaId, id, words)))
    const ids = proposals.map((outcome) => outcome.kind === 'answered' ? internalId('jnl', (JSON.parse(outcome.answer) as { id: string }).id) : null)
    // In odd rounds both meet in one batch of one process.
    const outcomes = (await Promise.all(ids.map(async (journalId, index) =>
      await runOnJournal(journals[round % 2 === 0 ? index : 0] as Journal, [approveJournal(origin(tenantId), { journalId, person: benId })])))).flat()
    t.strictSame(outcomes.map((outcome) => outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind).sort(), ['already_reversed', 'answered'])
  }
  for (const journal of journals) await journal.stop(5000)
  for (const databases of processes) await databases.close()
})

t.test('any journals, decided and reversed in any order, leave clean books in which a reversed pair is nothing', async (t) => {
  const { id: tenant, keys: own } = await api.newTenant('random')
  const secondKey = (await newKey(tenant)).secret
  const people = [own.finance, secondKey]
  const free = [{ class: 'provider_clearing', owner: 'alpha' }, { class: 'bank_operating', owner: 'main' }, { class: 'commission_income' }, { class: 'tax_payable' }, { class: 'fx_position' }]
  const living = new Map<string, bigint>()
  const move = (postings: ReadonlyArray<{ debit: number, credit: number, amount: number }>, currency: string, sign: bigint): void => {
    for (const { debit, credit, amount } of postings) {
      for (const [index, way] of [[debit, 1n], [credit, -1n]] as const) {
        const key = `${currency} ${free[index]?.class ?? ''}`
        living.set(key, (living.get(key) ?? 0n) + sign * way * BigInt(amount))
      }
    }
  }
  const posting = fc.record({ debit: fc.nat(4), credit: fc.nat(4), amount: fc.integer({ min: 1, max: 99_999 }) }).filter(({ debit, credit }) => debit !== credit)
  const draft = fc.record({ person: fc.nat(1), unit: fc.nat(2), postings: fc.array(posting, { minLength: 1, maxLength: 4 }), fate: fc.constantFrom('approve', 'approve', 'reject', 'withdraw', 'wait', 'reverse') })
  await fc.assert(fc.asyncProperty(fc.array(draft, { minLength: 1, maxLength: 5 }), async (drafts) => {
    for (const { person, unit, postings, fate } of drafts) {
      const [currency = '', decimals = 0] = [['CNY', 2], ['KRW', 0], ['KWD', 3]][unit] as [string, number]
      const text = (amount: number): string => decimals === 0 ? String(amount) : `${String(amount).padStart(decimals + 1, '0').slice(0, -decimals)}.${String(amount).padStart(decimals + 1, '0').slice(-decimals)}`
      const [proposer = '', decider = ''] = person === 0 ? people : people.toReversed()
      const { body: { id } } = await propose(proposer, { currency, postings: postings.map(({ debit, credit, amount }) => ({ debit: free[debit], credit: free[credit], amount: text(amount) })) })
      if (fate === 'reject') await act(decider, id, 'rejection')
      if (fate === 'withdraw') await act(proposer, id, 'withdrawal')
      if (fate !== 'approve' && fate !== 'reverse') continue
      t.equal((await act(decider, id, 'approval')).status, 201)
      move(postings, currency, 1n)
      if (fate === 'approve') continue
      const reversal = await act(decider, id, 'reversal')
      t.equal((await act(proposer, reversal.body.id, 'approval')).status, 201)
      move(postings, currency, -1n)
    }
  }), { numRuns: 25 })
  const { rows } = await sql<{ name: string, balance: bigint }>`
    select unit || ' ' || class as name, sum(debits - credits)::bigint as balance from accounts where tenant_id = ${tenant} group by unit, class`.execute(api.databases.read)
  const standing = (entries: Array<[string, bigint]>) => Object.fromEntries(entries.filter(([, balance]) => balance !== 0n).sort(([a], [b]) => a < b ? -1 : 1))
  t.strictSame(standing(rows.map(({ name, balance }) => [name, balance])), standing([...living]))
  t.strictSame(await findings(), [])
})

t.test('verify finds every damage of manual journals', async (t) => {
  const id = await posted()
  const reversal = (await act(ada, id, 'reversal')).body.id
  await act(ben, reversal, 'approval')
  const [journal, mirror, mine] = [internalId('jnl', id) ?? '', internalId('jnl', reversal) ?? '', `tenant_id = ${tenantId}`]
  const damages: ReadonlyArray<readonly [what: string, damage: string, checks: readonly string[]]> = [
    ['an amount changed', `update manual_journals set postings = jsonb_set(postings, '{0,amount}', '"1"') where ${mine} and id = '${journal}'`, ['manual-postings', 'manual-reversals']],
    ['a posting dropped', `update transactions set kind = 'test.step' where ${mine} and subject = '${id}'`, ['manual-postings', 'manual-transactions']],
    ['a journal that is gone', `delete from manual_journals where ${mine} and id = '${mirror}'`, ['manual-postings', 'manual-reversals']],
    ['other words', `update transactions set description = 'x' where ${mine} and subject = '${id}'`, ['manual-transactions']],
    ['one person for two', `alter table manual_journals drop constraint manual_journals_two_persons; update manual_journals set decided_by = proposed_by where ${mine} and id = '${journal}'`, ['manual-persons']],
    ['a person who is not of finance', `update api_keys set role = 'admin' where ${mine} and id = '${benId}'`, ['manual-persons']],
    ['a reversal that mirrors something else', `update manual_journals set postings = (select postings from manual_journals where ${mine} and id = '${journal}') where ${mine} and id = '${mirror}'`, ['manual-postings', 'manual-reversals']],
    ['a reversal that nobody knows of', `update manual_journals set reversed_by = null where ${mine} and id = '${journal}'`, ['manual-reversals']],
    ['a transaction that reverses another', `update transactions set reverses = (select transaction_id from manual_journals where ${mine} and id = '${journal}') where ${mine} and kind = 'payment.suspense'`, ['manual-reversals']],
    ['a reversal that names another transaction', `update transactions set reverses = null where ${mine} and subject = '${reversal}'`, ['manual-transactions']]
  ]
  const undone = new Error('undone')
  for (const [what, damage, checks] of damages) {
    await vandal.journal.transaction().execute(async (trx) => {
      await sql`set local role none`.execute(trx)
      await sql`set local session_replication_role = replica`.execute(trx)
      for (const statement of damage.split(';')) await sql.raw(statement).execute(trx)
      const found = []
      for (const check of MANUAL_JOURNAL_CHECKS) found.push(...await check.find(trx))
      t.strictSame([...new Set(found.map(({ check }) => check))].sort(), checks, what)
      throw undone
    }).catch((error: unknown) => { if (error !== undone) throw error })
  }
  t.strictSame(MANUAL_JOURNAL_CHECKS.filter(({ name }) => !damages.some(([, , checks]) => checks.includes(name))), [], 'every check can find something')
  t.strictSame(await findings(), [])
})
