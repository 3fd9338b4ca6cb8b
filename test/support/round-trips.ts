import { StatementGroup } from '../../src/db/statement-group.ts'

/** How many groups of statements are sent while something is done. */
export async function roundTrips (work: () => Promise<unknown>): Promise<number> {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on each group
  const { submit } = StatementGroup.prototype
  let sent = 0
  StatementGroup.prototype.submit = function (connection) {
    sent += 1
    submit.call(this, connection)
  }
  try {
    await work()
    return sent
  } finally {
    StatementGroup.prototype.submit = submit
  }
}
