import fc from 'fast-check'
import t from 'tap'
import { isChineseId, parseIdNumber } from '../src/customs/forms/id-number.ts'
import { latinVariants } from '../src/customs/forms/latin-name.ts'
import { readName, type Script } from '../src/customs/forms/name.ts'
import { readPhone, type PhoneRegion } from '../src/customs/forms/phone.ts'
import { readPostcode } from '../src/customs/forms/postcode.ts'
import { plainText } from '../src/customs/forms/text.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { cardNumber } from './support/customs-desk.ts'

// All people, numbers and codes here are made up.

type NameCase = readonly [text: string, script: Script | null, normal?: string]

const CHINESE: readonly NameCase[] = [
  ['李示范', 'Hani', '李示范'],
  ['  李示范 ', 'Hani', '李示范'],
  ['李 示范', 'Hani', '李示范'],
  ['李\u3000示范', 'Hani', '李示范'],
  ['李\u00a0示\u2003范', 'Hani', '李示范'],
  ['欧阳示范', 'Hani', '欧阳示范'],
  ['歐陽示範', 'Hani', '歐陽示範'],
  ['王〇', 'Hani', '王〇'],
  ['佐々木', 'Hani', '佐々木'],
  ['⼀⼆', 'Hani', '一二'],
  ['\uf900\u4e00', 'Hani', '\u8c48一'],
  ['𠮷田', 'Hani', '𠮷田'],
  ['李', 'Hani', '李'],
  ['李·', null],
  ['·李', null],
  ['李··示范', null],
  ['李.示范', null],
  ['李1示范', null],
  ['李示范A', null],
  ['李示范홍', null],
  ['李\u200b示范', null],
  ['李\u200d示范', null],
  ['李\u2060示范', null],
  ['\ufeff李示范', null],
  ['李示范\u202e', null],
  ['\u2066李示范\u2069', null],
  ['李\n示范', null],
  ['李示范\t', null],
  ['李\0示范', null],
  ['李\u00ad示范', null],
  ['李\ufe00示范', null],
  ['葛\u{e0100}城', null],
  ['李\u3164示范', null],
  ['李\ue000示范', null],
  ['李\u2028示范', null],
  ['', null],
  [' ', null],
  ['？？', null],
  ['李'.repeat(60), 'Hani', '李'.repeat(60)],
  ['李'.repeat(201), null]
]

const LONG_MINORITY = '买买提'.concat('·艾合买提'.repeat(12))
const MINORITY: readonly NameCase[] = [
  ['买买提·艾力', 'Hani', '买买提·艾力'],
  ['买买提・艾力', 'Hani', '买买提·艾力'],
  ['买买提•艾力', 'Hani', '买买提·艾力'],
  ['买买提‧艾力', 'Hani', '买买提·艾力'],
  ['买买提･艾力', 'Hani', '买买提·艾力'],
  ['买买提\u0387艾力', 'Hani', '买买提·艾力'],
  ['买买提∙艾力', 'Hani', '买买提·艾力'],
  ['买买提⋅艾力', 'Hani', '买买提·艾力'],
  ['买买提 · 艾力', 'Hani', '买买提·艾力'],
  ['买买提　・　艾力', 'Hani', '买买提·艾力'],
  ['古丽仙·吐尔逊·示范', 'Hani', '古丽仙·吐尔逊·示范'],
  [LONG_MINORITY, 'Hani', LONG_MINORITY],
  [LONG_MINORITY.replaceAll('·', '•'), 'Hani', LONG_MINORITY]
]

const HANGUL: readonly NameCase[] = [
  ['홍견본', 'Hang', '홍견본'],
  ['홍견본'.normalize('NFD'), 'Hang', '홍견본'],
  ['\u1112\u1169\u11bc견본', 'Hang', '홍견본'],
  [' 홍견본 ', 'Hang', '홍견본'],
  ['홍 견본', 'Hang', '홍 견본'],
  ['홍\u3000견본', 'Hang', '홍 견본'],
  ['남궁견본', 'Hang', '남궁견본'],
  ['ㅎ', 'Hang', 'ㅎ'.normalize('NFKC')],
  ['홍견본2', null],
  ['홍-견본', null],
  ['홍견본A', null],
  ['홍\u115f견본', null],
  ['홍\u200c견본', null]
]

