import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './soak-random.ts'
import type { Stage } from './soak-stage.ts'

/** What may happen to a running installation, by what is written of it. */
const TROUBLES: Readonly<Record<string, (stage: Stage, random: Random) => Promise<void>>> = {
  'service killed': async (stage, random) => {
    const place = random.one(stage.places)
    await place.kill()
    await sleep(random.whole(0, 2_000))
    await place.start()
  },
  'service restarted': async (stage, random) => {
    const place = random.one(stage.places)
    await place.stop()
    await place.start()
  },
  'service paused': async (stage, random) => {
    const place = random.one(stage.places)
    place.signal('SIGSTOP')
    await sleep(random.whole(500, 9_000))
    place.signal('SIGCONT')
  },
  'sessions ended': async (stage, random) => {
    for (let times = random.whole(1, 5); times > 0; times -= 1) {
      await stage.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'holdfast %' order by random() limit 3")
      await sleep(random.whole(0, 100))
    }
  },
  'database killed': async (stage) => { await stage.endDatabase('SIGKILL') },
  'database stopped at once': async (stage) => { await stage.endDatabase('SIGQUIT') },
  'database restarted': async (stage) => { await stage.endDatabase('SIGINT') },
  'everything killed': async (stage, random) => {
    await Promise.all(stage.places.map(async (place) => { await place.kill() }))
    if (random.chance(0.5)) await stage.endDatabase('SIGKILL')
    await Promise.all(stage.places.map(async (place) => { await place.start() }))
  }
}

/** Makes trouble until the given moment of `performance.now()`; `happened` counts what was made. */
export async function makeTrouble (stage: Stage, { untilMs, random, happened }: { untilMs: number, random: Random, happened: Map<string, number> }): Promise<void> {
  const kinds = Object.keys(TROUBLES)
  while (performance.now() < untilMs) {
    await sleep(Math.min(random.whole(500, 5_000), Math.max(untilMs - performance.now(), 0)))
    const kind = random.one(kinds)
    await TROUBLES[kind]?.(stage, random)
    happened.set(kind, (happened.get(kind) ?? 0) + 1)
  }
}
