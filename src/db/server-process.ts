import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from './server-cluster.ts'
import { processOptions, runAs } from './server-user.ts'

/** A server that this process started: null while it runs, then what it wrote to its log. */
export interface ServerProcess {
  exitOutput: string | null
}

const LOG_MAX_BYTES = 10 * 1024 * 1024
const POLL_MS = 20

/**
 * Starts a server. It is not ready when this returns: connect until it answers, and look at `exitOutput`.
 * Of two that are started on one data folder the second ends: PostgreSQL guards the folder itself, also against
 * the orphaned backends of a server that was killed.
 */
export async function startServer (cluster: Cluster): Promise<ServerProcess> {
  await rotateLog(cluster.logFile)
  const log = openSync(cluster.logFile, 'a', 0o600)
  const logStart = fstatSync(log).size
  // Quoted, because the setting is a list and a folder's name may hold a comma.
  const socketFolders = `"${cluster.socket.replaceAll('"', '""')}"`
  const settings = { ...cluster.settings, listen_addresses: '', unix_socket_directories: socketFolders, unix_socket_permissions: '0700' }
  const args = ['-D', cluster.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const { cwd, env, uid, gid } = processOptions(cluster.user)
  const server: ServerProcess = { exitOutput: null }
  // In a session of its own: Ctrl-C in a terminal reaches every process of ours, and the server must outlive our last commit.
  const child = spawn(join(cluster.binaries.folder, 'postgres'), args, { cwd, env, uid, gid, detached: true, stdio: ['ignore', log, log] })
  child.on('error', (error) => { server.exitOutput = error.message })
  child.on('exit', () => { server.exitOutput ??= readFrom(cluster.logFile, logStart) })
  child.unref()
  closeSync(log)
  return server
}

/** The id of the server process that runs on a data folder, or null when none does, whatever its lock file says. */
export async function serverPid (cluster: Cluster): Promise<number | null> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n', 1)[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return (await argumentsOf(pid, cluster)).includes(cluster.data) ? pid : null
}

/** Asks a server to end its sessions and write everything out, and waits until it is gone. False when it still runs after `timeoutMs`. */
export async function stopServer (cluster: Cluster, timeoutMs: number): Promise<boolean> {
  const pid = await serverPid(cluster)
  if (pid === null) return true
  process.kill(pid, 'SIGINT')
  const giveUpAt = performance.now() + timeoutMs
  // Its lock file goes a moment before it does.
  while ((await argumentsOf(pid, cluster)).includes(cluster.data)) {
    if (performance.now() > giveUpAt) return false
    await delay(POLL_MS)
  }
  return true
}

/**
 * Removes lock files whose process number belongs to some other program by now, which makes PostgreSQL refuse to start: usual
 * in containers, where numbers begin anew. Leaves the files of a live server alone.
 */
export async function retireStaleLocks (cluster: Cluster): Promise<void> {
  for (const lock of [join(cluster.data, 'postmaster.pid'), join(cluster.socket, '.s.PGSQL.5432.lock')]) {
    const before = await readFile(lock, 'utf8').catch(() => null)
    if (before === null || await serverPid(cluster) !== null) continue
    // Moved aside before it is removed: another process may have retired it and started a server since we looked.
    const aside = `${lock}.stale-${process.pid}`
    await rename(lock, aside).catch(() => {})
    const after = await readFile(aside, 'utf8').catch(() => null)
    if (after !== null && firstLine(after) !== firstLine(before)) await link(aside, lock).catch(() => {})
    await rm(aside, { force: true })
  }
}

function firstLine (text: string): string | undefined {
  return text.split('\n', 1)[0]
}

/** A process's command line, or an empty list when there is no such process or it has ended and only waits to be collected. */
async function argumentsOf (pid: number, cluster: Cluster): Promise<string[]> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  }
  const { ok, output } = await runAs(cluster.user, '/bin/ps', ['-o', 'command=', '-p', String(pid)])
  return ok ? output.split(' -D ').flatMap((part) => part.split(' -c ')) : []
}

function readFrom (file: string, start: number): string {
  try {
    return readFileSync(file).subarray(start).toString()
  } catch (error) {
    return String(error)
  }
}

async function rotateLog (logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => null)
  if (found !== null && found.size > LOG_MAX_BYTES) await rename(logFile, `${logFile}.1`)
  // Made here, so that a folder we cannot write in is told as that.
  const file = await open(logFile, 'a', 0o600)
  await file.close()
}
