/** Who belongs to the cluster, and who leads it: add, remove, hand over. */
import { identifier, wholeNumber } from '../../lib/command-line/values.js'
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import type { FlagName, FlagValues } from '../../lib/command-line/flags.js'
import { InvalidParamsError, RollcallError } from '../../lib/rpc/errors.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { withFlags } from '../../lib/system/settings.js'
import type { Rollcall } from '../connect.js'
import { answers, startInBackground, type BackgroundNode } from '../members/background-node.js'
import { callLeader } from '../members/leader-calls.js'
import { CLIENT_FLAGS, print, withCluster } from './module.js'

const ADD_FLAGS = [
  ...CLIENT_FLAGS,
  'host',
  'port',
  'data',
  'objects',
  'log-keep',
  'election-timeout',
  'heartbeat',
  'log-level',
  'log-format',
] as const satisfies readonly FlagName[]

type AddFlags = FlagValues<(typeof ADD_FLAGS)[number]>

const MEMBER = { type: 'string', demandOption: true, describe: 'the id of a member, such as node5' } as const
const TIMEOUT = {
  type: 'string',
  requiresArg: true,
  default: '60000',
  describe: 'give up after this many milliseconds',
  coerce: (text: string) => wholeNumber('--timeout', text, 1, 86_400_000),
} as const

const addCommand = defineCommand({
  command: 'add <id>',
  describe: 'start a node in the background, add it to the cluster, and wait until it votes',
  builder: (yargs) =>
    withFlags(yargs, ADD_FLAGS)
      .positional('id', MEMBER)
      .option('timeout', TIMEOUT)
      .example('$0 add node5 --port 9105', 'a fifth member; started again later with: $0 node node5'),
  handler: (values) => withCluster(values, (rollcall) => add(rollcall, values.id, values, values.timeout)),
})

async function add(rollcall: Rollcall, given: string, flags: AddFlags, timeoutMs: number): Promise<void> {
  const id = identifier('the member id', given)
  const { port, host = 'localhost' } = flags
  if (port === undefined || port === 0)
    throw new UsageError('--port must say where the new node is to listen')
  const uri = formatUri(id, { kind: 'tcp', host, port })
  const members = (await rollcall.status()).map((view) => view.uri)
  const isRunning = await answers(rollcall, uri)
  const node = isRunning ? undefined : await start(rollcall, id, members, flags)
  // At once, as catching up may take long, and somebody may want to look after the process meanwhile.
  if (node !== undefined)
    process.stderr.write(`${id} runs as process ${node.pid} and logs to ${node.logFile}\n`)
  const votes = await callLeader(rollcall, 'addMember', [id, uri], timeoutMs).catch((error: unknown) => {
    // Who was refused must not stay behind; who is a learner by now may yet catch up.
    if (error instanceof RollcallError && error.outcome === 'not-executed') node?.end()
    throw error
  })
  print(JSON.stringify(votes))
}

function start(
  rollcall: Rollcall,
  id: string,
  members: readonly string[],
  flags: AddFlags,
): Promise<BackgroundNode> {
  const { port, host, objects, nameserver, cluster, heartbeat, data = `.rollcall/${id}` } = flags
  const { min, max } = flags['election-timeout']
  const uri = formatUri(id, { kind: 'tcp', host: host ?? 'localhost', port: port ?? 0 })
  const others = members.filter((member) => !member.startsWith(`${id}@`))
  if (others.length === 0)
    throw new CommandError('UNREACHABLE', `no member of the cluster ${cluster} is known`)
  return startInBackground(rollcall, uri, data, [
    ...['node', id, '--port', String(port), '--join', others.join(','), '--data', data],
    ...['--nameserver', nameserver.join(','), '--cluster', cluster],
    ...['--election-timeout', `${min}-${max}`, '--heartbeat', String(heartbeat)],
    ...['--log-level', flags['log-level'], '--log-format', flags['log-format']],
    ...(host === undefined ? [] : ['--host', host]),
    ...(objects === undefined ? [] : ['--objects', objects.join(',')]),
    ...(flags['log-keep'] === undefined ? [] : ['--log-keep', String(flags['log-keep'])]),
  ])
}

const removeNodeCommand = defineCommand({
  command: 'remove-node <id>',
  describe: 'take a member out of the cluster; its process ends',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('id', MEMBER)
      .option('timeout', TIMEOUT)
      .example('$0 remove-node node4', 'three members are left, or as many as there were but one'),
  handler: (values) =>
    withCluster(values, async (rollcall) => {
      const wasMember = await isMember(rollcall, values.id)
      try {
        print(JSON.stringify(await callLeader(rollcall, 'removeMember', [values.id], values.timeout)))
      } catch (error) {
        // A leader that is removed itself may be gone before it has answered.
        const isGone =
          error instanceof InvalidParamsError && wasMember && !(await isMember(rollcall, values.id))
        if (!isGone) throw error
        print(JSON.stringify((await rollcall.status()).map(({ id, uri }) => ({ id, uri, voter: true }))))
      }
    }),
})

async function isMember(rollcall: Rollcall, wanted: string): Promise<boolean> {
  return (await rollcall.status()).some(({ id }) => id === wanted)
}

const transferCommand = defineCommand({
  command: 'transfer <id>',
  describe: 'hand leadership over to a member',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('id', MEMBER)
      .option('timeout', { ...TIMEOUT, default: '10000' })
      .example('$0 transfer node2', 'node2 leads from now on'),
  handler: (values) =>
    withCluster(values, async (rollcall) => {
      await callLeader(rollcall, 'transferLeadership', [values.id], values.timeout)
      print(JSON.stringify(await rollcall.leader()))
    }),
})

export const memberCommands = [addCommand, removeNodeCommand, transferCommand]
