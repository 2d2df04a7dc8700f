/** Who belongs to the cluster, and who leads it: add, remove, hand over. */
import { identifier, wholeNumber } from '../../lib/command-line/values.js'
import type { MemberSummary } from '../../lib/member.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { withFlags } from '../../lib/system/settings.js'
import type { Rollcall } from '../connect.js'
import { ADD_FLAGS, addMember, type AddFlags } from '../members/add-member.js'
import { callLeader, leaderStatus } from '../members/leader-calls.js'
import { CLIENT_FLAGS, print, withCluster } from './module.js'

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
  const members = await addMember(rollcall, id, flags, timeoutMs, ({ pid, logFile }) =>
    process.stderr.write(`${id} runs as process ${pid} and logs to ${logFile}\n`),
  )
  print(JSON.stringify(members))
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
      const { id, timeout } = values
      // A leader that is removed itself, or is lost meanwhile, may be gone before it has answered.
      const isGone = async (error: unknown): Promise<boolean> =>
        error instanceof InvalidParamsError &&
        (await membersNow(rollcall))?.every((each) => each.id !== id) === true
      const left = await callLeader(rollcall, 'removeMember', [id], timeout, isGone)
      print(JSON.stringify(left ?? (await membersNow(rollcall)) ?? []))
    }),
})

/** By the leader's word; undefined while none is reachable. */
async function membersNow(rollcall: Rollcall): Promise<readonly MemberSummary[] | undefined> {
  const views = await rollcall.status()
  const leading = views.find((view) => view.reachable && view.role === 'leader')
  return leading?.reachable === true ? leading.members : undefined
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
      print(JSON.stringify(await leaderInOffice(rollcall, values.timeout)))
    }),
})

/** The old leader is out of office a moment before the members know the new one. */
async function leaderInOffice(rollcall: Rollcall, timeoutMs: number): Promise<string | null> {
  return (await leaderStatus(rollcall, timeoutMs)).leader?.uri ?? null
}

export const memberCommands = [addCommand, removeNodeCommand, transferCommand]