const LATIN: readonly NameCase[] = [
  ['Li Shifan', 'Latn', 'LI SHIFAN'],
  ['LI  SHIFAN', 'Latn', 'LI SHIFAN'],
  ['ＬＩ　ＳＨＩＦＡＮ', 'Latn', 'LI SHIFAN'],
  ['li shifan', 'Latn', 'LI SHIFAN'],
  ['Müller', 'Latn', 'MULLER'],
  ['Mu\u0308ller', 'Latn', 'MULLER'],
  ['Groß', 'Latn', 'GROSS'],
  ['GROẞ', 'Latn', 'GROSS'],
  ['José María', 'Latn', 'JOSE MARIA'],
  ['Nguyễn Thị Mẫu', 'Latn', 'NGUYEN THI MAU'],
  ['Đặng Mẫu', 'Latn', 'DANG MAU'],
  ['Łukasz Wzór', 'Latn', 'LUKASZ WZOR'],
  ['Øystein Prøve', 'Latn', 'OYSTEIN PROVE'],
  ['Æsa Œuvre', 'Latn', 'AESA OEUVRE'],
  ['Þór Ðuro', 'Latn', 'THOR DURO'],
  ['Muster-Mann', 'Latn', 'MUSTER MANN'],
  ['Muster\u2010Mann', 'Latn', 'MUSTER MANN'],
  ['Muster\u2013Mann', 'Latn', 'MUSTER MANN'],
  ['Muster\u2212Mann', 'Latn', 'MUSTER MANN'],
  ["O'Sample", 'Latn', 'O SAMPLE'],
  ['O’Sample', 'Latn', 'O SAMPLE'],
  ['Oʼsample', 'Latn', 'O SAMPLE'],
  ['O`Sample', 'Latn', 'O SAMPLE'],
  ['Gal·la Mostra', 'Latn', 'GALLA MOSTRA'],
  ['SAMPLE<<ANNA<MARIA', 'Latn', 'SAMPLE ANNA MARIA'],
  ['Sample, Anna', 'Latn', 'SAMPLE ANNA'],
  ['Sample Jr.', 'Latn', 'SAMPLE JR'],
  ['- Sample -', 'Latn', 'SAMPLE'],
  ['ﬁlip', 'Latn', 'FILIP'],
  ['ıSIL Örnek', 'Latn', 'ISIL ORNEK'],
  ['i\u0307smail', 'Latn', 'ISMAIL'],
  ['x', 'Latn', 'X'],
  ['Sample 2', null],
  ['Sample Образец', null],
  ['Образец', null],
  ['サンプル', null],
  ['Sample_Anna', null],
  ['Sample\u202eAnna', null],
  ['Sample\u200dAnna', null],
  ["'", null],
  ['a'.repeat(201), null]
]

const ZONE = 'VANDERSAMPLE ANNA MARIA CHARLOTTE ELISABETH'

/** A text whose strange characters can be told apart where they are printed. */
function visible (text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} ]/gu, (letter) => `{${letter.codePointAt(0)?.toString(16) ?? ''}}`)
}

for (const [title, cases] of [['Chinese names', CHINESE], ['minority names with middle dots', MINORITY], ['Korean names', HANGUL], ['names in Latin letters', LATIN]] as const) {
  t.test(`${title} are compared as the table says`, async (t) => {
    for (const [text, script, normal] of cases) {
      const name = readName(text)
      t.same(name === null ? [null, undefined] : [name.script, name.normal], [script, normal], visible(text))
    }
  })
}

t.test('names in another order, or cut as a passport cuts them, look like each other', async (t) => {
  const cases: ReadonlyArray<readonly [one: string, other: string, alike: boolean]> = [
    ['LI SHIFAN', 'SHIFAN LI', true],
    ['ANNA MARIA SAMPLE', 'SAMPLE ANNA MARIA', true],
    [ZONE, ZONE.slice(0, 39).trimEnd(), true],
    [ZONE, ZONE.slice(0, 38).trimEnd(), true],
    [ZONE, ZONE.slice(0, 30).trimEnd(), false],
    ['LI SHIFAN', 'LI SHIFANG', false],
    ['LI SHIFAN', 'LI', false],
    ['ANNA SAMPLE', 'ANNA MARIA SAMPLE', false]
  ]
  for (const [one, other, alike] of cases) {
    const looks = (text: string): string[] => [text, ...latinVariants(text)]
    t.equal(looks(one).some((variant) => looks(other).includes(variant)), alike, `${one} / ${other}`)
  }
})

