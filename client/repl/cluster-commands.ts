/** The REPL's commands on the cluster itself and on the processes that it started. */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../../lib/command-line/report.js'
import { plainText, words } from '../../lib/command-line/arguments.js'
import type { Uri } from '../../lib/rpc/uri.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Supervisor } from '../up/supervisor.js'
import { renderNames } from '../view/names.js'
import { renderMembers } from '../view/members.js'
import { nothing, text, value, type ReplCommand, type ReplContext, type Result } from './command.js'
import { noWords, oneWord } from './read-arguments.js'

export const clusterCommands: readonly ReplCommand[] = [
  {
    name: 'status',
    usage: '',
    explanation: "every member: role, term, how far it is in Raft's own log, reachable or not",
    run: async (rest, { rollcall, columns, colour }) => {
      noWords(rest, 'status')
      return text(renderMembers(await rollcall.status(), { columns, colour }))
    },
  },
  {
    name: 'leader',
    usage: '',
    explanation: 'the URI of the member that leads; waits a little while there is none',
    run: async (rest, { rollcall }) => {
      noWords(rest, 'leader')
      const leader = await leaderSoon(rollcall)
      return value(leader, leader ?? 'there is no leader')
    },
  },
  {
    name: 'names',
    usage: '',
    explanation: "the name server's records",
    run: async (rest, { rollcall, columns }) => {
      noWords(rest, 'names')
      return text(renderNames(await rollcall.nameserver.list(), columns))
    },
  },
  {
    name: 'watch',
    usage: '[OBJECT [PREFIX]]',
    explanation: 'the live status, or the events of OBJECT as they happen, until you press Enter',
    run: async (rest, context) => {
      const [object, prefix = '', ...more] = words(rest)
      if (more.length > 0) throw new UsageError('usage: watch [OBJECT [PREFIX]]')
      if (object === undefined) await watchStatus(context)
      else await followEvents(context, plainText(object), plainText(prefix))
      return nothing
    },
  },
]

async function watchStatus({ watch }: ReplContext): Promise<void> {
  if (watch === undefined) throw new UsageError('watch needs a terminal; use: rollcall status --watch')
  await watch()
}

async function followEvents({ follow }: ReplContext, object: string, prefix: string): Promise<void> {
  if (follow === undefined)
    throw new UsageError(`watch ${object} needs a terminal; use: rollcall watch ${object}`)
  await follow(object, prefix)
}

export const processCommands: readonly ReplCommand[] = [
  onProcess('kill', 'end NODE at once (SIGKILL)', (id, supervisor) => supervisor.kill(id), 'killed'),
  onProcess('stop', 'end NODE tidily (SIGTERM)', (id, supervisor) => supervisor.stop(id), 'stopped'),
  onProcess('start', 'start NODE again', (id, supervisor) => supervisor.start(id), 'started'),
]

function onProcess(
  name: string,
  explanation: string,
  act: (id: string, supervisor: Supervisor) => Promise<void>,
  done: string,
): ReplCommand {
  const run = async (rest: string, { supervisor }: ReplContext): Promise<Result> => {
    const id = oneWord(rest, `${name} NODE`)
    if (supervisor === undefined)
      throw new UsageError(`${name} works in rollcall up only: this client started no nodes`)
    await act(id, supervisor)
    return text(`${id} ${done}`)
  }
  const complete = async (index: number, { supervisor }: ReplContext): Promise<readonly string[]> =>
    index === 0 ? (supervisor?.ids() ?? []) : []
  return { name, usage: 'NODE', explanation, needs: 'supervisor', run, complete }
}

/** An election takes a few hundred milliseconds: so long it would be unkind to answer "none". */
async function leaderSoon(rollcall: Rollcall): Promise<Uri | null> {
  for (let attempt = 0; attempt < 30; attempt++) {
    const leader = await rollcall.leader()
    if (leader !== null) return leader
    await sleep(100)
  }
  return null
}
