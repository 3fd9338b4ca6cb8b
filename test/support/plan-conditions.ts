import { attest } from '../../src/escrow/conditions/attest.ts'
import { ATTESTATION_KINDS } from '../../src/escrow/trade/release-terms.ts'
import { internalId } from '../../src/kernel/ids.ts'
import { attested, namedIn, settle } from './condition-model.ts'
import { expectOn } from './group-model.ts'
import type { Command } from './trade-commands.ts'
import { ATTESTER } from './trade-desk.ts'
import * as model from './trade-model.ts'
import { chooseFitting, type Planned, type TradeWorld } from './trade-world.ts'

/** An attestation of a line with release conditions: asked for, given before, of another milestone, or out of place. */
export function planAttestation (world: TradeWorld, { target, size, choice }: Command): Planned[] {
  const trade = chooseFitting(world.trades, target, (each) => model.actionsOf(each.model).includes('attest'))
  const places = trade?.model.lines.flatMap((line, place) => line.milestones.map((milestone) => ({ line, place, milestone }))) ?? []
  const chosen = places[size % Math.max(places.length, 1)]
  const kind = ATTESTATION_KINDS[choice % 3]
  if (trade === undefined || chosen === undefined || kind === undefined) return []
  const { line, place } = chosen
  const ref = choice % 20 === 0 ? 'elsewhere' : chosen.milestone.ref
  const attestation = { line: trade.lineIds[place] ?? '', kind, milestone: ref, evidence: null, by: ATTESTER }
  return [{
    operation: attest(world.origin(), { tradeId: internalId('trd', trade.id), expectedVersion: null }, attestation),
    expect: () => {
      const milestone = line.milestones.find((each) => each.ref === ref)
      if (milestone === undefined || !namedIn(milestone).includes(kind)) return 'attestation_not_asked'
      if (line.facts.has(attested(ref, kind))) return 'answered'
      return expectOn(world, trade, () => {
        const obstacle = model.obstacleTo(trade.model, 'attest')
        if (obstacle !== null) return obstacle
        line.facts.add(attested(ref, kind))
        if (trade.model.holds.length === 0) for (const each of trade.model.lines) settle(each, model.lineMoney(each, trade.model.feeBase))
        return 'answered'
      })
    }
  }]
}
