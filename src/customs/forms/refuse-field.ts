import { REFUSALS, Refusal, type RefusalCode } from '../../kernel/refusals.ts'

/** The refusal of one field of a request, which never repeats what it held. */
export function refuseField (code: RefusalCode, pointer: string, detail: string = REFUSALS[code].remedy): Refusal {
  return new Refusal(code, detail, { errors: [{ pointer, code, detail }] })
}
