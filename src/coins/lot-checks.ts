import { sql } from 'kysely'
import { sqlCheck, tellId, type Check } from '../ledger/checks.ts'
import type { IdPrefix } from '../kernel/ids.ts'
import { WARNING_DAYS } from './wallet.ts'

interface WalletFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly unit: string
  readonly place: string
  readonly account: string
  readonly lots: string
}

const wallets = sqlCheck<WalletFinding>({
  name: 'coin-wallets',
  about: 'The pending and available coins of every wallet\'s lots are those of its buyer\'s accounts.',
  query: sql`
    with lots as (
      select l.tenant_id, external_id('pty', l.buyer_id) as owner, p.unit, place.name as place, sum(place.coins) as coins
      from coin_lots l
      join coin_programmes p on p.tenant_id = l.tenant_id and p.currency = l.currency
      cross join lateral (values ('pending', l.pending), ('available', l.available)) as place (name, coins)
      group by 1, 2, 3, 4
    ), held as (
      select tenant_id, owner, unit, substr(class, 7) as place, credits - debits as coins from accounts where class in ('coins_pending', 'coins_available')
    )
    select tenant_id, owner, unit, place, coalesce(held.coins, 0)::text as account, coalesce(lots.coins, 0)::text as lots
    from held full join lots using (tenant_id, owner, unit, place)
    where coalesce(held.coins, 0) <> coalesce(lots.coins, 0)`,
  tell: ({ owner, unit, place, account, lots }) => `${owner}: its account has ${account} ${place} ${unit}, but its lots have ${lots}`
})

interface LotFinding {
  readonly tenant_id: number
  readonly lot_id: string
  readonly what: string
  readonly says: string
  readonly moved: string
}

const lots = sqlCheck<LotFinding>({
  name: 'coin-lots',
  about: 'Every lot has what its moves leave in it, and what was issued is what the first of them brought.',
  query: sql`
    with moved as (
      select tenant_id, lot_id, place, sum(coins) as coins, (array_agg(coins order by entry_version))[1] as first from coin_moves group by tenant_id, lot_id, place
    )
    select tenant_id, lot_id, coalesce(each.name, '') as what, coalesce(each.coins, 0)::text as says, coalesce(moved.coins, 0)::text as moved
    from (
      select l.tenant_id, l.id as lot_id, place.name as place, place.name, place.coins
      from coin_lots l cross join lateral (values ('pending', l.pending), ('available', l.available)) as place (name, coins)
    ) each full join moved using (tenant_id, lot_id, place)
    where each.name is null or each.coins <> coalesce(moved.coins, 0)
    union all
    select l.tenant_id, l.id, 'issued', l.issued::text, coalesce(m.first, 0)::text
    from coin_lots l left join moved m on m.tenant_id = l.tenant_id and m.lot_id = l.id and m.place = case l.source when 'earned' then 'pending' else 'available' end
    where l.issued <> coalesce(m.first, 0)`,
  tell: ({ lot_id: lot, what, says, moved }) => `${tellId('lot', lot)}: ${what === '' ? 'there is no such lot' : `${says} ${what}`}, but its moves say ${moved}`
})

interface EntryFinding {
  readonly tenant_id: number
  readonly owner: string
  readonly place: string
  readonly version: bigint
  readonly booked: string | null
  readonly moved: string | null
}

const moves = sqlCheck<EntryFinding>({
  name: 'coin-moves',
  about: 'Every entry of a buyer\'s coin accounts moved so many coins of his lots, and nothing else moved any.',
  query: sql`
    with booked as (
      select a.tenant_id, a.owner, a.unit, substr(a.class, 7) as place, e.version, case e.direction when 'credit' then e.amount else -e.amount end as coins
      from accounts a join entries e on e.tenant_id = a.tenant_id and e.account_id = a.id
      where a.class in ('coins_pending', 'coins_available')
    ), moved as (
      select m.tenant_id, external_id('pty', l.buyer_id) as owner, p.unit, m.place, m.entry_version as version, sum(m.coins) as coins
      from coin_moves m
      join coin_lots l on l.tenant_id = m.tenant_id and l.id = m.lot_id
      join coin_programmes p on p.tenant_id = l.tenant_id and p.currency = l.currency
      group by 1, 2, 3, 4, 5
    )
    select tenant_id, owner, place, version, booked.coins::text as booked, moved.coins::text as moved
    from booked full join moved using (tenant_id, owner, unit, place, version)
    where booked.coins is distinct from moved.coins`,
  tell: ({ owner, place, version, booked, moved }) => `${owner}: entry ${version} of its ${place} coins moved ${booked ?? 'nothing'}, but its lots say ${moved ?? 'nothing'}`
})

