/** What a person needs to know of a server to mend it. */
interface Place {
  readonly data: string
  readonly socket: string
  readonly logFile: string
  readonly user: { readonly name: string }
}

/** What PostgreSQL said when it failed, as one sentence that tells what to do about it. */
export function describeFailure (output: string, place: Place): string {
  for (const [pattern, remedy] of REMEDIES) {
    if (pattern.test(output)) return `${remedy(place)} (${lastComplaint(output)})`
  }
  return `${lastComplaint(output)}; see ${place.logFile}`
}

const REMEDIES: ReadonlyArray<readonly [RegExp, (place: Place) => string]> = [
  [/No space left on device|Disk quota exceeded/i, ({ data }) => `the disk is full: free some space where ${data} is, or set DATA_DIR to a larger disk`],
  [/Read-only file system/i, ({ data }) => `the disk is read-only: set DATA_DIR to a folder that can be written; now it is ${data}`],
  [/Permission denied|has wrong ownership|invalid permissions/i, ({ data, user }) =>
    `user ${user.name}, whom PostgreSQL runs as, must own ${data} alone (mode 0700) and be let through every folder above it`],
  [/could not (create|map) .*shared memory|Cannot allocate memory|out of memory/i, () => 'there is not enough memory for the database: give this machine or container at least 1 GB'],
  [/Unix-domain socket path .* too long/i, ({ socket }) => `the path of ${socket} is too long for a socket: set TMPDIR to a shorter folder`],
  [/could not bind|could not create any Unix-domain sockets/i, ({ socket }) => `no socket can be made in ${socket}: its disk must allow sockets`],
  [/could not locate a valid checkpoint record|invalid (primary )?checkpoint|PANIC/i, ({ data }) => `the files in ${data} are damaged: restore them from a backup`]
]

/** The last line that complains; the lines after it are advice or the farewell. */
function lastComplaint (output: string): string {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const complaint = lines.findLast((line) => /\b(FATAL|PANIC|error|could not)\b/.test(line)) ?? lines.at(-1) ?? 'it gave no reason'
  return complaint.replace(/^.*?\b(FATAL|PANIC|ERROR|initdb: error|postgres):\s+/, '')
}
