/**
 * What one record of the log says: one atomic change of term, vote and entries.
 *
 * | field | bytes | there when |
 * |---|---|---|
 * | flags: 1 hard state, 2 truncation | 1 | always |
 * | currentTerm | 8 | flag 1 |
 * | votedFor, empty for nobody | 4 + n | flag 1 |
 * | truncateFrom: the log ends before this index | 8 | flag 2 |
 * | count of entries | 4 | always |
 * | index of the first entry | 8 | count > 0 |
 * | kind (1 command, 2 empty, 3 identity, 4 configuration), term, text | 1 + 8 + 4 + n | for each entry |
 *
 * A command's text is the command itself, byte for byte; an identity's and a configuration's is JSON.
 */
import type {
  ClusterId,
  Configuration,
  Entry,
  HardState,
  Incarnation,
  LogIndex,
  ServerId,
} from '../raft/types.js'
import { clusterId, incarnation, logIndex, serverId, term } from '../raft/types.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import { MalformedBytes } from './bytes.js'

export interface LogChange {
  readonly hardState?: HardState
  readonly truncateFrom?: LogIndex
  readonly entries: readonly Entry[]
}

const HARD_STATE = 1
const TRUNCATION = 2
const KINDS = ['command', 'empty', 'identity', 'configuration'] as const

export function writeChange(writer: ByteWriter, { hardState, truncateFrom, entries }: LogChange): void {
  writer.byte((hardState ? HARD_STATE : 0) | (truncateFrom === undefined ? 0 : TRUNCATION))
  if (hardState) {
    writer.number(hardState.currentTerm)
    writer.text(hardState.votedFor ?? '')
  }
  if (truncateFrom !== undefined) writer.number(truncateFrom)
  writer.uint32(entries.length)
  const [first] = entries
  if (first) writer.number(first.index)
  for (const entry of entries) {
    writer.byte(KINDS.indexOf(entry.kind) + 1)
    writer.number(entry.term)
    writer.text(textOf(entry))
  }
}

function textOf(entry: Entry): string {
  switch (entry.kind) {
    case 'command':
      return entry.data
    case 'empty':
      return ''
    case 'identity':
      return JSON.stringify([entry.clusterId, entry.incarnations])
    case 'configuration':
      return JSON.stringify(entry.configuration)
  }
}

/** Throws for anything that {@link writeChange} could not have written. */
export function readChange(reader: ByteReader): LogChange {
  const flags = reader.byte()
  if (flags > (HARD_STATE | TRUNCATION)) throw new MalformedBytes(`unknown flags ${flags}`)
  const change = {
    ...(flags & HARD_STATE ? { hardState: readHardState(reader) } : {}),
    ...(flags & TRUNCATION ? { truncateFrom: logIndex(reader.number()) } : {}),
    entries: readEntries(reader),
  }
  if (!reader.isAtEnd) throw new MalformedBytes('bytes after the last entry')
  return change
}

function readHardState(reader: ByteReader): HardState {
  const currentTerm = term(reader.number())
  const votedFor = reader.text()
  return { currentTerm, votedFor: votedFor === '' ? undefined : serverId(votedFor) }
}

function readEntries(reader: ByteReader): readonly Entry[] {
  const count = reader.uint32()
  if (count === 0) return []
  const first = logIndex(reader.number())
  const entries: Entry[] = []
  for (let n = 0; n < count; n++) entries.push(readEntry(reader, logIndex(first + n)))
  return entries
}

function readEntry(reader: ByteReader, index: LogIndex): Entry {
  const kind = KINDS[reader.byte() - 1]
  const position = { index, term: term(reader.number()) }
  const text = reader.text()
  if (kind === undefined) throw new MalformedBytes('unknown kind of entry')
  switch (kind) {
    case 'command':
      return { kind, ...position, data: text }
    case 'empty':
      return { kind, ...position }
    case 'identity':
      return { kind, ...position, ...readIdentity(JSON.parse(text)) }
    case 'configuration':
      return { kind, ...position, configuration: readConfiguration(JSON.parse(text)) }
  }
}

function readIdentity(json: unknown): {
  readonly clusterId: ClusterId
  readonly incarnations: readonly (readonly [ServerId, Incarnation])[]
} {
  const [cluster, pins] = listOf(json)
  return {
    clusterId: clusterId(textIn(cluster)),
    incarnations: listOf(pins).map((pin) => {
      const [id, incarnated] = listOf(pin)
      return [serverId(textIn(id)), incarnation(textIn(incarnated))] as const
    }),
  }
}

/** The guarded door to a configuration that comes from a file. */
export function readConfiguration(json: unknown): Configuration {
  const voters = idsIn(json, 'voters') ?? []
  const outgoing = idsIn(json, 'outgoing')
  const uris: Record<string, string> = {}
  const found = field(json, 'uris')
  if (typeof found !== 'object' || found === null) throw new MalformedBytes('a configuration without uris')
  for (const [id, uri] of Object.entries(found)) uris[id] = textIn(uri)
  return { voters, learners: idsIn(json, 'learners') ?? [], uris, ...(outgoing && { outgoing }) }
}

function idsIn(json: unknown, key: string): readonly ServerId[] | undefined {
  const ids = field(json, key)
  return ids === undefined ? undefined : listOf(ids).map((id) => serverId(textIn(id)))
}

function field(json: unknown, key: string): unknown {
  if (typeof json !== 'object' || json === null) throw new MalformedBytes('not an object')
  return Reflect.get(json, key)
}

function listOf(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new MalformedBytes('not a list')
  return json
}

function textIn(json: unknown): string {
  if (typeof json !== 'string') throw new MalformedBytes('not a text')
  return json
}
