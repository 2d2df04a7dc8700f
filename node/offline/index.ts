/** The commands on data folders that no process has open, as the command line shows them. */
import { defineCommand } from '../../lib/system/command-module.js'
import type { Command } from '../../lib/system/command-module.js'
import { printJson, printText } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'

const FOLDER = { type: 'string', demandOption: true, describe: "a member's data folder" } as const
const IN_USE = [
  'The member must not run meanwhile: stop it, or look at a copy of its folder.',
  'Nothing is changed.',
].join('\n')

const inspectCommand = defineCommand({
  command: 'inspect <folder>',
  describe: 'what is in a data folder: member, term, snapshot, log',
  builder: (yargs) =>
    yargs
      .positional('folder', FOLDER)
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 inspect .rollcall/node1', 'for people; damage is shown with file and offset')
      .example('$0 inspect .rollcall/node1 --json', 'for programs')
      .epilogue(IN_USE),
  handler: async ({ folder, json }) => {
    const { inspectFolder, renderInspection } = await import('./inspect.js')
    const inspection = await inspectFolder(folder)
    if (json) printJson(inspection)
    else printText(renderInspection(inspection))
  },
})

const verifyCommand = defineCommand({
  command: 'verify <folder>',
  describe: 'whether a data folder, or a backup, is sound; exit code 1 when not',
  builder: (yargs) =>
    yargs
      .positional('folder', { ...FOLDER, describe: "a member's data folder, or a backup's file" })
      .example('$0 verify .rollcall/node1', 'reads everything: every entry, every piece of the snapshot')
      .example('$0 verify monday.backup', 'could be restored')
      .epilogue(IN_USE),
  handler: async ({ folder }) => {
    const { verifyPath } = await import('./inspect.js')
    printText(await verifyPath(folder))
  },
})

const DANGER = [
  'The last resort: so many members are lost, with their folders, that no majority is left.',
  'Of those that are left choose the one with the highest last term, then the highest last',
  'entry; rollcall inspect shows both. What only the lost ones knew is gone, acknowledged or',
  'not. All others must not run again with their old folders: remove these, and add the',
  'members anew. The new cluster has an id of its own.',
].join('\n')

const recoverCommand = defineCommand({
  command: 'recover [id]',
  describe: 'DANGEROUS: when a majority is lost for good, goes on with one member alone',
  builder: (yargs) =>
    withFlags(yargs, ['data'])
      .positional('id', { type: 'string', describe: 'the member; checked against the folder' })
      .option('yes', { type: 'boolean', default: false, describe: 'yes, the others are lost for good' })
      .example('$0 recover node2 --yes', 'go on with what .rollcall/node2 has')
      .example('$0 recover --data /srv/node2 --yes', 'the same with a folder elsewhere')
      .epilogue(DANGER),
  handler: async (values) => {
    const { recover } = await import('./recover.js')
    printText(await recover(values))
  },
})

const EVERY_MEMBER = [
  'Do this once for each member of the new cluster, with the same file and the same --members,',
  'before the first one is started. The new cluster has an id of its own: members of the old',
  'one are refused.',
].join('\n')

const restoreCommand = defineCommand({
  command: 'restore <file>',
  describe: 'a new data folder out of a backup',
  builder: (yargs) =>
    withFlags(yargs, ['data', 'members', 'cluster', 'nameservers'])
      .positional('file', { type: 'string', demandOption: true, describe: 'what rollcall backup wrote' })
      .option('id', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'the member that the folder will be',
      })
      .example('$0 restore monday.backup --id node1', 'one of the four, into .rollcall/node1')
      .example('$0 restore monday.backup --id a --members a@localhost:7001', 'as a cluster of one')
      .example('$0 restore names.backup --nameservers --id ns1', 'a name server, on localhost:9090')
      .epilogue(EVERY_MEMBER),
  handler: async (values) => {
    const { restore } = await import('./restore.js')
    printText(await restore(values))
  },
})

const RULES = [
  'For a command that stops each member that comes to it (METHOD_NEVER_ENDS says which entry it is).',
  'The command will have changed nothing, and its result is an error. Every member must be told so,',
  'each while it is stopped: one that is not would run the command, and its state would part from',
  'that of the others. A snapshot that a member takes behind the entry carries the decision along.',
].join('\n')

const skipCommand = defineCommand({
  command: 'skip <entry>',
  describe: 'passes over a command that never ends; on every member, while it is stopped',
  builder: (yargs) =>
    withFlags(yargs, ['data'])
      .positional('entry', { type: 'string', demandOption: true, describe: 'its index in the Raft log' })
      .example('$0 skip 57 --data .rollcall/node1', 'node1 will not run entry 57')
      .epilogue(RULES),
  handler: async ({ entry, data }) => {
    const { skip } = await import('./skip.js')
    printText(await skip(entry, data))
  },
})

export const offlineCommands: readonly Command[] = [
  inspectCommand,
  verifyCommand,
  recoverCommand,
  restoreCommand,
  skipCommand,
]
