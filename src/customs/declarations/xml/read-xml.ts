import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { hostile, requirePlainXml, XML_DEPTH_MAX } from './guard-xml.ts'

/** An element: its name as it is written, its attributes, and what is in it: other elements or a text. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Without the space around it. */
  readonly text: string
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  // Only the five entities of XML can be there: see `plain`.
  processEntities: false,
  maxNestedTags: XML_DEPTH_MAX
})

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" }

/** How the parser gives an element: one member of the element's name, and one of its attributes. */
type Node = Readonly<Record<string, unknown>>

/**
 * The one element that a text from outside is. Refuses `invalid_xml` for what {@link requirePlainXml} refuses, for what is not well-formed, for an
 * attribute that is given twice, and for more than one element at the top.
 */
export function readXml (text: string): XmlElement {
  const elements = requirePlainXml(text)
  const valid = XMLValidator.validate(elements)
  if (valid !== true) throw hostile(`It is not well-formed in line ${valid.err.line}.`)
  const [root, ...others] = parse(elements)
  if (root === undefined || others.length > 0) throw hostile('It is to be one element, with all others in it.')
  return root
}

function parse (text: string): XmlElement[] {
  let nodes: unknown
  try {
    nodes = parser.parse(text)
  } catch {
    // Its message may quote what stood there.
    throw hostile('It is not well-formed.')
  }
  return elementsOf(nodes)
}

function elementsOf (nodes: unknown): XmlElement[] {
  return (nodes as readonly Node[]).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@')
    if (name === undefined || name === '#text') return []
    const inside = node[name] as readonly Node[]
    const attributes = Object.entries(node[':@'] ?? {}).map(([key, value]): [string, string] => [key, plain(String(value))])
    const text = inside.map((each) => typeof each['#text'] === 'string' ? each['#text'] : '').join('')
    return [{ name, attributes: new Map(attributes), children: elementsOf(inside), text: plain(text).trim() }]
  })
}

function plain (text: string): string {
  return text.replaceAll(/&\w+;/g, (reference) => ENTITIES[reference] ?? reference)
}
