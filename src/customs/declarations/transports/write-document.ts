import type { Kysely } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { Refusal } from '../../../kernel/refusals.ts'
import { readIdentityFields } from '../../identities/read-identity.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import { keyringFor } from '../../keyring/tenant-keyring.ts'
import type { Declaration, Message } from '../declaration.ts'
import type { Jurisdiction } from '../states.ts'
import { HEAD_RULES } from '../voucher/ceb411-rules.ts'
import { CONSIGNEE_RULES, writeUnipass, type Consignee } from '../voucher/unipass-document.ts'
import type { Payer, Sender } from '../voucher/voucher.ts'
import { writeCeb411 } from '../voucher/write-ceb411.ts'

/** Where identities are read from, and with which keys. */
export interface IdentitySource {
  readonly db: Kysely<Database>
  readonly keyring: Keyring | null
}

/** Whose identities a message tells of, by inside ids. */
type Parties = Pick<Declaration, 'payerId' | 'consigneeId'>

/**
 * A message of a declaration as it goes to customs, with the personal data of whom it tells: whoever asks hands it on, and neither keeps nor logs it. Refuses `not_declarable`,
 * `identity_erased` and `keyring_missing`.
 */
export async function writeDocument (source: IdentitySource, tenantId: number, { declaration, message, sender }: { readonly declaration: Declaration, readonly message: Message, readonly sender: Sender }): Promise<string> {
  switch (declaration.jurisdiction) {
    case 'CN': return writeCeb411({ ...declaration, ...message }, await readPayer(source, tenantId, declaration), sender)
    case 'KR': return writeUnipass({ ...declaration, ...message }, await readConsignee(source, tenantId, declaration), sender)
  }
}

/** Refuses `not_declarable`, by name and never by value, where an identity has not what the customs of that jurisdiction is told of it; `identity_erased`, `keyring_missing`. */
export async function requireTellable (source: IdentitySource, tenantId: number, jurisdiction: Jurisdiction, parties: Parties): Promise<void> {
  const flaws = jurisdiction === 'CN' ? flawsOfPayer(await readPayer(source, tenantId, parties)) : flawsOfConsignee(await readConsignee(source, tenantId, parties))
  if (flaws.length > 0) {
    throw new Refusal('not_declarable', `What is registered of the ${jurisdiction === 'CN' ? 'payer' : 'consignee'} does not fit a message to this customs: ${flaws.join(', ')}.`)
  }
}

/** China's customs is told who paid: as his card has it, or else as his passport does. */
async function readPayer ({ db, keyring }: IdentitySource, tenantId: number, { payerId }: Parties): Promise<Payer> {
  const usable = await keyringFor(db, keyring, tenantId)
  const fields = await readIdentityFields(db, usable, tenantId, payerId, ['name_hani', 'name_latn', 'name_hang', 'id_type', 'id_number', 'phone'])
  return {
    idType: fields.id_type === 'cn_id' ? '1' : '2',
    idNumber: fields.id_number ?? '',
    name: fields.name_hani ?? fields.name_latn ?? fields.name_hang ?? '',
    phone: fields.phone ?? ''
  }
}

/** Korea's customs is told to whom it goes, by his personal customs code; another document is none to it. */
async function readConsignee ({ db, keyring }: IdentitySource, tenantId: number, { consigneeId }: Parties): Promise<Consignee> {
  const usable = await keyringFor(db, keyring, tenantId)
  const fields = await readIdentityFields(db, usable, tenantId, consigneeId, ['name_hang', 'name_latn', 'name_hani', 'id_type', 'id_number', 'phone', 'postcodes'])
  return {
    customsCode: fields.id_type === 'kr_pccc' ? fields.id_number ?? '' : '',
    name: fields.name_hang ?? fields.name_latn ?? fields.name_hani ?? '',
    phone: fields.phone ?? '',
    // Sealed as JSON by the registration.
    postcodes: JSON.parse(fields.postcodes ?? '[]') as string[]
  }
}

function flawsOfPayer ({ idNumber, name, phone }: Payer): string[] {
  const texts: Readonly<Record<string, string>> = { payerIdNumber: idNumber, payerName: name, telephone: phone }
  return HEAD_RULES.flatMap((rule) => {
    const text = texts[rule.name]
    return text === undefined || rule.text.test(text) ? [] : [rule.name]
  })
}

function flawsOfConsignee ({ customsCode, name, phone }: Consignee): string[] {
  const texts: Readonly<Record<keyof typeof CONSIGNEE_RULES, string>> = { consignee_code: customsCode, consignee_name: name, consignee_phone: phone }
  return Object.entries(CONSIGNEE_RULES).flatMap(([member, rule]) => rule.test(texts[member as keyof typeof CONSIGNEE_RULES]) ? [] : [member])
}
