import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { DOMParser, type Element } from '@xmldom/xmldom'
import fc from 'fast-check'
import t from 'tap'
import { readCeb412, RETURN_RULES, writeCeb412 } from '../src/customs/declarations/answers/ceb412.ts'
import { HEAD_RULES, TRANSFER_RULES, flawsOfCeb411 } from '../src/customs/declarations/voucher/ceb411-rules.ts'
import { chinaTime, chinaYear, fromChinaTime } from '../src/customs/declarations/voucher/china-time.ts'
import { readCeb411 } from '../src/customs/declarations/voucher/read-ceb411.ts'
import type { Payer, Sender, Voucher } from '../src/customs/declarations/voucher/voucher.ts'
import { writeCeb411 } from '../src/customs/declarations/voucher/write-ceb411.ts'
import { flawsOf, type TextElement } from '../src/customs/declarations/xml/element-rules.ts'
import { requirePlainXml, XML_DEPTH_MAX, XML_LENGTH_MAX } from '../src/customs/declarations/xml/guard-xml.ts'
import { readXml } from '../src/customs/declarations/xml/read-xml.ts'
import { packageRoot } from '../src/db/package-root.ts'
import { Refusal } from '../src/kernel/refusals.ts'
import { codeOf, refusalOf } from './support/trade-desk.ts'

// Every person and code here is made up.
const SENDER: Sender = { payCode: '31222699S7', payName: 'Example Payments (made up)', copCode: '31222699S7', copName: 'Example Payments (made up)', dxpMode: 'DXP', dxpId: 'DXPEXAMPLE0000001' }
const PAYER: Payer = { idType: '1', idNumber: '11010519491231002X', name: '张三', phone: '+8613800000000' }
const VOUCHER: Voucher = {
  guid: '019aa46a-a262-7972-bd13-1875e8e9a1f2',
  type: 'new',
  madeAt: new Date('2026-01-31T16:00:00.999Z'),
  payTransactionId: 'P-1',
  orderNo: 'ORD-1',
  platformCode: '4601630005',
  platformName: 'Example Platform (made up)',
  amount: 4480n,
  paidAt: new Date('2026-01-31T15:59:59.000Z')
}

const schemaOf = (name: string): string => join(packageRoot(), 'src/customs/declarations/schema', `${name}.xsd`)
const hasXmllint = spawnSync('xmllint', ['--version']).error === undefined

/** Whether the schema takes the message; null where this machine has no tool for that. */
function fitsSchema (name: string, xml: string): boolean | null {
  if (!hasXmllint) return null
  return spawnSync('xmllint', ['--noout', '--nonet', '--schema', schemaOf(name), '-'], { input: xml }).status === 0
}

/** The elements of a message as a parser sees it that wrote none of it: sections by their path, with the namespace of each element. */
function parsed (xml: string): { readonly root: Element, readonly sections: Record<string, TextElement[]> } {
  const root = new DOMParser({ onError: (level, message) => { if (level !== 'warning') throw new Error(`${level}: ${message}`) } }).parseFromString(xml, 'text/xml').documentElement
  if (root === null) throw new Error('there is no element')
  const sections: Record<string, TextElement[]> = {}
  const walk = (element: Element, path: string): void => {
    const children = [...element.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE)
    for (const child of children) {
      if (child.namespaceURI !== 'http://www.chinaport.gov.cn/ceb') throw new Error(`${child.nodeName} is of no namespace of the customs`)
      if ([...child.childNodes].some((node) => node.nodeType === node.ELEMENT_NODE)) walk(child, `${path}${child.localName ?? ''}/`)
      else (sections[path.slice(0, -1)] ??= []).push({ name: child.localName ?? '', text: child.textContent ?? '' })
    }
  }
  walk(root, '')
  return { root, sections }
}

