/** The REPL on this process's own streams. */
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT } from '../../lib/command-line/report.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { columnsOf, wantsColour, type Screen } from '../screen.js'
import type { Supervisor } from '../up/supervisor.js'
import { leaderOf } from '../../lib/client/views.js'
import type { ReplContext } from './command.js'
import { LeaderNews } from './leader-news.js'
import type { Printers } from './run-command.js'
import { runScript } from './script.js'
import { runTerminal } from './terminal.js'
import { watching } from './watching.js'
import type { Waits } from '../waits.js'

export interface ReplOptions {
  readonly rollcall: Rollcall
  /** Hears why calls of `rollcall` wait. */
  readonly waits: Waits
  readonly supervisor?: Supervisor
  /** Standard error, shared with whoever else prints there. */
  readonly screen: Screen
  /** Ends the REPL; so do SIGTERM, SIGHUP, and SIGINT when no command is running. */
  readonly signal?: AbortSignal
}

/** Between two looks for the leader, in milliseconds. */
const LOOK_MS = 250

/** Runs until the input ends or somebody leaves. Resolves with the exit code. */
export async function runRepl(options: ReplOptions): Promise<number> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  const signal = AbortSignal.any([ending.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const idleInterrupt = (): void => {
    if (process.listenerCount('SIGINT') === 1) end()
  }
  process.on('SIGTERM', end).on('SIGHUP', end).on('SIGINT', idleInterrupt)
  const watching = watchLeader(options, signal)
  try {
    return (await runOnStandardStreams(options, signal)) ? EXIT.done : EXIT.failed
  } finally {
    end()
    process.off('SIGTERM', end).off('SIGHUP', end).off('SIGINT', idleInterrupt)
    // A terminal, a pipe or a file: none of them may keep the process from ending.
    process.stdin.destroy()
    await watching
  }
}

async function runOnStandardStreams(options: ReplOptions, signal: AbortSignal): Promise<boolean> {
  const { stdin, stdout, stderr } = process
  const { rollcall, waits, supervisor, screen } = options
  const printers: Printers = {
    result: (text) => void stdout.write(`${text}\n`),
    error: (text) => screen.print(text),
  }
  const context: ReplContext = {
    rollcall,
    waits,
    supervisor,
    columns: columnsOf(stdout),
    colour: wantsColour(stdout),
  }
  if (!stdin.isTTY || !stderr.isTTY) return runScript(stdin, context, printers, signal)
  screen.print('Type help for the commands, exit to leave.')
  const views = watching({ rollcall, input: stdin, output: stderr, screen, printers, signal })
  await runTerminal({
    input: stdin,
    output: stderr,
    screen,
    context: { ...context, ...views },
    printers,
    signal,
  })
  return true
}

async function watchLeader({ rollcall, screen }: ReplOptions, signal: AbortSignal): Promise<void> {
  const leaderNews = new LeaderNews()
  const isOver = (): boolean => signal.aborted
  while (!isOver()) {
    const leader = leaderOf(await rollcall.status(500))
    if (isOver()) return
    for (const news of leaderNews.observe(leader)) screen.say(news)
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
