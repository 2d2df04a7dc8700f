/** The whole story: real processes, real faults, round after round. */
import { performance } from 'node:perf_hooks'
import type { Teardown } from '../../harness/cluster.js'
import { Dice } from '../../raft/dice.js'
import { Company } from './company.js'
import { within, type Range } from './faults/scene.js'
import { deal, missing, type Hand } from './hands.js'
import type { Begin } from './judging/judge.js'
import { Relics } from './relics.js'
import { IN_STORMS, playRound, servesAgain } from './round.js'
import { Stage } from './stage.js'
import { Tally } from './tally.js'

export interface ChaosOptions {
  /** It goes on at least that long, and to the end of a round; 0: one round. */
  readonly minutes: number
  /** How long a storm lasts, in milliseconds. Default: 12 to 25 s. */
  readonly stormMs?: Range
  /** What is done in which order, and to whom. How it falls together with the processes is different in each run. */
  readonly seed: number
  /** Nothing is played where a kind of fault is not possible. Default: the others are, and what is skipped is said. */
  readonly everyKind?: boolean
  /** A folder for what the nodes have logged. Default: it is kept only if something is wrong. */
  readonly logs?: string | undefined
  readonly say: (sentence: string) => void
}

export interface Verdict {
  /** What is wrong; nothing, if all is well. */
  readonly wrong: readonly string[]
  readonly summary: string
}

const MEMBERS = 4
const STORM_MS: Range = { least: 12_000, most: 25_000 }
/** A hundredth of what a busy machine acknowledges in storms. */
const A_MINUTE_LEAST = 10
/**
 * How much longer it goes on for kinds of faults that found nobody to harm, or had no time on a slow machine. Minutes.
 */
const EXTRA_MINUTES = 3

export async function chaos(t: Teardown, options: ChaosOptions): Promise<Verdict> {
  const { minutes, seed, everyKind = false, logs, say } = options
  const started = performance.now()
  const tell = (sentence: string): void =>
    say(`${((performance.now() - started) / 1000).toFixed(1)} s: ${sentence}`)
  const stage = await Stage.start(t, MEMBERS)
  const { hands, kinds, skipped } = deal(stage.lacks, seed)
  for (const sentence of skipped) say(`skipped: ${sentence}`)
  if (everyKind && skipped.length > 0)
    return { wrong: ['not every kind of fault is possible here'], summary: 'nothing was played' }
  const relics = new Relics(logs)
  const [tally, wrong] = [new Tally(), [] as string[]]
  const accuse = (sentence: string): void => void wrong.push(sentence)
  const company = await Company.gather(t, {
    stage,
    count: MEMBERS,
    tally,
    logs: relics.logs,
    say: tell,
    accuse,
  })
  const absent = (): readonly string[] => missing(kinds, tally, minutes)
  const isOver = (): boolean => {
    const extra = absent().length > 0 ? EXTRA_MINUTES : 0
    return wrong.length > 0 || performance.now() - started >= (minutes + extra) * 60_000
  }
  try {
    await playRounds(company, hands, seed, options.stormMs ?? STORM_MS, isOver)
    for (const kind of absent()) accuse(`the run had no ${kind}`)
    if (tally.of(IN_STORMS) < Math.max(1, minutes * A_MINUTE_LEAST))
      accuse(`the storms show nothing: only ${tally.of(IN_STORMS)} commands were acknowledged in them`)
  } catch (error) {
    accuse(error instanceof Error ? error.message : String(error))
    tell(`the members: ${await company.statuses()}`)
  }
  company.tellSurprises()
  await company.end()
  for (const sentence of await relics.leftProcesses(stage.folder)) accuse(sentence)
  if (wrong.length > 0) tell(`kept: ${relics.keep(stage.folder)}`)
  else relics.drop()
  const outages = company.scene.outages.all.length
  return { wrong, summary: `${String(tally)}, ${outages} times without a majority` }
}

async function playRounds(
  company: Company,
  hands: readonly Hand[],
  seed: number,
  range: Range,
  isOver: () => boolean,
): Promise<void> {
  const { scene } = company
  await servesAgain(scene)
  let begin: Begin = { counter: 0, logLength: 0 }
  for (let round = 1; round === 1 || !isOver(); round++) {
    const roundSeed = seed + round - 1
    const stormMs = within(range, new Dice(roundSeed))
    scene.say(`round ${round}, seed ${roundSeed}`)
    begin = await playRound({ scene, hands, round, seed: roundSeed, stormMs, begin })
    company.tellSurprises()
    scene.say(`round ${round} is over: ${String(scene.tally)}`)
  }
}
