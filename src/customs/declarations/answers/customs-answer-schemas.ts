import { Type as T, type Static } from 'typebox'
import { Exactly, Timestamp } from '../../../http/schemas.ts'
import { KOREAN_WORDS } from '../states.ts'
import { RECEIPT_EXAMPLE } from '../declaration-examples.ts'

const ChineseAnswer = T.String({ minLength: 1, description: 'The message CEB412, as it came, in UTF-8.', examples: [RECEIPT_EXAMPLE] })

const KoreanAnswer = Exactly({
  guid: T.String({ pattern: '^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$', description: 'Of the message that is answered.' }),
  payment_no: T.String({ minLength: 1, maxLength: 60, description: 'As the message had it.' }),
  code: T.Enum([...KOREAN_WORDS], { type: 'string', description: 'What the way to Korea\'s customs makes of UNIPASS\'s answer.' }),
  at: Timestamp
}, { examples: [{ guid: '019AA46A-A262-7972-BD13-1875E8E9A1F2', payment_no: 'P-1', code: 'accepted', at: '2026-01-31T09:10:01.000Z' }] })

/** What customs answers, by the type of the body. */
export const AnswerRequest = {
  content: {
    'application/xml': { schema: ChineseAnswer },
    'application/json': { schema: KoreanAnswer }
  }
}

export type SentKoreanAnswer = Static<typeof KoreanAnswer>
