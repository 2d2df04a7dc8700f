/** A node that outlives the command that starts it. What it prints goes to a file beside its data folder. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../../lib/command-line/report.js'
import { withoutVariables } from '../../lib/command-line/variables.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { isFolderInUse } from '../../lib/system/lock.js'
import { program } from '../../lib/system/program.js'
import { budgetOf } from './budget.js'
import type { Errand } from './errand.js'
import type { Rollcall } from '../../lib/client/rollcall.js'

const START_MS = 15_000
const PAUSE_MS = 50

export interface BackgroundNode {
  readonly pid: number
  readonly logFile: string
  /** Ends it, and removes its data folder if it has made one. */
  undo(): Promise<void>
}

/**
 * Starts it and waits until it answers. @throws CommandError when it ends before, with its last words; nothing is left
 * then
 */
export async function startInBackground(
  rollcall: Pick<Rollcall, 'call'>,
  uri: Uri,
  data: string,
  args: readonly string[],
  errand: Errand,
): Promise<BackgroundNode> {
  const file = program()
  const logFile = `${data}.log`
  const isNew = !existsSync(data)
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [file, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: withoutVariables(process.env),
  })
  closeSync(log)
  child.unref()
  const undo = async (): Promise<void> => {
    await end(child)
    if (isNew && !(await isTaken(data))) rmSync(data, { recursive: true, force: true })
  }
  const failure = await untilItAnswers(child, () => answers(rollcall, uri), errand)
  if (failure === undefined) return { pid: child.pid ?? 0, logFile, undo }
  await undo()
  if (errand.end.isTold()) await errand.end.told
  throw new CommandError('START_FAILED', `${uri} could not start (${failure}): ${lastLine(logFile)}`)
}

/**
 * Whether the member runs already. A process that has its folder may still be reading it: it gets as long to answer as
 * a new one. @throws CommandError when it does not
 */
export async function isRunning(
  rollcall: Pick<Rollcall, 'call'>,
  uri: Uri,
  data: string,
  { budget, tell, end: brokenOff }: Errand,
): Promise<boolean> {
  const start = budget.part(START_MS)
  for (let isTold = false; !(await answers(rollcall, uri)); isTold = true) {
    if (brokenOff.isTold()) await brokenOff.told
    if (!(await isTaken(data))) return false
    if (start.isOver())
      throw new CommandError(
        'START_FAILED',
        `nothing was started: the process that has the data folder ${data} does not answer at ${uri}`,
      )
    if (!isTold) tell(`a process has the data folder ${data}: waiting until it answers at ${uri}`)
    await sleep(PAUSE_MS)
  }
  return true
}

/** Whether a process has the folder, which may just have been made. */
async function isTaken(data: string): Promise<boolean> {
  return existsSync(data) && (await isFolderInUse(data))
}

/** That a process which is starting does not answer yet is no news. */
const unsaid = (): void => undefined

/** Whether a member of that id answers there. */
async function answers(rollcall: Pick<Rollcall, 'call'>, uri: Uri): Promise<boolean> {
  try {
    await rollcall.call(uri, 'isLeader', [], { timeoutMs: PAUSE_MS * 10, onWaiting: unsaid })
    return true
  } catch {
    return false
  }
}

/** Why it will not, or undefined once it does. */
async function untilItAnswers(
  child: ChildProcess,
  isThere: () => Promise<boolean>,
  { budget, end: brokenOff }: Errand,
): Promise<string | undefined> {
  let ending: string | undefined
  child.once('error', (error) => (ending = error.message))
  child.once('exit', (code, signal) => (ending = signal ?? `exit code ${code}`))
  const startMs = Math.min(START_MS, budget.leftMs())
  const start = budgetOf(startMs)
  while (!(await isThere())) {
    if (ending !== undefined) return ending
    if (brokenOff.isTold()) return 'broken off'
    if (start.isOver()) return `no answer within ${startMs} ms`
    await sleep(PAUSE_MS)
  }
  return undefined
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

function lastLine(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return (lines.at(-1) ?? '').replace(/^error: /, '')
}
