/** What can't be written down but can be pointed at: functions, objects and streams, by tags in what travels. */
import type { Json, JsonObject } from '../json.js'

/** Stands in JSON for something else. */
export interface Tag extends JsonObject {
  readonly $: string
}

/** For one message of one connection. */
export interface Travellers {
  /** How the other end gets at it; undefined: it can't travel there. */
  refer(value: object): Tag | undefined
  /** What such a tag stands for here. @throws InvalidParamsError for one that stands for nothing */
  meet(mark: string, of: Json): unknown
}

/** By what the other end calls it: `$3.call`. */
export type ExportId = `$${number}`

export type ExportKind = 'function' | 'object' | 'stream'

const EXPORT_ID = /^\$[1-9][0-9]{0,14}$/

export function isExportId(text: unknown): text is ExportId {
  return typeof text === 'string' && EXPORT_ID.test(text)
}

/** `["$3","object",["read","close"]]`: of an object the names of its methods. */
export function exportTag(id: ExportId, kind: ExportKind, methods?: readonly string[]): Tag {
  return { $: 'export', of: methods === undefined ? [id, kind] : [id, kind, methods] }
}

/** The receiver itself has handed it over. */
export function backTag(id: ExportId): Tag {
  return { $: 'back', of: id }
}
