/** The whole story: real processes, real faults, round after round. */
import { performance } from 'node:perf_hooks'
import type { Teardown } from '../../harness/cluster.js'
import { Fleet } from '../../harness/fleet.js'
import { LastingPorts } from '../../harness/lasting-ports.js'
import { Dice } from '../../raft/dice.js'
import { Claims, within, type Scene } from './faults/scene.js'
import { deal, missing } from './hands.js'
import type { Begin } from './judging/judge.js'
import { LeaderWatch } from './leader-watch.js'
import { Outages } from './outages.js'
import { Relics } from './relics.js'
import { Replacement } from './replacement.js'
import { playRound, servesAgain } from './round.js'
import { Stage } from './stage.js'
import { Tally } from './tally.js'

export interface ChaosOptions {
  /** It goes on at least that long, and to the end of a round; 0: one round. */
  readonly minutes: number
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
const STORM_MS = { least: 12_000, most: 25_000 }
/** How much longer it goes on for kinds of faults that found nobody to harm, or had no time on a slow machine. Minutes. */
const EXTRA_MINUTES = 3

export async function chaos(t: Teardown, options: ChaosOptions): Promise<Verdict> {
  const { minutes, seed, everyKind = false, logs, say } = options
  const started = performance.now()
  const tell = (sentence: string): void =>
    say(`${((performance.now() - started) / 1000).toFixed(1)} s: ${sentence}`)
  const stage = await Stage.start(t, new LastingPorts(new Dice(process.pid)), MEMBERS)
  const { hands, kinds, skipped } = deal(stage.lacks, seed)
  for (const sentence of skipped) say(`skipped: ${sentence}`)
  if (everyKind && skipped.length > 0)
    return { wrong: ['not every kind of fault is possible here'], summary: 'nothing was played' }
  const relics = new Relics(logs)
  const [tally, wrong] = [new Tally(), [] as string[]]
  const company = await Company.gather(t, stage, tally, relics, tell, (sentence) => wrong.push(sentence))
  const absent = (): readonly string[] => missing(kinds, tally, minutes)
  const isOver = (): boolean => {
    const extra = absent().length > 0 ? EXTRA_MINUTES : 0
    return wrong.length > 0 || performance.now() - started >= (minutes + extra) * 60_000
  }
  try {
    await servesAgain(company.scene)
    let begin: Begin = { counter: 0, logLength: 0 }
    for (let round = 1; ; round++) {
      const roundSeed = seed + round - 1
      const stormMs = within(STORM_MS, new Dice(roundSeed))
      tell(`round ${round}, seed ${roundSeed}`)
      begin = await playRound({ scene: company.scene, hands, round, seed: roundSeed, stormMs, begin })
      wrong.push(...company.surprises())
      tell(`round ${round} is over: ${String(tally)}`)
      if (isOver()) break
    }
    wrong.push(...absent().map((kind) => `the run had no ${kind}`))
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error), ...company.surprises())
    tell(`the members: ${await company.statuses()}`)
  }
  await company.end()
  wrong.push(...(await relics.leftProcesses(stage.folder)))
  if (wrong.length > 0) tell(`kept: ${relics.keep(stage.folder)}`)
  else relics.drop()
  const outages = company.scene.outages.all.length
  return { wrong, summary: `${String(tally)}, ${outages} times without a majority` }
}

/** All that acts, and ends together. */
class Company {
  private constructor(
    readonly scene: Scene,
    private readonly stage: Stage,
    private readonly fleet: Fleet,
    private readonly ends: readonly (() => unknown)[],
  ) {}

  static async gather(
    t: Teardown,
    stage: Stage,
    tally: Tally,
    relics: Relics,
    say: (sentence: string) => void,
    accuse: (sentence: string) => void,
  ): Promise<Company> {
    const first = Array.from({ length: MEMBERS }, (_, i) => `node${i + 1}`)
    const fleet = new Fleet(first, stage, relics.logs)
    const outages = new Outages(
      () => fleet.configurations,
      () => performance.now(),
    )
    const watch = new LeaderWatch(await stage.connect(first, 5000))
    const replacement = new Replacement({ stage, fleet, outages, say })
    const scene: Scene = {
      stage,
      fleet,
      outages,
      tally,
      say,
      accuse,
      claims: new Claims(),
      replace: (id) => replacement.replace(id),
      leader: () => watch.leader,
    }
    const ends = [() => watch.end(), () => replacement.end(), () => fleet.end(), () => stage.end()]
    const company = new Company(scene, stage, fleet, ends)
    t.teardown(() => company.end())
    return company
  }

  /** Those that are new. */
  surprises(): readonly string[] {
    return this.fleet.surprises.splice(0)
  }

  async statuses(): Promise<string> {
    const client = await this.stage.connect(this.fleet.members, 5000)
    try {
      return JSON.stringify(await client.status())
    } finally {
      client.close()
    }
  }

  async end(): Promise<void> {
    for (const end of this.ends) await end()
  }
}
