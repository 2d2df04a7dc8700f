/** What a run leaves behind: logs and data folders, if something went wrong; and processes, which it must not. */
import { cpSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../harness/cluster.js'

/** A process that was killed is gone within this time, even on a busy machine. */
const LOOKS = 50
const LOOK_MS = 100

export class Relics {
  /** A folder for what the nodes log. */
  readonly logs: string
  readonly #isWanted: boolean

  constructor(logs: string | undefined) {
    this.#isWanted = logs !== undefined
    this.logs = logs ?? mkdtempSync(join(tmpdir(), 'rollcall-chaos-'))
  }

  /** Sentences about processes that still work in this folder. Nothing where the system does not tell in /proc. */
  async leftProcesses(folder: string): Promise<readonly string[]> {
    for (let look = 0; look < LOOKS && workingIn(folder).length > 0; look++) await pause(LOOK_MS)
    return workingIn(folder).map((pid) => `process ${pid} was left behind`)
  }

  /** Returns where the data folders and the logs are kept. */
  keep(folder: string): string {
    cpSync(join(folder, '.rollcall'), join(this.logs, 'data'), { recursive: true })
    return this.logs
  }

  drop(): void {
    if (!this.#isWanted) rmSync(this.logs, { recursive: true, force: true })
  }
}

function workingIn(folder: string): readonly string[] {
  return entriesOf('/proc').filter((name) => /^\d+$/.test(name) && folderOf(name) === folder)
}

function folderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
