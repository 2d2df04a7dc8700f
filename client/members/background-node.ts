/** A node that outlives the command that starts it. What it prints goes to a file beside its data folder. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../../lib/command-line/report.js'
import type { Uri } from '../../lib/rpc/uri.js'
import type { Rollcall } from '../connect.js'

const CLI = fileURLToPath(new URL('../../cli.js', import.meta.url))
const START_MS = 15_000
const PAUSE_MS = 50

export interface BackgroundNode {
  readonly pid: number
  readonly logFile: string
  end(): void
}

/** Starts it and waits until it answers. @throws CommandError when it ends before, with its last words */
export async function startInBackground(
  rollcall: Rollcall,
  uri: Uri,
  data: string,
  args: readonly string[],
): Promise<BackgroundNode> {
  const logFile = `${data}.log`
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [CLI, ...args], { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  let ending: string | undefined
  child.once('error', (error) => (ending = error.message))
  child.once('exit', (code, signal) => (ending = signal ?? `exit code ${code}`))
  child.unref()
  const deadline = Date.now() + START_MS
  while (!(await answers(rollcall, uri))) {
    if (ending !== undefined) {
      throw new CommandError('START_FAILED', `${uri} could not start (${ending}): ${lastLine(logFile)}`)
    }
    if (Date.now() > deadline) {
      child.kill()
      throw new CommandError('START_FAILED', `${uri} did not answer within ${START_MS} ms: see ${logFile}`)
    }
    await sleep(PAUSE_MS)
  }
  return { pid: child.pid ?? 0, logFile, end: () => child.kill() }
}

/** Whether a member of that id answers there. */
export async function answers(rollcall: Rollcall, uri: Uri): Promise<boolean> {
  try {
    await rollcall.call(uri, 'isLeader', [], { timeoutMs: PAUSE_MS * 10 })
    return true
  } catch {
    return false
  }
}

function lastLine(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return (lines.at(-1) ?? '').replace(/^error: /, '')
}
