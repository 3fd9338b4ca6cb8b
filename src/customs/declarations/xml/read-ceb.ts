import type { TextElement } from './element-rules.ts'
import { hostile } from './guard-xml.ts'
import { readXml, type XmlElement } from './read-xml.ts'

export const CEB_NAMESPACE = 'http://www.chinaport.gov.cn/ceb'
export const CEB_VERSION = '1.0'

/** What may stand at the top; anything else would be read by some and not by others. Below it, nothing has attributes. */
const ROOT_ATTRIBUTES = /^(guid|version|xmlns|xmlns:ceb|xmlns:xsi|xsi:schemaLocation)$/

/** A message of China's customs: what is in each of its sections, by the names without their prefix. */
export interface CebMessage {
  readonly guid: string
  /** The path of a section, such as `Payment/PaymentHead`, and its elements. */
  readonly sections: ReadonlyMap<string, readonly TextElement[]>
}

/**
 * Reads a message of that name from outside; its names may stand in the namespace of the customs with the prefix `ceb` or with none. Refuses `invalid_xml`
 * for what {@link readXml} refuses, for another message, namespace or version, for a section that is there twice, for attributes where none belong, and
 * for text beside elements.
 */
export function readCeb (text: string, name: string): CebMessage {
  const root = readXml(text)
  const prefix = root.name.startsWith('ceb:') ? 'ceb:' : ''
  if (root.name !== prefix + name) throw hostile(`It is to be a ${name}.`)
  if ([...root.attributes.keys()].some((attribute) => !ROOT_ATTRIBUTES.test(attribute))) throw hostile(`${name} has an attribute that does not belong there.`)
  if (root.attributes.get(prefix === '' ? 'xmlns' : 'xmlns:ceb') !== CEB_NAMESPACE) throw hostile(`${name} is not of the namespace ${CEB_NAMESPACE}.`)
  if (root.attributes.get('version') !== CEB_VERSION) throw hostile(`${name} is not of version ${CEB_VERSION}.`)
  const sections = new Map<string, readonly TextElement[]>()
  for (const child of root.children) gather(child, { prefix, path: '', sections })
  if (root.text !== '') throw hostile('There is text beside elements.')
  return { guid: root.attributes.get('guid') ?? '', sections }
}

interface Place {
  readonly prefix: string
  readonly path: string
  readonly sections: Map<string, readonly TextElement[]>
}

function gather (element: XmlElement, { prefix, path, sections }: Place): void {
  const here = path + nameOf(element, prefix)
  const leaves = element.children.filter(({ children }) => children.length === 0)
  if (leaves.length < element.children.length) {
    if (leaves.length > 0 || element.text !== '') throw hostile('There is text beside elements, or one that has none beside one that has.')
    for (const child of element.children) gather(child, { prefix, path: `${here}/`, sections })
    return
  }
  if (element.text !== '') throw hostile('There is text where elements belong.')
  if (sections.has(here)) throw hostile(`${here} is there twice.`)
  sections.set(here, leaves.map((leaf) => ({ name: nameOf(leaf, prefix), text: leaf.text })))
}

function nameOf ({ name, attributes }: XmlElement, prefix: string): string {
  if (attributes.size > 0) throw hostile('An element has attributes where none belong.')
  if (!name.startsWith(prefix) || name.slice(prefix.length).includes(':')) throw hostile('An element is of another namespace than its message.')
  return name.slice(prefix.length)
}