interface ReferenceFinding {
  readonly tenant_id: number
  readonly prefix: IdPrefix
  readonly id: string
  readonly what: string
}

const references = sqlCheck<ReferenceFinding>({
  name: 'coin-references',
  about: 'Every lot is of a wallet, every wallet of a buyer and a programme, and whatever else a lot names is there: its funder, its trade and line, the lot that its coins were issued in.',
  query: sql`
    select w.tenant_id, 'pty' as prefix, w.buyer_id as id, each.what
    from coin_wallets w
    left join parties buyer on buyer.tenant_id = w.tenant_id and buyer.id = w.buyer_id and buyer.kind = 'buyer'
    left join coin_programmes p on p.tenant_id = w.tenant_id and p.currency = w.currency
    cross join lateral (values ('a wallet is of this buyer', buyer.id is null), ('it has a wallet of ' || w.currency || ', which has no programme', p.id is null)) as each (what, is_wrong)
    where each.is_wrong
    union all
    select l.tenant_id, 'lot', l.id, each.what
    from coin_lots l
    left join coin_wallets w on w.tenant_id = l.tenant_id and w.buyer_id = l.buyer_id and w.currency = l.currency
    left join parties funder on funder.tenant_id = l.tenant_id and funder.id = l.funder_id and funder.kind = 'seller'
    left join trades t on t.tenant_id = l.tenant_id and t.id = l.trade_id and t.buyer_id = l.buyer_id and t.currency = l.currency
    left join trade_lines line on line.tenant_id = t.tenant_id and line.trade_id = t.id and external_id('lin', line.id) = l.source_id
    left join coin_lots origin on origin.tenant_id = l.tenant_id and origin.id = l.origin_id and origin.buyer_id = l.buyer_id and origin.currency = l.currency and origin.origin_id = origin.id
    cross join lateral (values
      ('its wallet is missing', w.buyer_id is null),
      ('the seller who paid for it is missing', l.funder_id is not null and funder.id is null),
      ('the trade that earned it is missing, or of another buyer or currency', (l.source = 'earned') <> (t.id is not null)),
      ('the line that earned it is missing, or of another seller than the one who paid for it', t.id is not null and (line.id is null or l.funder_id <> line.seller_id)),
      ('the lot that its coins were issued in is missing, or of another wallet or funder', (l.source = 'returned') = (l.origin_id = l.id) or origin.id is null or origin.funder_id is distinct from l.funder_id)
    ) as each (what, is_wrong)
    where each.is_wrong`,
  tell: ({ prefix, id, what }) => `${tellId(prefix, id)}: ${what}`
})

interface DeadlineFinding {
  readonly tenant_id: number
  readonly buyer_id: string
  readonly currency: string
  readonly says: string | null
  readonly should: string | null
}

const deadlines = sqlCheck<DeadlineFinding>({
  name: 'coin-deadlines',
  about: 'Every wallet is looked at when the first of its lots matures, expires, or is to be warned of.',
  query: sql`
    with due as (
      select l.tenant_id, l.buyer_id, l.currency, min(each.at) as at
      from coin_lots l cross join lateral (
        select l.matures_at where l.pending > 0
        union all select l.expires_at where l.available > 0
        union all select l.expires_at - make_interval(hours => 24 * warning.days)
          from unnest(${[...WARNING_DAYS]}::integer[]) as warning (days) where l.available > 0 and (l.warned_days is null or warning.days < l.warned_days)
      ) as each (at)
      group by l.tenant_id, l.buyer_id, l.currency
    )
    select w.tenant_id, w.buyer_id, w.currency, w.next_deadline_at::text as says, due.at::text as should
    from coin_wallets w left join due on due.tenant_id = w.tenant_id and due.buyer_id = w.buyer_id and due.currency = w.currency
    where w.next_deadline_at is distinct from due.at`,
  tell: ({ buyer_id: buyer, currency, says, should }) => `${tellId('pty', buyer)}: its wallet of ${currency} is looked at ${says ?? 'never'}, but it should be ${should ?? 'never'}`
})

/** What must hold of wallets and their lots. */
export const LOT_CHECKS: readonly Check[] = [wallets, lots, moves, references, deadlines]