t.test('a voucher is the message CEB411, element by element', async (t) => {
  const xml = writeCeb411(VOUCHER, PAYER, SENDER)
  const { root, sections } = parsed(xml)
  t.equal(root.nodeName, 'ceb:CEB411Message')
  t.strictSame([...root.attributes].map(({ name, value }) => [name, value]), [
    ['guid', '019AA46A-A262-7972-BD13-1875E8E9A1F2'], ['version', '1.0'], ['xmlns:ceb', 'http://www.chinaport.gov.cn/ceb']
  ])
  t.strictSame(Object.keys(sections), ['Payment/PaymentHead', 'BaseTransfer'])
  t.strictSame(sections['Payment/PaymentHead']?.map(({ name, text }) => `${name} ${text}`), [
    'guid 019AA46A-A262-7972-BD13-1875E8E9A1F2', 'appType 1', 'appTime 20260201000000', 'appStatus 2', 'payCode 31222699S7', 'payName Example Payments (made up)',
    'payTransactionId P-1', 'orderNo ORD-1', 'ebpCode 4601630005', 'ebpName Example Platform (made up)', 'payerIdType 1', 'payerIdNumber 11010519491231002X', 'payerName 张三',
    'telephone +8613800000000', 'amountPaid 44.80', 'currency 142', 'payTime 20260131235959', 'note '
  ])
  t.strictSame(sections['BaseTransfer']?.map(({ name, text }) => `${name} ${text}`), [
    'copCode 31222699S7', 'copName Example Payments (made up)', 'dxpMode DXP', 'dxpId DXPEXAMPLE0000001', 'note '
  ])
  t.not(fitsSchema('ceb411', xml), false)
  t.match(writeCeb411({ ...VOUCHER, type: 'change' }, PAYER, SENDER), '<ceb:appType>2<')
  t.match(writeCeb411({ ...VOUCHER, type: 'delete' }, PAYER, SENDER), '<ceb:appType>3<')
})

t.test('nobody pays after the message that tells of it, whatever the clocks say', async (t) => {
  const { sections } = parsed(writeCeb411({ ...VOUCHER, paidAt: new Date('2026-01-31T17:00:00.000Z') }, PAYER, SENDER))
  t.match(sections['Payment/PaymentHead']?.filter(({ name }) => name.endsWith('Time')), [{ name: 'appTime', text: '20260201010000' }, { name: 'payTime', text: '20260201010000' }])
})