const PHONES: ReadonlyArray<readonly [text: string, region: PhoneRegion | null, number: string | null]> = [
  ['13800138000', 'CN', '+8613800138000'],
  ['138 0013 8000', 'CN', '+8613800138000'],
  ['138-0013-8000', 'CN', '+8613800138000'],
  ['１３８００１３８０００', 'CN', '+8613800138000'],
  ['+86 138 0013 8000', 'CN', '+8613800138000'],
  ['＋86 138 0013 8000', null, '+8613800138000'],
  ['0086 13800138000', null, '+8613800138000'],
  ['8613800138000', 'CN', '+8613800138000'],
  ['013800138000', 'CN', '+8613800138000'],
  ['(010) 1234-5678', 'CN', '+861012345678'],
  ['+86 (0)10 1234 5678', null, '+861012345678'],
  ['010-1234-5678', 'KR', '+821012345678'],
  ['010.1234.5678', 'KR', '+821012345678'],
  ['1012345678', 'KR', '+821012345678'],
  ['+82 10-1234-5678', 'CN', '+821012345678'],
  ['+82 (0)10 1234 5678', null, '+821012345678'],
  ['+82010-1234-5678', null, '+821012345678'],
  ['821012345678', 'KR', '+821012345678'],
  ['02-123-4567', 'KR', '+8221234567'],
  ['+1 415 555 0100', 'CN', '+14155550100'],
  ['13800138000', null, null],
  ['12800138000', 'CN', null],
  ['1380013800', 'CN', null],
  ['138001380001', 'CN', null],
  ['+123456', null, null],
  ['+0138001380001', null, null],
  ['+1234567890123456', null, null],
  ['138001380OO', 'CN', null],
  ['138\u200b00138000', 'CN', null],
  ['', 'CN', null]
]

t.test('telephone numbers become E.164, those without a country of the one whose law asks', async (t) => {
  for (const [text, region, number] of PHONES) t.equal(readPhone(text, region), number, `${text} in ${region}`)
})

const POINTERS = { type: '/type', number: '/number' }
const IDS: ReadonlyArray<readonly [type: string, number: string, country: string | undefined, result: string]> = [
  ['cn_id', '110101199003070011', undefined, 'CN 110101199003070011'],
  ['cn_id', '１１０１０１１９９００３０７００１１', undefined, 'CN 110101199003070011'],
  ['cn_id', '110101 19900307 0011', undefined, 'CN 110101199003070011'],
  ['cn_id', '110101-19900307-0011', undefined, 'CN 110101199003070011'],
  ['cn_id', '11010119900101100x', undefined, 'CN 11010119900101100X'],
  ['cn_id', '110101199001011X00', undefined, 'id_checksum'],
  ['cn_id', '110101199003070012', undefined, 'id_checksum'],
  ['cn_id', '110101199002300011', undefined, 'id_checksum'],
  ['cn_id', '110101199013070011', undefined, 'id_checksum'],
  ['cn_id', '110101189903070011', undefined, 'id_checksum'],
  ['cn_id', '110101900307001', undefined, 'id_checksum'],
  ['cn_id', '11010119900307001', undefined, 'id_checksum'],
  ['cn_id', '1101011990030700111', undefined, 'id_checksum'],
  ['cn_id', 'A10101199003070011', undefined, 'id_checksum'],
  ['cn_id', '', undefined, 'id_checksum'],
  ['kr_pccc', 'P123456789012', undefined, 'KR P123456789012'],
  ['kr_pccc', 'p123456789012', undefined, 'KR P123456789012'],
  ['kr_pccc', 'Ｐ１２３４５６７８９０１２', undefined, 'KR P123456789012'],
  ['kr_pccc', 'P1234-5678-9012', undefined, 'KR P123456789012'],
  ['kr_pccc', 'P12345678901', undefined, 'id_checksum'],
  ['kr_pccc', '123456789012', undefined, 'id_checksum'],
  ['kr_pccc', 'P900101123456\u200b7', undefined, 'id_checksum'],
  ['passport', 'E12345678', 'CN', 'CN E12345678'],
  ['passport', 'e 1234 5678', 'CN', 'CN E12345678'],
  ['passport', 'M12345678', undefined, 'null M12345678'],
  ['passport', '1', 'CN', 'id_checksum'],
  ['passport', 'E1234!678', 'CN', 'id_checksum'],
  ['kr_rrn', '900101-1234567', undefined, 'prohibited_identifier'],
  ['kr_rrn', 'anything', undefined, 'prohibited_identifier'],
  ['passport', '900101-1234567', 'KR', 'prohibited_identifier'],
  ['passport', '9001011234567', 'KR', 'prohibited_identifier'],
  ['kr_pccc', '９００１０１-1234567', undefined, 'prohibited_identifier'],
  ['cn_id', '900101 2234567', undefined, 'prohibited_identifier'],
  ['passport', '0002294234567', 'KR', 'prohibited_identifier'],
  ['passport', '9013011234567', 'KR', 'KR 9013011234567'],
  ['driver', 'D1234567', undefined, 'invalid_request']
]

