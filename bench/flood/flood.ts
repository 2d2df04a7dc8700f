/**
 * What one who floods can do to a cluster of three and to its name server: for each cheap message the processor time
 * that it costs the one that it is sent to, the longest that nothing else ran there, the terms that changed, and what
 * another client felt; beside it the longest that a bare server of Node is held up by the same. Medians of some rounds,
 * each with a cluster of its own, as who comes next must not bear what was left behind. Linux only.
 */
import { SETTINGS } from '../../lib/member-settings.js'
import type { Teardown } from '../../test/harness/cluster.js'
import { median } from '../load.js'
import { count, target, time } from '../report.js'
import { ATTACKS, type Attack } from './attacks.js'
import { AttackFailed, Scene, type Effect } from './scene.js'

const HELD_MS_MAX = 10
/**
 * Where the one that is attacked waited longer for a processor, its terms and the times of others say nothing of the
 * program.
 */
const STARVED_MS = 50

export interface FloodOptions {
  /** Attacks whose name has the text in it. Default: all. */
  readonly only: string | undefined
  readonly rounds: number
}

export async function flood(teardown: Teardown, { only = '', rounds }: FloodOptions): Promise<void> {
  line(['', 'processor', 'held up', 'each', 'bare', 'terms', 'p99', 'worst', 'memory', 'failed', 'starved'])
  for (const attack of ATTACKS.filter(({ name }) => name.includes(only))) {
    const effects = await allRounds(teardown, attack, rounds)
    target(`${attack.name}: it could be made`, effects !== undefined)
    if (effects === undefined) {
      line([attack.name, 'FAILED'])
      continue
    }
    tell(attack, effects)
    judge(attack, effects)
  }
}

/** Undefined: the attack has failed. */
async function allRounds(
  teardown: Teardown,
  attack: Attack,
  rounds: number,
): Promise<readonly Effect[] | undefined> {
  const effects: Effect[] = []
  try {
    while (effects.length < rounds) effects.push(await oneRound(teardown, attack))
    return effects
  } catch (error) {
    if (error instanceof AttackFailed) return undefined
    throw error
  }
}

async function oneRound(teardown: Teardown, attack: Attack): Promise<Effect> {
  const scene = await Scene.start(teardown)
  try {
    return await scene.suffers(attack)
  } finally {
    await scene.end()
  }
}

function tell({ name }: Attack, effects: readonly Effect[]): void {
  const of = (figure: (effect: Effect) => number): number => median(effects.map(figure))
  const calls = effects.reduce((sum, { felt }) => sum + felt.calls, 0)
  const failed = effects.reduce((sum, { felt }) => sum + felt.failed, 0)
  line([
    name,
    effects.some(({ hasEnded }) => hasEnded) ? 'ENDED' : time(of(({ processorMs }) => processorMs)),
    time(of(({ held }) => held.longestMs)),
    effects.map(({ held }) => held.longestMs.toFixed(0)).join('/'),
    time(of(({ bare }) => bare.longestMs)),
    effects.map(({ terms }) => String(terms)).join('/'),
    time(of(({ felt }) => felt.p99)),
    time(of(({ felt }) => felt.worst)),
    `${count(of(({ memory }) => memory) / 1_000_000)} MB`,
    `${failed} of ${calls}`,
    `${effects.filter(wasStarved).length} of ${effects.length}`,
  ])
}

function judge({ name }: Attack, effects: readonly Effect[]): void {
  target(`${name}: the process lives`, !effects.some(({ hasEnded }) => hasEnded))
  target(
    `${name}: nothing is held up for over ${HELD_MS_MAX} ms`,
    median(effects.map(({ held }) => held.longestMs)) <= HELD_MS_MAX,
  )
  const fair = effects.filter((effect) => !wasStarved(effect))
  if (fair.length === 0) return
  target(
    `${name}: no term changes`,
    fair.every(({ terms }) => terms === 0),
  )
  target(
    `${name}: another client waits for less than an election timeout`,
    median(fair.map(({ felt }) => felt.p99)) < SETTINGS.electionTimeout.default.min,
  )
}

function wasStarved({ held }: Effect): boolean {
  return held.starvedMs > STARVED_MS
}

function line([name = '', ...figures]: readonly string[]): void {
  process.stdout.write(`${name.padEnd(44)} ${figures.map((figure) => figure.padStart(10)).join(' ')}\n`)
}