const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.normalize('NFC').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/gu, '').trim()).filter((text) => [...text].length >= 1 && [...text].length <= 60)
const anyVoucher = fc.record({
  guid: fc.uuid(),
  type: fc.constantFrom('new', 'change', 'delete'),
  madeAt: fc.date({ min: new Date('2020-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }),
  payTransactionId: anyName,
  orderNo: anyName,
  platformCode: fc.stringMatching(/^[A-Z0-9]{1,18}$/),
  platformName: anyName,
  amount: fc.bigInt({ min: 1n, max: 10n ** 15n }),
  paidAt: fc.date({ min: new Date('2020-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
})
const anyPayer = fc.record({ idType: fc.constantFrom('1', '2'), idNumber: fc.stringMatching(/^[A-Z0-9]{5,20}$/), name: anyName, phone: fc.constantFrom('', '+8613800000000') })

t.test('whatever a voucher says, two parsers read what was meant, the rules take it, and the schema too', async (t) => {
  const all: string[] = []
  fc.assert(fc.property(anyVoucher, anyPayer, (voucher, payer) => {
    const xml = writeCeb411(voucher, payer, SENDER)
    const { sections } = parsed(xml)
    const head = sections['Payment/PaymentHead'] ?? []
    const message = { head, transfer: sections['BaseTransfer'] ?? [] }
    const own = readCeb411(xml)
    all.push(xml)
    return flawsOfCeb411(message).length === 0 && own.flaws.length === 0 &&
      JSON.stringify([own.head, own.transfer]) === JSON.stringify([head, message.transfer]) &&
      head.find(({ name }) => name === 'payerName')?.text === payer.name && head.find(({ name }) => name === 'ebpName')?.text === voucher.platformName
  }), { numRuns: 300 })
  for (const xml of all.slice(0, 20)) t.not(fitsSchema('ceb411', xml), false)
})

/** A message with one element of its head written anew, by the name of the element; null leaves it out. */
function broken (name: string, text: string | null): string {
  const xml = writeCeb411(VOUCHER, PAYER, SENDER)
  return xml.replace(new RegExp(`<ceb:${name}>[^<]*</ceb:${name}>`), text === null ? '' : `<ceb:${name}>${text}</ceb:${name}>`)
}

const WRONG: ReadonlyArray<readonly [element: string, text: string | null]> = [
  ['guid', '019aa46a-a262-7972-bd13-1875e8e9a1f2'], ['guid', null], ['appType', '4'], ['appType', ''], ['appTime', '2026020100000'], ['appTime', '20260201T00000'], ['appStatus', '0'],
  ['payCode', '1234567890123456789'], ['payCode', ''], ['payName', 'x'.repeat(101)], ['payTransactionId', 'x'.repeat(61)], ['orderNo', 'x'.repeat(61)], ['orderNo', ''],
  ['ebpCode', 'x'.repeat(19)], ['ebpName', ''], ['payerIdType', '3'], ['payerIdNumber', ''], ['payerName', ''], ['payerName', '张'.repeat(61)], ['payerName', null],
  ['telephone', '1'.repeat(51)], ['amountPaid', '0'], ['amountPaid', '0.00'], ['amountPaid', '-1.00'], ['amountPaid', '1,00'], ['amountPaid', '1.000001'], ['amountPaid', '123456789012345'],
  ['amountPaid', '1e3'], ['amountPaid', '01.00'], ['amountPaid', null], ['currency', 'CNY'], ['currency', '156'], ['payTime', 'yesterday'], ['note', 'x'.repeat(1001)], ['note', 'a&#10;b'], ['note', null]
]

t.test('the rules and the schema refuse the same, and tell where', async (t) => {
  for (const [element, text] of WRONG) {
    const xml = broken(element, text)
    const { sections } = parsed(xml)
    const flaws = flawsOfCeb411({ head: sections['Payment/PaymentHead'] ?? [], transfer: sections['BaseTransfer'] ?? [] })
    t.ok(flaws.some((flaw) => flaw.element === element), `${element} ${text ?? 'left out'}`)
    t.not(fitsSchema('ceb411', xml), true, `${element} ${text ?? 'left out'}: the schema, too`)
  }
  const swapped = writeCeb411(VOUCHER, PAYER, SENDER).replace(/(<ceb:payerName>.*?<\/ceb:payerName>)(\s*)(<ceb:telephone>.*?<\/ceb:telephone>)/s, '$3$2$1')
  t.strictSame(readCeb411(swapped).flaws.map(({ element, problem }) => `${element} ${problem}`), ['telephone misplaced', 'payerName misplaced'])
  t.not(fitsSchema('ceb411', swapped), true)
  t.strictSame(readCeb411(broken('payTime', '20990101000000')).flaws, [{ element: 'payTime', problem: 'later_than_message' }])
  t.strictSame(readCeb411(broken('telephone', '')).flaws, [], 'no phone is no flaw')
})

t.test('what does not fit is refused by the name of its element, and never repeated', async (t) => {
  for (const [voucher, payer, element] of [
    [{ ...VOUCHER, platformCode: 'SECRET-SECRET-SECRET' }, PAYER, 'ebpCode'],
    [VOUCHER, { ...PAYER, name: `SECRET${'x'.repeat(60)}` }, 'payerName'],
    [VOUCHER, { ...PAYER, name: 'SECRET\u0007' }, 'payerName'],
    [VOUCHER, { ...PAYER, idNumber: '' }, 'payerIdNumber'],
    [{ ...VOUCHER, amount: 0n }, PAYER, 'amountPaid']
  ] as const) {
    try {
      writeCeb411(voucher, payer, SENDER)
      t.fail(element)
    } catch (error) {
      t.ok(error instanceof Refusal && error.code === 'not_declarable' && error.message.includes(element) && !error.message.includes('SECRET'), element)
    }
  }
})

t.test('the schema names the elements of the rules, in their order', async (t) => {
  const elementsIn = (name: string, type: string): string[] => {
    const root = new DOMParser().parseFromString(execFileSync('cat', [schemaOf(name)], { encoding: 'utf8' }), 'text/xml')
    const found = [...root.getElementsByTagName('xs:complexType')].find((element) => element.getAttribute('name') === type)
    return [...found?.getElementsByTagName('xs:element') ?? []].map((element) => element.getAttribute('name') ?? '')
  }
  t.strictSame(elementsIn('ceb411', 'PaymentHead'), HEAD_RULES.map(({ name }) => name))
  t.strictSame(elementsIn('ceb411', 'BaseTransfer'), TRANSFER_RULES.map(({ name }) => name))
  t.strictSame(elementsIn('ceb412', 'PaymentReturn'), RETURN_RULES.map(({ name }) => name))
})

const ANSWER = { guid: VOUCHER.guid.toUpperCase(), payCode: SENDER.payCode, payTransactionId: 'P-1', code: '120', at: new Date('2026-01-31T16:00:01.250Z') }
const ANSWER_XML = writeCeb412(ANSWER, '019aa46a-a262-7972-bd13-1875e8e9a1f3')

t.test('an answer of customs is read as it was meant, with its prefix or without', async (t) => {
  t.strictSame(readCeb412(ANSWER_XML), ANSWER)
  t.strictSame(readCeb412(ANSWER_XML.replaceAll('ceb:', '').replace('xmlns:ceb', 'xmlns').replace(' xmlns="', ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="').replace('xmlns:="', 'xmlns="')), ANSWER)
  t.strictSame(readCeb412(`\uFEFF${ANSWER_XML}`), ANSWER, 'a byte order mark is no text')
  t.match(readCeb412(ANSWER_XML.replace('20260201000001250', '20260201000001')), { at: new Date('2026-01-31T16:00:01.000Z') }, 'milliseconds may be left out')
  t.match(readCeb412(ANSWER_XML.replace('<ceb:returnInfo></ceb:returnInfo>', '<ceb:returnInfo>[Code:1&lt;2;Desc:审核 &amp; 通过]</ceb:returnInfo>')), { code: '120' })
  const { sections } = parsed(ANSWER_XML)
  t.strictSame(flawsOf(RETURN_RULES, sections['PaymentReturn'] ?? []), [])
  t.not(fitsSchema('ceb412', ANSWER_XML), false)
})

const elements = ANSWER_XML.replace(/^<\?xml[^>]*\?>\s*/, '')
const info = (text: string): string => ANSWER_XML.replace('<ceb:returnInfo></ceb:returnInfo>', `<ceb:returnInfo>${text}</ceb:returnInfo>`)

const HOSTILE: Readonly<Record<string, string>> = {
  'a document type': `<!DOCTYPE ceb:CEB412Message>${elements}`,
  'an entity that brings in a file': `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${info('&f;').replace(/^<\?xml[^>]*\?>/, '')}`,
  'a thousand million laughs': `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>${info('&c;').replace(/^<\?xml[^>]*\?>/, '')}`,
  'an entity that nobody declared': info('&f;'),
  'a character by its number': info('&#65;'),
  'a character by its hexadecimal number': info('&#x41;'),
  'an ampersand by itself': info('a & b'),
  'a comment': info('<!-- -->'),
  'a code cut in two by a comment': ANSWER_XML.replace('>120<', '>12<!-- -->0<'),
  'a section of character data': info('<![CDATA[a]]>'),
  'a processing instruction': info('<?php echo 1 ?>'),
  'a style sheet': ANSWER_XML.replace('?>', '?><?xml-stylesheet href="http://example.com/x.xsl"?>'),
  'another encoding': ANSWER_XML.replace('UTF-8', 'UTF-16'),
  'another version of XML': ANSWER_XML.replace('version="1.0" enc', 'version="1.1" enc'),
  'a NUL': info('\0'),
  'a control character': info('\u0001'),
  'half of a surrogate pair': info('\ud800'),
  'what is no character': info('\uffff'),
  'an attribute that is given twice': ANSWER_XML.replace('version="1.0" xmlns', 'version="1.0" version="1.0" xmlns'),
  'an attribute that is given twice, once with other quotes': ANSWER_XML.replace('version="1.0" xmlns', 'version="1.0" version=\'1.0\' xmlns'),
  'an attribute without quotes': ANSWER_XML.replace('version="1.0" xmlns', 'version=1.0 xmlns'),
  'an attribute where none belongs': ANSWER_XML.replace('<ceb:returnStatus>', '<ceb:returnStatus x="1">'),
  'an attribute that is not known at the top': ANSWER_XML.replace('version="1.0" xmlns', 'version="1.0" onload="x" xmlns'),
  'a namespace of somebody else': ANSWER_XML.replace('chinaport.gov.cn', 'chinaport.example'),
  'another version': ANSWER_XML.replace('version="1.0" xmlns', 'version="2.0" xmlns'),
  'another message': ANSWER_XML.replaceAll('CEB412Message', 'CEB312Message'),
  'an element of another namespace': ANSWER_XML.replaceAll('ceb:returnInfo', 'x:returnInfo'),
  'an element that is deeper than messages are': info('<ceb:a>'.repeat(XML_DEPTH_MAX) + '</ceb:a>'.repeat(XML_DEPTH_MAX)),
  'ten thousand elements in each other': '<a>'.repeat(10_000) + '</a>'.repeat(10_000),
  'depth that an attribute hides': '<a b="/>">'.repeat(20) + '</a>'.repeat(20),
  'an element that does not end': ANSWER_XML.replace('</ceb:PaymentReturn>', ''),
  'two elements at the top': ANSWER_XML + elements,
  'text behind the end': `${ANSWER_XML}text`,
  'text in front': `text${elements}`,
  'text beside elements': ANSWER_XML.replace('<ceb:payCode>', 'text<ceb:payCode>'),
  'an element with an element beside those without': info('<ceb:a></ceb:a>'),
  'a name that reaches into objects': ANSWER_XML.replaceAll('ceb:returnInfo', 'ceb:__proto__'),
  'more than a message ever has': info(' '.repeat(XML_LENGTH_MAX)),
  'no XML at all': '{"code":"120"}',
  nothing: ''
}

for (const [what, xml] of Object.entries(HOSTILE)) {
  t.test(`refused at the door: ${what}`, async (t) => {
    t.match(codeOf(() => readCeb412(xml)), /^(invalid_xml|invalid_receipt)$/)
    t.equal(({} as { polluted?: unknown }).polluted, undefined)
  })
}

t.test('depth ends at the door, before anything is built, and at the parser where an attribute hides it', async (t) => {
  const nested = (depth: number, start = '<a>'): string => start.repeat(depth) + '</a>'.repeat(depth)
  t.equal(requirePlainXml(nested(8)), nested(8))
  t.match(refusalOf(() => requirePlainXml(nested(9))), { code: 'invalid_xml', message: /nested more than 8 deep/ })
  t.equal(requirePlainXml(nested(20, '<a b="/>">')).length > 0, true)
  t.equal(codeOf(() => readXml(nested(20, '<a b="/>">'))), 'invalid_xml')
})

t.test('an answer that does not keep to the rules is refused by the name of its element', async (t) => {
  const wrong: ReadonlyArray<readonly [string, string]> = [
    ['>120<', '>12O<'], ['>120<', '>+120<'], ['>120<', '>0120<'], ['>120<', '><'], ['20260201000001250', '2026020100000125'], ['20260201000001250', '20260230000001250'], ['20260201000001250', '20260201240001250'],
    ['>P-1<', '><'], [ANSWER.guid, ANSWER.guid.toLowerCase()], ['<ceb:payCode>31222699S7</ceb:payCode>', ''], ['<ceb:returnStatus>120</ceb:returnStatus>', '<ceb:returnStatus>120</ceb:returnStatus><ceb:returnStatus>100</ceb:returnStatus>'],
    ['</ceb:PaymentReturn>', '</ceb:PaymentReturn><ceb:PaymentReturns><ceb:guid>1</ceb:guid></ceb:PaymentReturns>']
  ]
  for (const [from, to] of wrong) {
    // The guid stands at the top as well.
    const xml = from === ANSWER.guid ? ANSWER_XML.replace(`<ceb:guid>${from}`, `<ceb:guid>${to}`) : ANSWER_XML.replace(from, to)
    t.equal(codeOf(() => readCeb412(xml)), 'invalid_receipt', to)
    if (!from.startsWith('2026')) t.not(fitsSchema('ceb412', xml), true, to)
  }
})

t.test('times are those of China, whose year begins eight hours before ours', async (t) => {
  t.equal(chinaTime(new Date('2025-12-31T15:59:59.999Z')), '20251231235959')
  t.equal(chinaTime(new Date('2025-12-31T16:00:00.000Z')), '20260101000000')
  t.equal(chinaYear(new Date('2025-12-31T16:00:00.000Z')), 2026)
  t.equal(fromChinaTime('20260101000000')?.toISOString(), '2025-12-31T16:00:00.000Z')
  for (const text of ['20260229000000', '20261301000000', '20260101006000', '2026010100000', '20260101000000000000', 'x']) t.equal(fromChinaTime(text), null, text)
  fc.assert(fc.property(fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }), (time) => fromChinaTime(chinaTime(time))?.getTime() === Math.floor(time.getTime() / 1000) * 1000))
})
