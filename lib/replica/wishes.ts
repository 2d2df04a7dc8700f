/**
 * What the core wishes goes straight to whoever does it: one map by the type of the effect, to which each part of a
 * replica contributes what it does. Of events all hear who care, in their order.
 */
import type { Doers, Effect, Hearers, RaftEvent } from '../raft/types.js'

type Wish = Effect['type']

/** What is done outside of the driver. None of these waits; each may give the driver its next input. */
export type Outside = Doers<Exclude<Wish, 'persist'>>

/** The parts as one map. Each effect has one doer: that another part does it already does not compile. */
export function together<
  A extends Wish,
  B extends Exclude<Wish, A>,
  C extends Exclude<Wish, A | B>,
  D extends Exclude<Wish, A | B | C>,
>(a: Doers<A>, b: Doers<B>, c: Doers<C>, d: Doers<D>): Doers<A> & Doers<B> & Doers<C> & Doers<D> {
  return { ...a, ...b, ...c, ...d }
}

export function tellHearers<T extends RaftEvent['type']>(
  hearers: readonly Hearers[],
  event: RaftEvent & { readonly type: T },
): void {
  const type: T = event.type
  for (const each of hearers) each[type]?.(event)
}
