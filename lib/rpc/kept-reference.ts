/** References as data: what a replicated object keeps of an object that is found by a name, tags or a URI. */
import { isObject } from '../json.js'

/**
 * What is kept of an object in JSON, as in the state of a replicated one: data, of which `rollcall.object` makes a proxy
 * again. Who gives a proxy to such an object gives this.
 */
export type Reference<T = unknown> = {
  readonly $: 'ref'
  /** A name, tags (`meta:red`) or a URI. */
  readonly of: string
} & { readonly [OF]?: T }

/** For the compiler alone: what it leads to. */
declare const OF: unique symbol

export function isReference(kept: unknown): kept is Reference {
  const { $: mark, of } = isObject(kept) ? kept : {}
  return mark === 'ref' && typeof of === 'string'
}
