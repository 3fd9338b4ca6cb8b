import type { SoakClient } from './soak-client.ts'
import type { Random } from './soak-random.ts'

/** What may be told of a refund, by two attempts, and what it comes to. Without a sending, the order must not matter: it is told all at once. */
const STORIES: ReadonlyArray<{ readonly told: readonly string[], readonly status: string, readonly times: 0 | 1 | 2 }> = [
  { told: [], status: 'payable', times: 0 },
  { told: ['sending a', 'success a'], status: 'succeeded', times: 1 },
  { told: ['sending a', 'failure a', 'sending b', 'success b'], status: 'succeeded', times: 1 },
  { told: ['success a', 'failure a', 'success a'], status: 'succeeded', times: 1 },
  { told: ['failure a', 'failure a'], status: 'failed', times: 0 },
  { told: ['bounce a', 'success a'], status: 'bounced', times: 0 },
  { told: ['success a', 'success b'], status: 'succeeded', times: 2 }
]

/** What left of a trade's refunds, in cents: what was owed, and what was not. */
export interface Left {
  readonly owed: number
  readonly excess: number
}

interface Refund {
  readonly id: string
  readonly amount: string
  readonly status: string
  readonly paid_twice: boolean
}

/** Tells a story of each refund that a trade has, and finds where it does not end as it must. */
export async function tellRefunds (
  tradeId: string, { client, random, finding }: { readonly client: SoakClient, readonly random: Random, readonly finding: (what: string) => void }
): Promise<Left> {
  const refunds = (await client.get(`/v1/refunds?trade=${tradeId}&limit=100`)).body.data as unknown as Refund[]
  let [owed, excess] = [0, 0]
  for (const { id, amount, status: before } of refunds) {
    // What was charged back is not owed any more: whatever leaves of it is too much.
    const isTaken = before === 'charged_back'
    const { told, status, times } = random.one(isTaken ? STORIES.filter((story) => !story.told.some((each) => each.startsWith('sending'))) : STORIES)
    const [due, more] = isTaken ? [0, times] : [Math.min(times, 1), Math.max(times - 1, 0)]
    const tell = async (report: string, attempt: string): Promise<void> => {
      const answer = await client.post(`/v1/refunds/${id}/${report}`, { provider: 'sandbox', provider_ref: `${id} ${attempt}`, ...report === 'failure' ? { reason: 'other' } : {} })
      if (answer.status !== 201) finding(`${report} of ${id} was refused: ${answer.text}`)
    }
    const words = told.map((each) => each.split(' '))
    if (told.some((each) => each.startsWith('sending'))) for (const [report = '', attempt = ''] of words) await tell(report, attempt)
    else await Promise.all(words.map(async ([report = '', attempt = '']) => { await tell(report, attempt) }))
    const shown = (await client.get(`/v1/refunds/${id}`)).body as unknown as Refund
    if (shown.status !== (isTaken ? before : status) || shown.paid_twice !== (more > 0)) finding(`${id} is ${JSON.stringify(shown)} after ${told.join(', ')}`)
    const cents = Math.round(Number(amount) * 100)
    owed += due * cents
    excess += more * cents
  }
  return { owed, excess }
}
