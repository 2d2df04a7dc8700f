/** `member.json`: whose data folder this is. Written once, before the first record of the log. */
import type { Disk } from '../ports.js'
import type { Configuration, Incarnation, ServerId } from '../raft/types.js'
import { incarnation, serverId } from '../raft/types.js'
import { DamagedStorageError } from './errors.js'
import { readConfiguration } from './payload.js'

export interface MemberFile {
  readonly format: 1
  readonly id: ServerId
  readonly cluster: string
  readonly incarnation: Incarnation
  /** The configuration that the member was first started with. */
  readonly bootstrap: Configuration
}

const NAME = 'member.json'

/** Undefined when the folder is new. Rejects with DamagedStorageError for anything but a whole file of this format. */
export async function readMemberFile(disk: Disk): Promise<MemberFile | undefined> {
  if (!(await disk.list()).includes(NAME)) return undefined
  const file = await disk.open(NAME)
  const bytes = await file.read(0, await file.size())
  await file.close()
  try {
    return parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DamagedStorageError(disk.name, NAME, 0, `a member file of format 1 is expected (${reason})`)
  }
}

function parse(json: unknown): MemberFile {
  if (typeof json !== 'object' || json === null) throw new TypeError('not an object')
  const field = (key: string): unknown => Reflect.get(json, key)
  const text = (key: string): string => {
    const value = field(key)
    if (typeof value !== 'string') throw new TypeError(`${key} is no text`)
    return value
  }
  if (field('format') !== 1) throw new TypeError(`format is ${String(field('format'))}`)
  return {
    format: 1,
    id: serverId(text('id')),
    cluster: text('cluster'),
    incarnation: incarnation(text('incarnation')),
    bootstrap: readConfiguration(field('bootstrap')),
  }
}

/** All or nothing: the file has its name only once it is durable. */
export async function writeMemberFile(disk: Disk, content: MemberFile): Promise<void> {
  const temporary = `${NAME}.new`
  const file = await disk.open(temporary)
  const bytes = new TextEncoder().encode(`${JSON.stringify(content, undefined, 2)}\n`)
  await file.write(0, bytes)
  await file.sync()
  await file.close()
  await disk.rename(temporary, NAME)
  await disk.syncFolder()
}
