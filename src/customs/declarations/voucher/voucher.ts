/** What a message does to what customs has of a payment: adds it, changes it, takes it back. Its numbers are those of `appType`. */
export const MESSAGE_TYPES = { new: 1, change: 2, delete: 3 } as const
export type MessageType = keyof typeof MESSAGE_TYPES

/** The codes of who runs this service: as what a payment company it declares, and as whom it hands messages over. They are its operator's. */
export interface Sender {
  readonly payCode: string
  readonly payName: string
  readonly copCode: string
  readonly copName: string
  readonly dxpMode: string
  readonly dxpId: string
}

/** Who paid, in the clear: read for one message, and neither kept nor logged. */
export interface Payer {
  /** 1 for a Chinese identity card, 2 for anything else. */
  readonly idType: '1' | '2'
  readonly idNumber: string
  readonly name: string
  /** Empty where none is held. */
  readonly phone: string
}

/** A payment voucher before it is written: everything of it but the payer and the sender. */
export interface Voucher {
  readonly guid: string
  readonly type: MessageType
  readonly madeAt: Date
  readonly payTransactionId: string
  readonly orderNo: string
  readonly platformCode: string
  readonly platformName: string
  /** Minor units of CNY. */
  readonly amount: bigint
  readonly paidAt: Date
}
