import type { Databases } from '../db/pools.ts'
import { answers, problems } from '../http/answers.ts'
import type { App } from '../http/app-type.ts'
import { cursorId } from '../http/cursor.ts'
import { originOf } from '../http/origin.ts'
import { answerFromJournal } from '../http/run-operation.ts'
import { DryRunQuery, IdParams } from '../http/schemas.ts'
import type { Journal } from '../journal/journal.ts'
import { internalId } from '../kernel/ids.ts'
import { PAGE_LIMIT_DEFAULT } from '../kernel/page.ts'
import * as schemas from './campaign-schemas.ts'
import { changeCampaign } from './change-campaign.ts'
import { createCampaign } from './create-campaign.ts'
import { endCampaign } from './end-campaign.ts'
import { parseCampaign, parseCampaignChange } from './parse-campaign.ts'
import { findCampaign, listCampaigns, readCampaign } from './read-campaigns.ts'
import { findProgramme } from './read-programmes.ts'

/** Mounts the campaigns that give coins away, but for their grants. */
export function registerCampaignRoutes (app: App, { journal, databases }: { readonly journal: Journal, readonly databases: Databases }): void {
  app.post('/v1/coin-campaigns', {
    config: { journaled: true },
    schema: {
      operationId: 'createCoinCampaign',
      tags: ['Coins'],
      summary: 'Make a campaign that gives coins away',
      description: 'For games, live streams and the like: it grants coins of a programme to buyers in its period, up to its budget in all and up to `buyer_cap` to each. A seller who pays for it ' +
        'puts the worth of the budget aside at once, and is refused where he has less available.',
      querystring: DryRunQuery,
      body: schemas.CampaignRequest,
      response: {
        ...answers(201, 'The campaign.', schemas.CampaignStepBody, schemas.NEW_CAMPAIGN_EXAMPLE),
        ...problems('unknown_programme', 'unknown_party', 'wrong_party_kind', 'invalid_time', 'insufficient_funds', 'amount_too_large')
      }
    }
  }, async (request, reply) => {
    const wanted = parseCampaign(request.body)
    // The currency of a programme never changes, and is what its row is known by.
    const programme = await findProgramme(databases.read, request.principal.tenantId, wanted.programmeId)
    const operation = createCampaign(originOf(request), request.principal.keyId, { ...wanted, currency: programme?.currency ?? null })
    return await answerFromJournal(journal, request, reply, operation, 201)
  })

  app.patch('/v1/coin-campaigns/:id', {
    config: { journaled: true },
    schema: {
      operationId: 'changeCoinCampaign',
      tags: ['Coins'],
      summary: 'Change a campaign',
      description: 'Its name, budget, cap or end, while it is not over. An event tells who changed what.',
      params: IdParams('cmp'),
      querystring: DryRunQuery,
      body: schemas.CampaignChangeRequest,
      response: {
        ...answers(200, 'The campaign as it now is.', schemas.CampaignStepBody, schemas.NEW_CAMPAIGN_EXAMPLE),
        ...problems('not_found', 'campaign_over', 'budget_below_granted', 'invalid_time', 'insufficient_funds', 'amount_too_large')
      }
    }
  }, async (request, reply) => {
    const change = parseCampaignChange(request.body)
    const target = await findCampaign(databases.read, request.principal.tenantId, internalId('cmp', request.params.id))
    return await answerFromJournal(journal, request, reply, changeCampaign(originOf(request), request.principal.keyId, target, change), 200)
  })

  app.post('/v1/coin-campaigns/:id/ending', {
    config: { journaled: true },
    schema: {
      operationId: 'endCoinCampaign',
      tags: ['Coins'],
      summary: 'End a campaign before its time',
      description: 'It grants nothing more, and what is left of a seller\'s budget goes back to him; of that goes on what he owes. At `ends_at` this happens by itself. What was granted stays.',
      params: IdParams('cmp'),
      querystring: DryRunQuery,
      response: {
        ...answers(201, 'The campaign, ended.', schemas.CampaignStepBody, schemas.ENDED_CAMPAIGN_EXAMPLE),
        ...problems('not_found', 'campaign_over', 'amount_too_large')
      }
    }
  }, async (request, reply) => {
    const target = await findCampaign(databases.read, request.principal.tenantId, internalId('cmp', request.params.id))
    return await answerFromJournal(journal, request, reply, endCampaign(originOf(request), request.principal.keyId, target), 201)
  })

  app.get('/v1/coin-campaigns', {
    schema: {
      operationId: 'listCoinCampaigns',
      tags: ['Coins'],
      summary: 'List campaigns',
      description: 'Newest first, with what each gave and has left.',
      querystring: schemas.CampaignQuery,
      response: answers(200, 'A page of campaigns.', schemas.CampaignPage, { data: [schemas.CAMPAIGN_EXAMPLE], has_more: false, next_cursor: null })
    }
  }, async (request) => {
    const { state, funder, programme, limit = PAGE_LIMIT_DEFAULT, starting_after: cursor } = request.query
    const filter = { state, funder: funder === undefined || funder === 'platform' ? funder : insideId('pty', funder), programmeId: programme === undefined ? undefined : insideId('cpr', programme) }
    return await listCampaigns(databases.report, request.principal.tenantId, filter, { limit, before: cursorId('cmp', cursor) })
  })

  app.get('/v1/coin-campaigns/:id', {
    schema: {
      operationId: 'getCoinCampaign',
      tags: ['Coins'],
      summary: 'Read a campaign',
      params: IdParams('cmp'),
      response: { ...answers(200, 'The campaign.', schemas.CampaignBody, schemas.CAMPAIGN_EXAMPLE), ...problems('not_found') }
    }
  }, async (request) => await readCampaign(databases.read, request.principal.tenantId, internalId('cmp', request.params.id)))
}

/** The inside id of an outside one whose form was checked. */
function insideId (prefix: 'pty' | 'cpr', id: string): string {
  return internalId(prefix, id) ?? id
}
