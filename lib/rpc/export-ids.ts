/**
 * Under which ids, and by which tags, one end of a connection points at the functions,
 * objects and streams that it has handed over.
 */
import type { JsonObject } from '../json.js'
import type { Tag } from '../values/tags.js'

/** By what the other end calls it: `$3.call`. */
export type ExportId = `$${number}`

export type ExportKind = 'function' | 'object' | 'stream'

const EXPORT_ID = /^\$[1-9][0-9]{0,14}$/

export function isExportId(text: unknown): text is ExportId {
  return typeof text === 'string' && EXPORT_ID.test(text)
}

/** `["$3","object",[{"name":"read","params":0},…]]`: of an object its methods, as `daemon.describe` tells them. */
export function exportTag(id: ExportId, kind: ExportKind, methods?: readonly JsonObject[]): Tag {
  return { $: 'export', of: methods === undefined ? [id, kind] : [id, kind, methods] }
}

/** The receiver itself has handed it over. */
export function backTag(id: ExportId): Tag {
  return { $: 'back', of: id }
}
