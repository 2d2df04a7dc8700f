/** How far the objects have come, and who hears of it. A hearer takes itself off when it has heard enough. */
import type { Entry, LogIndex } from '../../raft/types.js'
import type { CommandResult } from '../objects/hosted.js'

export interface Applied {
  /** All entries up to here are applied. */
  readonly index: LogIndex
  /** Told when some more have been applied, up to that index. */
  readonly hearers: Set<(index: LogIndex) => void>
  /** Told of each entry that has been applied, amid others, and of its result if it is a command. */
  readonly entryHearers: Set<(entry: Entry, result: CommandResult | undefined) => void>
}
