import { execFile, type ExecFileOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'

/** Whom PostgreSQL runs as. It refuses to run as root, so root hands it to another user. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
  /** Whether that is another user than the one this process runs as. */
  readonly switched: boolean
}

// The first that exists: one made for us, PostgreSQL's own, and the one that every system has.
const PREFERRED_NAMES = ['holdfast', 'postgres', '_postgres', 'nobody']

/**
 * The user a server runs as: the current one; for root, the owner of its data where there is data already, else an unprivileged
 * user that exists. Refuses where PostgreSQL could not find out who it is.
 */
export function serverUser (dataOwner: number | null): ServerUser {
  const current = process.getuid?.()
  const currentGroup = process.getgid?.()
  if (current === undefined || currentGroup === undefined) throw new Error('the embedded PostgreSQL runs on Linux and macOS only; set DATABASE_URL to a PostgreSQL server')
  if (current !== 0) {
    if (dataOwner !== null && dataOwner !== current) {
      throw new Error(`the database belongs to user ${nameOf(dataOwner)}, and this process runs as ${nameOf(current)}; start it as ${nameOf(dataOwner)} or as root`)
    }
    return { uid: current, gid: currentGroup, name: currentName(current), switched: false }
  }
  const users = readUsers()
  // What belongs to root was put there by hand: PostgreSQL says what is wrong with it.
  const user = dataOwner === null || dataOwner === 0
    ? PREFERRED_NAMES.map((name) => users.find((one) => one.name === name)).find((one) => one !== undefined)
    : users.find(({ uid }) => uid === dataOwner)
  if (user === undefined || user.uid === 0) {
    throw new Error(`PostgreSQL does not run as root, and there is no ${dataOwner === null ? `user ${PREFERRED_NAMES.join(', ')}` : `user with the id ${dataOwner}, who owns the database`}; create one, run as another user, or set DATABASE_URL`)
  }
  return { ...user, switched: true }
}

/** What became of a program: whether it ended with exit code 0, and what it wrote. */
export interface ProgramResult {
  readonly ok: boolean
  readonly output: string
}

/** Runs a program as the server's user until it ends. Never rejects. */
export function runAs (user: ServerUser, file: string, args: readonly string[]): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(file, args, processOptions(user), (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') })
    })
  })
}

/** Whether the server's user can work in a folder: every folder above it must let him through. */
export async function canEnter (user: ServerUser, folder: string): Promise<boolean> {
  return (await runAs(user, '/bin/sh', ['-c', 'cd -- "$0"', folder])).ok
}

/** How the server's programs are started: by their user, with nothing of our environment, and from a folder he can enter. */
export function processOptions (user: ServerUser): ExecFileOptions & { encoding: 'utf8' } {
  return {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(user.switched ? { uid: user.uid, gid: user.gid } : {})
  }
}

function currentName (uid: number): string {
  try {
    return userInfo().username
  } catch {
    throw new Error(`user id ${uid} has no name on this system, and PostgreSQL needs one; add it to /etc/passwd, run as a named user, or set DATABASE_URL`)
  }
}

function nameOf (uid: number): string {
  const name = readUsers().find((user) => user.uid === uid)?.name
  return name === undefined ? `id ${uid}` : name
}

function readUsers (): Array<{ name: string, uid: number, gid: number }> {
  return readFileSync('/etc/passwd', 'utf8').split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (name === undefined || uid === undefined || gid === undefined) return []
    return [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}
