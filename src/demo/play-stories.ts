import { STORIES } from './bundled.ts'
import { playAll, readBack } from './play.ts'
import type { Service } from './service.ts'
import type { Shown } from './shown.ts'
import { reportStories, showStoryReport, type StoryReport } from './story-report.ts'
import { readTrialBalance } from './trial-balance.ts'

const IN_FLIGHT = 8

/** Plays the bundled trades on a service. */
export async function playStories (service: Service): Promise<Shown<StoryReport>> {
  const played = await playAll(service.marketplace, STORIES, { inFlight: IN_FLIGHT })
  const report = reportStories({ service, played, readBack: await readBack(service.marketplace, played, IN_FLIGHT), trialBalance: await readTrialBalance(service) })
  return { report, text: showStoryReport(report), right: report.adds_up.ok && report.surprises.length === 0 }
}
