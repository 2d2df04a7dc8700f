/** How far entries are applied, as a test says it. */
import { logIndex } from '../../lib/raft/types.js'
import type { Entry } from '../../lib/raft/types.js'
import type { Applied } from '../../lib/replica/machine/applied.js'
import type { CommandResult } from '../../lib/replica/objects/hosted.js'

export class ToldApplied implements Applied {
  index = logIndex(0)
  readonly hearers: Applied['hearers'] = new Set()
  readonly entryHearers: Applied['entryHearers'] = new Set()

  entry(entry: Entry, result: CommandResult | undefined): void {
    this.index = entry.index
    for (const hear of this.entryHearers) hear(entry, result)
  }

  upTo(index: number): void {
    this.index = logIndex(index)
    for (const hear of this.hearers) hear(this.index)
  }
}
