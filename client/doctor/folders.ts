/** The data folders of members on this machine: whose they are, and whether a process has them. */
import { existsSync } from 'node:fs'
import { openDiskToRead } from '../../lib/system/disk.js'
import { isFolderInUse } from '../../lib/system/lock.js'
import { readMemberFile } from '../../lib/storage/member-file.js'
import { note, problem, type Finding } from './finding.js'

export interface FolderSeen {
  readonly id: string
  readonly path: string
  readonly inUse: boolean
  /** Undefined: it has never been a member's. */
  readonly owner: { readonly id: string; readonly cluster: string } | undefined
  /** Why it can't be read. */
  readonly damage: string | undefined
}

/** Undefined: there is no such folder here, as for a member of another machine. Changes nothing. */
export async function seeFolder(id: string, path: string): Promise<FolderSeen | undefined> {
  if (!existsSync(path)) return undefined
  const inUse = await isFolderInUse(path)
  try {
    const file = await readMemberFile(openDiskToRead(path))
    const owner = file && { id: String(file.id), cluster: file.cluster }
    return { id, path, inUse, owner, damage: undefined }
  } catch (error) {
    return {
      id,
      path,
      inUse,
      owner: undefined,
      damage: error instanceof Error ? error.message : String(error),
    }
  }
}

/** `answers`: whether the member does, at its address. Nothing to say about a folder that is as it should be. */
export function judgeFolder(seen: FolderSeen, cluster: string, answers: boolean): readonly Finding[] {
  const about = seen.id
  const { path, owner, inUse } = seen
  if (seen.damage !== undefined)
    return [
      problem(
        about,
        `its data folder ${path} can't be read: ${seen.damage}`,
        `\`rollcall verify ${path}\` says more`,
      ),
    ]
  if (owner !== undefined && (owner.id !== seen.id || owner.cluster !== cluster))
    return [
      problem(
        about,
        `${path} is the data folder of ${owner.id} of the cluster "${owner.cluster}"`,
        owner.cluster === cluster
          ? `move it to where ${owner.id} has its own, and that of ${seen.id} here; or give another folder with --data`
          : 'give --cluster, or another folder with --data',
      ),
    ]
  if (inUse && !answers)
    return [
      problem(
        about,
        `a process has its data folder ${path}, but does not answer at its address`,
        'it runs at another address or hangs: end that process, then start the member again',
      ),
    ]
  if (inUse) return []
  return [
    answers
      ? note(
          about,
          `runs on another data folder than ${path}, which is free: if one of the two is a copy of the other, delete ${path}, ` +
            `and see that no service starts it`,
        )
      : note(about, `its data folder ${path} is there and free: it can be started again`),
  ]
}