t.test('numbers of documents are checked, and Korean resident numbers refused whatever they are called', async (t) => {
  for (const [type, number, country, result] of IDS) {
    let found: string
    try {
      const parsed = parseIdNumber({ type, number, country }, POINTERS)
      found = `${parsed.country} ${parsed.number}`
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      found = error.code
      t.notOk(number.length > 3 && error.message.includes(number), 'what was sent is not repeated')
    }
    t.equal(found, result, `${type} ${number}`)
  }
})

const POSTCODES: ReadonlyArray<readonly [text: string, postcode: string | null]> = [
  ['100010', '100010'], ['１０００１０', '100010'], ['04524', '04524'], ['100-001', '100001'], ['100 010', '100010'], ['sw1a 1aa', 'SW1A1AA'], ['12', null], ['', null], ['12345678901', null], ['1000\u200b10', null], ['地址', null]
]

t.test('postcodes are compared without what stands between their digits', async (t) => {
  for (const [text, postcode] of POSTCODES) t.equal(readPostcode(text), postcode, text)
})

t.test('the tables have more than 120 cases', async (t) => {
  t.ok([CHINESE, MINORITY, HANGUL, LATIN, PHONES, IDS, POSTCODES].flat().length > 180)
})

/** The text in the widths of East Asian computers. */
function wide (text: string): string {
  return [...text].map((letter) => letter >= '!' && letter <= '~' ? String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0) : letter === ' ' ? '\u3000' : letter).join('')
}

const nameText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'李示范歐陽〇·・• 　'), minLength: 1, maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...'홍견본가힣ᄒ '), minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...'aZéßØłđ-\'’.,< ǅﬁ·'), minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 40 })
)

t.test('a normal form is its own normal form', async () => {
  fc.assert(fc.property(nameText, (text) => {
    const name = readName(text)
    if (name === null) return true
    const again = readName(name.normal)
    const shown = readName(name.shown)
    return again?.normal === name.normal && again.script === name.script && shown?.normal === name.normal && shown.shown === name.shown
  }), { numRuns: 5_000 })
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
    const plain = plainText(text)
    return plain === null || plainText(plain) === plain
  }), { numRuns: 2_000 })
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'+0123456789 -()'), maxLength: 20 }), fc.constantFrom<PhoneRegion | null>('CN', 'KR', null), (text, region) => {
    const phone = readPhone(text, region)
    return phone === null || (readPhone(phone, null) === phone && readPhone(phone, 'KR') === phone)
  }), { numRuns: 5_000 })
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'aP0123456789 -'), maxLength: 14 }), (text) => {
    const postcode = readPostcode(text)
    return postcode === null || readPostcode(postcode) === postcode
  }))
})

t.test('width makes no difference', async () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'abcXYZ-\'., '), maxLength: 40 }), (text) => readName(wide(text))?.normal === readName(text)?.normal), { numRuns: 2_000 })
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'+0123456789 -()'), maxLength: 20 }), (text) => readPhone(wide(text), 'CN') === readPhone(text, 'CN')), { numRuns: 2_000 })
  fc.assert(fc.property(fc.nat(300_000), (serial) => isChineseId(parseIdNumber({ type: 'cn_id', number: wide(cardNumber(serial)) }, POINTERS).number)))
})

t.test('one wrong character of a card is always noticed, and so are two that changed places', async () => {
  fc.assert(fc.property(fc.nat(300_000), fc.nat(17), fc.constantFrom(...'0123456789X'), (serial, place, other) => {
    const number = cardNumber(serial)
    return number[place] === other || !isChineseId(number.slice(0, place) + other + number.slice(place + 1))
  }))
  fc.assert(fc.property(fc.nat(300_000), fc.nat(16), (serial, place) => {
    const number = cardNumber(serial)
    const swapped = number.slice(0, place) + (number[place + 1] ?? '') + (number[place] ?? '') + number.slice(place + 2)
    return swapped === number || !isChineseId(swapped)
  }))
})
