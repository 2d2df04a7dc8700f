/** Events as lines, for people and scripts. */
import type { Rollcall } from '../lib/client/rollcall.js'
import type { WatchEvent, WatchOptions } from '../lib/client/watch.js'

/** An event, and the index to go on after. */
export type FollowedEvent = Pick<WatchEvent, 'index' | 'topic' | 'data'>

export interface FollowOptions extends WatchOptions {
  readonly object: string
  /** Ends it. */
  readonly signal: AbortSignal
  readonly print: (event: FollowedEvent) => void
}

/** Prints each event as it comes, until the signal aborts. Rejects when the watch can't begin or has missed events. */
export async function follow(rollcall: Rollcall, options: FollowOptions): Promise<void> {
  const { object, signal, print, ...rest } = options
  const watch = rollcall.watch(object, rest)
  const end = (): void => void watch.return()
  signal.addEventListener('abort', end)
  try {
    if (signal.aborted) end()
    for await (const { index, topic, data } of watch) print({ index, topic, data })
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Says each reason to wait once, until another one takes its place. */
export function newsOnly(say: (why: string) => void): (why: string) => void {
  let last: string | undefined
  return (why) => {
    if (why !== last) say(why)
    last = why
  }
}
