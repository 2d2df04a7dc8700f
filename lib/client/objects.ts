/** The shipped replicated objects as their callers see them. */
import type { Json } from '../json.js'

export interface LogItem {
  readonly index: number
  readonly term: number
  readonly command: string
}

/** An append-only list with an index of its own, dense from 1. */
export interface LogApi {
  append(text: string): { readonly index: number; readonly term: number }
  /** Null beyond the end; COMPACTED below what is kept. */
  entry(index: number): LogItem | null
  entries(from: number, count: number): readonly LogItem[]
  length(): number
}

export interface KvApi {
  /** The value before, or null. Null is not a value and can't be set. */
  set(key: string, value: Json): Json
  get(key: string): Json
  /** Whether the key was there. */
  delete(key: string): boolean
  /** Sets `value` if the key has the value `expected`; null stands for "absent" in both places. */
  cas(key: string, expected: Json, value: Json): boolean
  keys(prefix?: string): readonly string[]
}

export interface CounterApi {
  /** The value after. `by` is 1 by default. */
  increment(by?: number): number
  value(): number
}
