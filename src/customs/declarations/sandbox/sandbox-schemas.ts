import { Type as T } from 'typebox'
import { component } from '../../../http/components.ts'
import { Exactly, Id, Page, PageQuery, Timestamp } from '../../../http/schemas.ts'
import { DAY_MS, SECOND_MS } from '../../../kernel/time.ts'
import { CHINESE_CODES_SHOWN } from '../states.ts'
import { DEFAULT_PLAN, showPlan } from './plan.ts'

const LATER_MAX_SECONDS = 366 * DAY_MS / SECOND_MS
const ANSWERS_MAX = 10
const FAILURES_MAX = 20

const Later = T.Integer({ minimum: 0, maximum: LATER_MAX_SECONDS })
const Code = T.String({ pattern: '^(2|3|4|100|120|399|-[1-9][0-9]{0,8})$', description: `What it says, in the codes of China's customs: ${CHINESE_CODES_SHOWN}. Korea's says the same in its own words.` })

const saying = {
  code: Code,
  after_seconds: T.Optional({ ...Later, default: 0, description: 'How long after it took the message, or after this request, it says so, by the test clock.' }),
  report_after_seconds: T.Optional({ ...Later, default: 0, description: 'How long after that we hear it: what was said before something else may be heard after it.' })
}

const plan = {
  failures: T.Integer({ minimum: 0, maximum: FAILURES_MAX, description: 'How often it cannot be reached with one message before it takes it.' }),
  answers: T.Array(T.Object({ code: Code, after_seconds: Later, report_after_seconds: Later }), { description: 'What it says to every message that keeps to the rules; to others it says -1.' })
}

export const PlanBody = component('SandboxCustoms', T.Object(plan, { description: 'How the customs of a sandbox answers messages that nobody answers by hand.' }))
export const PlanChange = Exactly({ failures: T.Optional(plan.failures), answers: T.Optional(T.Array(Exactly(saying), { maxItems: ANSWERS_MAX })) }, { examples: [{ failures: 1, answers: [{ code: '2', after_seconds: 60 }, { code: '100', after_seconds: 600 }] }] })
export const PLAN_EXAMPLE = showPlan(DEFAULT_PLAN)

export const SayRequest = Exactly({ declaration: Id('dcl'), ...saying }, { examples: [{ declaration: 'dcl_01kaj6n8k2f5rvt4r9e8q7m3zp', code: '100' }] })

export const SandboxAnswerBody = component('SandboxCustomsAnswer', T.Object({
  id: Id('sbx'),
  declaration: Id('dcl'),
  guid: T.String({ description: 'Of the message that it answers.' }),
  code: Code,
  answered_at: { ...Timestamp, description: 'When it says so, by the test clock.' },
  report_at: { ...Timestamp, description: 'When it is heard.' },
  reported: T.Boolean()
}, { description: 'What the customs of a sandbox says of a message, or is to say.' }))

export const SandboxAnswerPage = Page('SandboxCustomsAnswerPage', SandboxAnswerBody)
export const SandboxAnswerQuery = PageQuery({ declaration: T.Optional(Id('dcl')) })

export const SANDBOX_ANSWER_EXAMPLE = {
  id: 'sbx_01kaj6n8k2f5rvt4r9e8q7m3zs',
  declaration: 'dcl_01kaj6n8k2f5rvt4r9e8q7m3zp',
  guid: '019AA46A-A262-7972-BD13-1875E8E9A1F2',
  code: '120',
  answered_at: '2026-01-31T09:10:01.000Z',
  report_at: '2026-01-31T09:10:01.000Z',
  reported: false
}
