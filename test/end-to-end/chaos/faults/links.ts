/** Links between members, and from others to them, that are cut, cut one way, reset, or slow. */
import type { Dice } from '../../../raft/dice.js'
import type { Link } from '../network/link.js'
import { OTHERS } from '../network/relay.js'
import { NAME_SERVER } from '../stage.js'
import { rest, shuffled, within, type Fault, type Scene } from './scene.js'

/** Milliseconds. */
const CUT = { least: 200, most: 4000 }
const SLOW = { least: 1000, most: 6000 }
const DELAY = { least: 5, most: 400 }
const BYTES_PER_SECOND = { least: 100_000, most: 1_000_000 }

/** Of two members, only one hears the other. */
export const cutOneWay: Fault = {
  kind: 'cuts of one way',
  strike: async (scene, dice) => {
    const [from = '', to = ''] = shuffled(scene.fleet.members, dice)
    await cut(scene, dice, cutOneWay.kind, `from ${from} to ${to}`, [scene.stage.network.link(from, to)])
  },
}

/** Two members do not hear each other, though others hear both. */
export const cutPair: Fault = {
  kind: 'cuts of two members',
  strike: async (scene, dice) => {
    const [one = '', other = ''] = shuffled(scene.fleet.members, dice)
    await cut(scene, dice, cutPair.kind, `between ${one} and ${other}`, between(scene, [one], [other]))
    if (dice.below(2) === 0) scene.stage.network.reset(one, other)
  },
}

/** One hears no other member, or is not heard, or neither; from outside it may be reached. */
export const isolate: Fault = {
  kind: 'members cut off',
  strike: async (scene, dice) => {
    const [alone = '', ...rest] = shuffled(scene.fleet.members, dice)
    const { network } = scene.stage
    const how = dice.pick(['is not heard', 'hears nobody', 'is isolated'])
    const links = [
      ...(how === 'is not heard' ? [] : rest.map((other) => network.link(other, alone))),
      ...(how === 'hears nobody' ? [] : rest.map((other) => network.link(alone, other))),
    ]
    await cut(scene, dice, isolate.kind, `${alone} ${how}`, links)
  },
}

/** Two halves: nobody has a majority. */
export const split: Fault = {
  kind: 'cuts into halves',
  strike: async (scene, dice) => {
    const all = shuffled(scene.fleet.members, dice)
    const middle = Math.ceil(all.length / 2)
    const [left, right] = [all.slice(0, middle), all.slice(middle)]
    await cut(
      scene,
      dice,
      split.kind,
      `${left.join(', ')} | ${right.join(', ')}`,
      between(scene, left, right),
    )
  },
}

/** Those outside do not reach one of the members, or the name server. */
export const cutOthers: Fault = {
  kind: 'cuts from outside',
  strike: async (scene, dice) => {
    const place = dice.pick([...scene.fleet.members, NAME_SERVER])
    const { network } = scene.stage
    const links = [network.link(OTHERS, place), network.link(place, OTHERS)]
    await cut(
      scene,
      dice,
      cutOthers.kind,
      `from outside to ${place}`,
      dice.below(2) === 0 ? links : links.slice(1),
    )
    if (dice.below(2) === 0) network.reset(OTHERS, place)
  },
}

/** All that one says, or all that it hears, or all that is said, is slow. */
export const slow: Fault = {
  kind: 'slow links',
  strike: async (scene, dice) => {
    const { fleet, stage, tally, say } = scene
    const everywhere = [...fleet.members, OTHERS]
    const place = dice.pick(everywhere)
    const others = everywhere.filter((other) => other !== place)
    const links = dice.pick([
      others.map((other) => stage.network.link(place, other)),
      others.map((other) => stage.network.link(other, place)),
      others.flatMap((other) => [stage.network.link(place, other), stage.network.link(other, place)]),
    ])
    const slowness = { delayMs: within(DELAY, dice), bytesPerSecond: within(BYTES_PER_SECOND, dice) }
    tally.add(slow.kind, links.length)
    say(`${links.length} links of ${place} are slow: ${slowness.delayMs} ms, ${slowness.bytesPerSecond} B/s`)
    for (const link of links) link.slow(slowness)
    await rest(SLOW, dice)
    for (const link of links) link.heal()
  },
}

async function cut(
  scene: Scene,
  dice: Dice,
  kind: string,
  where: string,
  links: readonly Link[],
): Promise<void> {
  scene.tally.add(kind)
  scene.say(`cut ${where}`)
  for (const link of links) link.cut()
  await rest(CUT, dice)
  for (const link of links) link.heal()
}

function between({ stage }: Scene, left: readonly string[], right: readonly string[]): readonly Link[] {
  return left.flatMap((one) =>
    right.flatMap((other) => [stage.network.link(one, other), stage.network.link(other, one)]),
  )
}
