import { Type as T } from 'typebox'
import { component } from '../http/components.ts'
import { Page, PageQuery, Timestamp } from '../http/schemas.ts'
import { EVENT_TYPES, type EventType } from './catalogue.ts'

const EventBody = component('Event', T.Object({
  id: T.String({ examples: ['evt_01kaj6n8k2f5rvt4r9e8q7m3zd'] }),
  seq: T.Integer({ minimum: 1, description: 'The number of the event among those of its tenant; no number is left out.' }),
  type: T.Enum(Object.keys(EVENT_TYPES) as EventType[], { type: 'string' }),
  subject: T.String({ description: 'The id of what it happened to.' }),
  data: T.Object({}, { additionalProperties: true, description: 'Ids, amounts and states; never personal data.' }),
  recorded_at: Timestamp
}))

export const EventPage = Page('EventPage', EventBody)

export const EventQuery = PageQuery({
  after: T.Optional(T.String({ pattern: '^(0|[1-9][0-9]{0,17})$', description: 'The `seq` of the last event you have seen; the answer begins after it. 0 is the beginning.', examples: ['0'] }))
})

export const EVENT_EXAMPLE = {
  id: 'evt_01kaj6n8k2f5rvt4r9e8q7m3zd',
  seq: 12,
  type: 'trade.paid',
  subject: 'trd_01kaj6n8k2f5rvt4r9e8q7m3ze',
  data: { paid: '44.80', currency: 'CNY' },
  recorded_at: '2026-01-31T08:00:00.000Z'
}
