/** `rollcall skip ENTRY`: a member is told to pass over a command that no member can run to its end. */
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import { wholeNumber } from '../../lib/command-line/values.js'
import type { Disk } from '../../lib/ports.js'
import type { CommandEntry, Entry } from '../../lib/raft/types.js'
import { decodeCommand } from '../../lib/replica/command-text.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { readMemberFile } from '../../lib/storage/member-file.js'
import { addSkip } from '../../lib/storage/skip-file.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { createLogger } from '../../lib/system/logger.js'
import { withFlags } from '../../lib/system/settings.js'
import { print, withFolder } from './folder.js'

const RULES = [
  'For a command that stops each member that comes to it (METHOD_NEVER_ENDS says which entry it is).',
  'The command will have changed nothing, and its result is an error. Every member must be told so,',
  'each while it is stopped: one that is not would run the command, and its state would part from',
  'that of the others. A snapshot that a member takes behind the entry carries the decision along.',
].join('\n')

export const skipCommand = defineCommand({
  command: 'skip <entry>',
  describe: 'passes over a command that never ends; on every member, while it is stopped',
  builder: (yargs) =>
    withFlags(yargs, ['data'])
      .positional('entry', { type: 'string', demandOption: true, describe: 'its index in the Raft log' })
      .example('$0 skip 57 --data .rollcall/node1', 'node1 will not run entry 57')
      .epilogue(RULES),
  handler: async ({ entry, data }) => {
    const index = wholeNumber('ENTRY', entry, 1, Number.MAX_SAFE_INTEGER)
    if (data === undefined) throw new UsageError('skip needs --data with the data folder of a member')
    const command = await withFolder(data, async (disk) => {
      const found = await commandAt(disk, index)
      await addSkip(disk, found)
      return found
    })
    const { object, method } = decodeCommand(command.data)
    print(`entry ${index}, ${object}.${method}, will be passed over. Do the same for every other member.`)
  },
})

async function commandAt(disk: Disk, index: number): Promise<CommandEntry> {
  if (!(await readMemberFile(disk)))
    throw new CommandError('NO_MEMBER', `${disk.name} is not the data folder of a member`)
  const logger = createLogger({ level: 'warn', format: 'text', name: 'skip', stream: process.stderr })
  const { storage, recovered } = await RaftStorage.open(disk, logger)
  await storage.close()
  const covered = recovered.snapshot?.index ?? 0
  if (index <= covered) {
    throw notSkippable(
      `the snapshot of ${disk.name} goes up to entry ${covered}: it holds what ${index} has done`,
    )
  }
  const found = recovered.entries.find((entry) => entry.index === index)
  if (found?.kind === 'command') return found
  throw notSkippable(whyNot(disk.name, index, found, recovered.entries.at(-1)?.index ?? covered))
}

function whyNot(folder: string, index: number, found: Entry | undefined, last: number): string {
  if (found !== undefined) return `entry ${index} is no command (${found.kind}), and stops nobody`
  return `the log of ${folder} ends at entry ${last}: start this member, and skip ${index} once it has stopped there`
}

function notSkippable(message: string): CommandError {
  return new CommandError('NOT_SKIPPABLE', message)
}
