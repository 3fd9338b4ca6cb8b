import { setTimeout as sleep } from 'node:timers/promises'
import { money } from './soak-action.ts'
import type { SoakClient } from './soak-client.ts'
import { Life, type Cast, type People } from './soak-life.ts'
import { STEP } from './soak-line.ts'

/** How long groups of a soak have to fill: some do not, amid kills. */
export const GROUP_MS = 4_000
const PAUSE_MS = 500
/** So long a decision may take to be followed by every member. */
const FOLLOW_MS = 120_000

interface Group {
  readonly state: 'open' | 'filled' | 'failed'
  readonly seats_taken: number
  readonly followed_at: string | null
}

/** Opens a group and lets a few buyers join it, perhaps too few or more than it has seats for; once it is decided they live on, or have all their money back. */
export async function liveInGroup (
  ref: string, { cast, people, lives }: { readonly cast: Cast, readonly people: People, readonly lives: Life[] }
): Promise<void> {
  const { client, random, finding } = people
  const offer = { seller: random.one(cast.sellers), price: STEP * random.whole(1, 500) }
  const size = random.whole(2, 3)
  const { body: { id: group } } = await client.post('/v1/groups', { seller: offer.seller, currency: 'CNY', unit_price: money(offer.price), size })
  const members = Array.from({ length: size + random.whole(-1, 1) }, (_, index) => new Life(`${ref}-${index}`, people, { ...offer, group }))
  const joined = (await Promise.all(members.map(async (member) => {
    if (!await member.open(cast)) return []
    lives.push(member)
    await member.payUp()
    return [member]
  }))).flat()
  const { state, seats_taken: seats } = await followed(client, group)
  const seated = new Set(state === 'filled' ? await seatedIn(client, group) : [])
  if (state === 'filled' && (seats !== size || seated.size !== size)) finding(`${group} is filled with ${seated.size} of ${size} seats`)
  for (const { id, due, ref: member } of joined) if (seated.has(id) && due > 0) finding(`${member} has a seat in ${group}, and owes ${money(due)}`)
  await Promise.all(joined.map(async (member) => {
    await member.follow({ goesOn: seated.has(member.id) })
    await member.live()
  }))
}

async function followed (client: SoakClient, id: string): Promise<Group> {
  const giveUpAt = performance.now() + FOLLOW_MS
  while (performance.now() < giveUpAt) {
    const group = (await client.get(`/v1/groups/${id}`)).body as unknown as Group
    if (group.state !== 'open' && group.followed_at !== null) return group
    await sleep(PAUSE_MS)
  }
  throw new Error(`${id} is not decided, or not followed`)
}

async function seatedIn (client: SoakClient, id: string): Promise<string[]> {
  const members = (await client.get(`/v1/groups/${id}/members`)).body.data as unknown as ReadonlyArray<{ readonly trade: string, readonly seat: number | null }>
  return members.filter(({ seat }) => seat !== null).map(({ trade }) => trade)
}
