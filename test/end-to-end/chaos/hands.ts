/** Which faults there are, and who deals them. */
import { Dice } from '../../raft/dice.js'
import { Deck } from './deck.js'
import { jump } from './faults/clocks.js'
import { flipAndMend, flipAndReplace, tear } from './faults/damage.js'
import { fill, freeze } from './faults/disks.js'
import { cutOneWay, cutOthers, cutPair, isolate, slow, split } from './faults/links.js'
import {
  end,
  kill,
  killAll,
  killNameServer,
  restartStorm,
  suspend,
  suspendHalf,
  suspendNameServer,
} from './faults/processes.js'
import type { Fault, Need, Range } from './faults/scene.js'
import type { Tally } from './tally.js'

export interface Hand {
  /** Milliseconds between two faults. */
  readonly pause: Range
  readonly deck: Deck<Fault>
}

/**
 * Each does one fault after another; between them they leave a majority most of the time, and never take it for more
 * than some seconds. A fault is as likely as it is often here.
 */
const HANDS: readonly { readonly pause: Range; readonly faults: readonly Fault[] }[] = [
  {
    pause: { least: 200, most: 2500 },
    faults: [kill, kill, kill, end, suspend, suspend, restartStorm, flipAndMend, flipAndReplace, tear],
  },
  { pause: { least: 500, most: 4000 }, faults: [cutOneWay, cutPair, isolate, cutOthers, slow, slow] },
  {
    pause: { least: 500, most: 4000 },
    faults: [freeze, freeze, freeze, fill, jump, suspendNameServer, killNameServer],
  },
  { pause: { least: 4000, most: 10_000 }, faults: [killAll, suspendHalf, suspendHalf, split] },
]
/** So long a run must have had every kind, on a slow machine too. */
const MINUTES_OF_ALL = 3
const ALL = [...new Set(HANDS.flatMap(({ faults }) => faults))]

export interface Dealt {
  /** They last for the whole run, so that in each of its rounds comes what has not yet come. */
  readonly hands: readonly Hand[]
  /** The kinds that they deal. */
  readonly kinds: readonly string[]
  /** The kinds that they leave out, each with its reason. */
  readonly skipped: readonly string[]
}

export function deal(lacks: ReadonlyMap<Need, string>, seed: number): Dealt {
  const whyNot = ({ needs }: Fault) => (needs === undefined ? undefined : lacks.get(needs))
  const isPossible = (fault: Fault) => whyNot(fault) === undefined
  const hands = HANDS.map(({ pause, faults }, i) => ({
    pause,
    deck: new Deck(faults.filter(isPossible), new Dice(seed * 37 + i)),
  }))
  return {
    hands,
    kinds: ALL.filter(isPossible).map(({ kind }) => kind),
    skipped: ALL.flatMap((fault) => {
      const reason = whyNot(fault)
      return reason === undefined ? [] : [`${fault.kind}: ${reason}`]
    }),
  }
}

/** Those of `kinds` that a run of so many minutes must have had, and has not. */
export function missing(kinds: readonly string[], tally: Tally, minutes: number): readonly string[] {
  return minutes < MINUTES_OF_ALL ? [] : kinds.filter((kind) => tally.of(kind) === 0)
}
