/** What the whole cluster says of its objects, and whether each member's own copy is the same. */
import type { Rollcall } from '../../../../api.js'
import type { Json } from '../../../../lib/json.js'
import { pause } from '../../../harness/cluster.js'
import { canonicalText } from '../../../../testing/checker/canonical-text.js'
import { shortened } from '../../../../testing/checker/text.js'
import type { Begin } from './judge.js'

/** Everything of one round. */
export interface Copy {
  readonly counter: Json
  /** From the round's first entry on. */
  readonly entries: readonly Json[]
  readonly values: ReadonlyMap<string, Json>
}

/** Undefined: no answer. */
export type Read = (object: string, method: string, params: readonly Json[]) => Promise<Json | undefined>

const PAGE = 1000
const EXAMPLES = 5
const LOOK_MS = 200

/** Undefined when one of the reads had no answer. */
export async function readCopy(
  read: Read,
  { logLength }: Pick<Begin, 'logLength'>,
  keys: Iterable<string>,
): Promise<Copy | undefined> {
  const counter = await read('counter', 'value', [])
  const length = await read('log', 'length', [])
  if (counter === undefined || typeof length !== 'number') return undefined
  const entries: Json[] = []
  while (logLength + entries.length < length) {
    const page = await read('log', 'entries', [logLength + entries.length + 1, PAGE])
    if (!isList(page) || page.length === 0) return undefined
    entries.push(...page)
  }
  const values = new Map<string, Json>()
  for (const key of keys) {
    const value = await read('kv', 'get', [key])
    if (value === undefined) return undefined
    values.set(key, value)
  }
  return { counter, entries, values }
}

/** Of the member at `uri`, whatever the others have. */
export function ownCopy(client: Rollcall, uri: string, timeoutMs: number): Read {
  const place = uri.slice(uri.indexOf('@'))
  return (object, method, params) =>
    client
      .call(`${object}${place}`, method, params, { meta: { consistency: 'stale' }, timeoutMs })
      .catch(() => undefined)
}

/** Nothing, once the copy is as it should be; else, at the deadline, what is not. `again`: reads the copy. */
export async function differences(
  id: string,
  wanted: Copy,
  again: () => Promise<Copy | undefined>,
  deadline: number,
): Promise<readonly string[]> {
  for (;;) {
    const copy = await again()
    const found = copy === undefined ? ['it can not be read'] : differing(copy, wanted)
    if (found.length === 0) return []
    if (Date.now() > deadline) return [`${id} has another copy than the cluster: ${listed(found)}`]
    await pause(LOOK_MS)
  }
}

export function differing(copy: Copy, wanted: Copy): readonly string[] {
  const length = Math.max(copy.entries.length, wanted.entries.length)
  const places = Array.from({ length }, (_, at) => at)
  return [
    ...different('the counter', copy.counter, wanted.counter),
    ...places.flatMap((at) =>
      different(`entry ${at + 1} of the round`, copy.entries[at], wanted.entries[at]),
    ),
    ...[...wanted.values].flatMap(([key, value]) => different(key, copy.values.get(key), value)),
  ]
}

function different(what: string, found: Json | undefined, wanted: Json | undefined): readonly string[] {
  const [is, should] = [textOf(found), textOf(wanted)]
  return is === should ? [] : [`${what} is ${shortened(is, 80)}, not ${shortened(should, 80)}`]
}

function textOf(value: Json | undefined): string {
  return value === undefined ? 'missing' : canonicalText(value)
}

function listed(found: readonly string[]): string {
  const more = found.length > EXAMPLES ? `; and ${found.length - EXAMPLES} more` : ''
  return found.slice(0, EXAMPLES).join('; ') + more
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
