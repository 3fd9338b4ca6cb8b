import { openBooks } from '../bench-database.ts'
import { drive, driveBeside } from '../drive.ts'
import type { Group, Stage, Variant } from '../group.ts'
import { transferOperation } from '../play/transfer-operation.ts'
import { HOT } from '../sql/shapes.ts'

const CLIENTS = 16
const FLOOD = 2000
/** So long both are at work before anything is measured: who comes anew waits once for the batch that is under way. */
const SETTLING_SECONDS = 0.2

/** What a tenant notices of another one: with the process for itself, beside one like itself, and beside one that floods its queue. */
export const tenants: Group = {
  name: 'tenants',
  about: 'a tenant alone, beside one like it, and beside one that floods the process',
  async open (stage) {
    const [own, other] = [await openBooks(stage.database, 'measured', HOT), await openBooks(stage.database, 'other', HOT)]
    const variant = (name: string, about: string, others: number): Variant => ({
      name: `tenants.${name}.${CLIENTS}`,
      about,
      unit: 'transfers',
      clients: CLIENTS,
      run: async (seconds) => {
        const stop = driveBeside(others, async () => await transfer(stage, other))
        const step = async (): Promise<number> => await transfer(stage, own)
        const { done } = await drive({ clients: CLIENTS, seconds: SETTLING_SECONDS, step })
        const sample = await drive({ clients: CLIENTS, seconds, step })
        return { ...sample, doneInAll: done + sample.done + await stop() }
      }
    })
    const [alone, beside, flooded] = ['alone', 'beside', 'flooded'].map((name) => [`tenants.${name}.${CLIENTS}`])
    const slower = (of: 'p50_ms' | 'p99_ms', theirs: readonly string[] = [], what = '') =>
      ({ name: `flooded/${what} ${of.slice(0, 3)}`, about: `${of.slice(0, 3)} of a tenant beside a flood of ${FLOOD.toLocaleString('en-US')} in flight, and ${what}`, of, ours: flooded ?? [], theirs })
    return {
      variants: [
        variant('alone', 'a tenant alone', 0),
        variant('beside', 'a tenant beside one like it', CLIENTS),
        variant('flooded', `a tenant beside one with ${FLOOD.toLocaleString('en-US')} in flight`, FLOOD)
      ],
      comparisons: [
        { ...slower('p50_ms', alone, 'alone'), aim: { most: 2 } },
        { ...slower('p99_ms', alone, 'alone'), aim: { most: 2 } },
        { ...slower('p50_ms', beside, 'beside one like it'), aim: { most: 2 } },
        { ...slower('p99_ms', beside, 'beside one like it'), aim: { most: 2 } }
      ],
      close: async () => {}
    }
  }
}

async function transfer ({ journal }: Stage, tenantId: number): Promise<number> {
  await journal.submit(transferOperation(tenantId, HOT))
  return 1
}
