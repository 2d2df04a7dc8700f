/** Name server, nodes and REPL in one terminal. */
import { CommandError } from '../../lib/command-line/report.js'
import { demandFitRhythm } from '../../lib/command-line/rhythm.js'
import { printable } from '../../lib/printable.js'
import { tokenOfFlags } from '../../lib/system/access-files.js'
import { connect } from '../../lib/system/connect.js'
import { program } from '../../lib/system/program.js'
import { tlsOf } from '../../lib/system/tls-flags.js'
import { afterOwn, operatorTokens } from '../../lib/system/operator-tokens.js'
import type { UpFlags } from '../flags.js'
import { runRepl } from '../repl/repl.js'
import { Screen, wantsColour } from '../screen.js'
import { Waits } from '../waits.js'
import { colours, PALETTE } from '../view/colours.js'
import type { Ending } from './child.js'
import { demandFreePorts } from './free-ports.js'
import { planUp } from './plan.js'
import { Supervisor } from './supervisor.js'

/**
 * Starts everything at once, runs the REPL, and stops everything: nodes first. Resolves with the exit code.
 * @throws CommandError when a port is taken or a process could not start
 */
export async function up(flags: UpFlags): Promise<number> {
  demandFitRhythm(flags)
  const plan = planUp(flags, program(), process.env)
  await demandFreePorts(plan.places)
  const screen = new Screen(process.stderr)
  const failure = new AbortController()
  const prefix = flags['log-format'] === 'json' ? () => '' : prefixes(plan.children.map((child) => child.id))
  const shown = process.stderr.isTTY ? printable : (line: string) => line
  const supervisor = new Supervisor(plan.children, {
    line: (id, line) => screen.print(prefix(id) + shown(withoutName(id, line))),
    died: (id, ending, first) => {
      if (first && isFailedStart(ending)) failure.abort(startError(id, ending))
      else screen.say(`${id} died: ${ending.how}; to start it again: start ${id}`)
    },
  })
  const waits = new Waits((sentence) => screen.say(sentence))
  const token = tokenOfFlags(flags, (sentence) => screen.say(sentence))
  const found = operatorTokens(flags.data)
  const rollcall = await connect({
    nameserver: plan.nameservers,
    members: plan.members,
    cluster: flags.cluster,
    token,
    tls: tlsOf(flags, 'who listens'),
    operatorToken: token === undefined ? found : afterOwn(found),
    onWaiting: waits.hear,
  })
  try {
    supervisor.startAll()
    const code = await runRepl({ rollcall, waits, supervisor, screen, signal: failure.signal })
    failure.signal.throwIfAborted()
    return code
  } finally {
    rollcall.close()
    await supervisor.stopAll()
  }
}

function isFailedStart({ wasReady, isBySignal }: Ending): boolean {
  return !wasReady && !isBySignal
}

function startError(id: string, { how, lastLine }: Ending): CommandError {
  const why = lastLine === undefined ? '' : `: ${lastLine.replace(/^error: /, '')}`
  return new CommandError('START_FAILED', `${id} could not start (${how})${why}; everything was stopped`)
}

/** A log line names its process, which the prefix does already. */
function withoutName(id: string, line: string): string {
  return line.replace(` ${id}: `, ' ')
}

/** `node1 | `, each in a colour of its own. */
function prefixes(ids: readonly string[]): (id: string) => string {
  const paint = colours(wantsColour(process.stderr))
  const width = Math.max(...ids.map((id) => id.length))
  return (id) => {
    const colour = PALETTE[ids.indexOf(id) % PALETTE.length] ?? 'white'
    return paint[colour](`${id.padEnd(width)} | `)
  }
}
