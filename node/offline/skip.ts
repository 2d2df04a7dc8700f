/** `rollcall skip ENTRY`: a member is told to pass over a command that no member can run to its end. */
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import { wholeNumber } from '../../lib/command-line/values.js'
import type { Disk } from '../../lib/ports.js'
import type { CommandEntry, Entry } from '../../lib/raft/types.js'
import { decodeCommand } from '../../lib/replica/machine/command-text.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { readMemberFile } from '../../lib/storage/member-file.js'
import { addSkip } from '../../lib/storage/skip-file.js'
import { createLogger } from '../../lib/system/logger.js'
import { withFolder } from './folder.js'

/** Resolves with a sentence of what will be passed over. @throws UsageError */
export async function skip(entry: string, data: string | undefined): Promise<string> {
  const index = wholeNumber('ENTRY', entry, 1, Number.MAX_SAFE_INTEGER)
  if (data === undefined) throw new UsageError('skip needs --data with the data folder of a member')
  const command = await withFolder(data, async (disk) => {
    const found = await commandAt(disk, index)
    await addSkip(disk, found)
    return found
  })
  const { object, method } = decodeCommand(command.data)
  return `entry ${index}, ${object}.${method}, will be passed over. Do the same for every other member.`
}

async function commandAt(disk: Disk, index: number): Promise<CommandEntry> {
  if (!(await readMemberFile(disk)))
    throw new CommandError('NO_MEMBER', `${disk.name} is not the data folder of a member`)
  const logger = createLogger({ level: 'warn', name: 'skip', stream: process.stderr })
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
