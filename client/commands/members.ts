/** Who belongs to the cluster, and who leads it: add, remove, hand over. */
import { NAMESERVER_CLUSTER } from '../../lib/defaults.js'
import { identifier } from '../../lib/command-line/values.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { printJson } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { ADD_FLAGS } from '../flags.js'
import { OPERATOR_FLAGS } from '../../lib/command-line/client-flags.js'
import { errand } from '../members/errand.js'
import { withGroup } from './with-cluster.js'

const MEMBER = { type: 'string', demandOption: true, describe: 'the id of a member, such as node5' } as const
const CHANGE_MS = 60_000
const TRANSFER_MS = 10_000

/** The cluster that is meant. */
function groupOf(flags: { readonly nameservers?: boolean | undefined; readonly cluster: string }): string {
  return flags.nameservers === true ? NAMESERVER_CLUSTER : flags.cluster
}

const addCommand = defineCommand({
  command: 'add <id>',
  describe: 'start a node in the background, add it to the cluster, and wait until it votes',
  builder: (yargs) =>
    withFlags(yargs, [...ADD_FLAGS, 'nameservers', 'timeout'])
      .positional('id', MEMBER)
      .example('$0 add node5 --port 9105', 'a fifth member; started again later with: $0 node node5')
      .example('$0 add ns2 --nameservers --port 9091', 'a second name server, of one group with the first'),
  handler: async (values) => {
    const id = identifier('the member id', values.id)
    const { addMember } = await import('../members/add-member.js')
    const members = await errand(values.timeout ?? CHANGE_MS, (steps) =>
      withGroup(values, (rollcall) => addMember(rollcall, id, values, steps)),
    )
    printJson(members)
  },
})

const removeNodeCommand = defineCommand({
  command: 'remove-node <id>',
  describe: 'take a member out of the cluster; its process ends',
  builder: (yargs) =>
    withFlags(yargs, [...OPERATOR_FLAGS, 'nameservers', 'timeout'])
      .positional('id', MEMBER)
      .example('$0 remove-node node4', 'three members are left, or as many as there were but one'),
  handler: async ({ id, timeout = CHANGE_MS, ...flags }) => {
    const { removeMember } = await import('../members/remove-member.js')
    const left = await errand(timeout, (steps) =>
      withGroup(flags, (rollcall) => removeMember(rollcall, id, steps, groupOf(flags))),
    )
    printJson(left)
  },
})

const transferCommand = defineCommand({
  command: 'transfer <id>',
  describe: 'hand leadership over to a member',
  builder: (yargs) =>
    withFlags(yargs, [...OPERATOR_FLAGS, 'nameservers', 'timeout'])
      .positional('id', MEMBER)
      .example('$0 transfer node2', 'node2 leads from now on'),
  handler: async ({ id, timeout = TRANSFER_MS, ...flags }) => {
    const { transferLeadership } = await import('../members/transfer-leadership.js')
    const leader = await errand(timeout, (steps) =>
      withGroup(flags, (rollcall) => transferLeadership(rollcall, id, steps, groupOf(flags))),
    )
    printJson(leader)
  },
})

export const memberCommands = [addCommand, removeNodeCommand, transferCommand]
