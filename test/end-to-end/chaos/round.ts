/**
 * One round: clients work in a storm; the storm ends; the cluster must serve again; then all that was said is judged.
 */
import { performance } from 'node:perf_hooks'
import type { Rollcall } from '../../../api.js'
import { pause } from '../../harness/cluster.js'
import { Clients } from './clients.js'
import type { Scene } from './faults/scene.js'
import type { Hand } from './hands.js'
import { Histories, type Caller } from './histories.js'
import { differences, ownCopy, readCopy, type Copy } from './judging/copies.js'
import { judge, type Begin } from './judging/judge.js'
import { acknowledged, tooLittle } from './judging/too-little.js'
import { callText } from '../../../testing/checker/text.js'
import { Storm } from './storm.js'

export interface RoundOptions {
  readonly scene: Scene
  readonly hands: readonly Hand[]
  readonly round: number
  readonly seed: number
  readonly stormMs: number
  readonly begin: Begin
}

/** Far longer than it takes on a busy machine, in milliseconds. */
const PATIENCE_MS = 90_000
const CALL_TIMEOUT_MS = 5000
const SWEEPERS = 16
/** What the tally calls the commands that were acknowledged while faults came. */
export const IN_STORMS = 'commands acknowledged in storms'

/** Resolves with what the next round begins with. */
export async function playRound(options: RoundOptions): Promise<Begin> {
  const { scene, hands, round, seed, stormMs, begin } = options
  const { stage, fleet, tally } = scene
  const histories = new Histories(() => performance.now(), tally, scene.accuse)
  const members = (): readonly string[] => fleet.members
  const clients = new Clients({ stage, members, histories, round, logBegin: begin.logLength, seed })
  const storm = new Storm(scene, hands, seed)
  try {
    await Promise.race([pause(stormMs), storm.working])
    scene.tally.add(IN_STORMS, sum(Object.values(acknowledged(histories))))
    await inTime('the faults have not ended', storm.stop())
    scene.say('the faults are over')
    await servesAgain(scene)
    await enough(histories)
  } finally {
    await clients.stop()
  }
  scene.say(`acknowledged commands of this round: ${JSON.stringify(acknowledged(histories))}`)
  for (const sentence of tooLittle(histories)) scene.accuse(sentence)
  const client = await stage.connect(members(), CALL_TIMEOUT_MS)
  try {
    const inspector = { name: 'inspector', client }
    const copy = await inTime(
      'the last reads have no answer',
      lastReads(histories, inspector, begin, clients.keys),
    )
    await compareMembers(scene, client, copy, begin)
    judgeAll(scene, histories, begin)
    await sweep(client, [...clients.keys])
    return { counter: Number(copy.counter), logLength: begin.logLength + copy.entries.length }
  } finally {
    client.close()
  }
}

/** Resolves when it acknowledges a command, and every member answers and knows the leader. */
export async function servesAgain({ stage, fleet, say }: Scene): Promise<void> {
  const client = await stage.connect(fleet.members, CALL_TIMEOUT_MS)
  const since = Date.now()
  try {
    await inTime('the cluster does not serve again, though all faults are over', acknowledges(client))
    await inTime(
      'a member does not take part again, though all faults are over',
      isWhole(client, fleet.members),
    )
  } finally {
    client.close()
  }
  say(`serves again, with all members, after ${Date.now() - since} ms`)
}

/**
 * Those who lived through the storm get answers again; on a slow machine a round gets some of its commands only now.
 */
async function enough(histories: Histories): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (tooLittle(histories).length > 0 && Date.now() < deadline) await pause(100)
}

async function acknowledges(client: Rollcall): Promise<void> {
  const isDone = (): Promise<boolean> =>
    client.call('kv', 'set', ['after the storm', 'served']).then(
      () => true,
      () => false,
    )
  while (!(await isDone())) await pause(50)
}

async function isWhole(client: Rollcall, wanted: readonly string[]): Promise<void> {
  for (;;) {
    const members = (await client.status()).flatMap((view) => (view.reachable ? [view] : []))
    const leader = members.find(({ role }) => role === 'leader')
    const following = members.filter(
      (member) => member.leader?.id === leader?.id && member.term === leader?.term,
    )
    if (leader !== undefined && wanted.every((id) => following.some((member) => member.id === id))) return
    await pause(100)
  }
}

/** Part of the history: what was acknowledged must be there. */
async function lastReads(
  histories: Histories,
  caller: Caller,
  begin: Begin,
  keys: Iterable<string>,
): Promise<Copy> {
  for (;;) {
    const copy = await readCopy(
      (object, method, params) =>
        object === 'kv' || object === 'counter' || object === 'log'
          ? histories.call(caller, object, method, params)
          : Promise.resolve(undefined),
      begin,
      keys,
    )
    if (copy !== undefined) return copy
  }
}

async function compareMembers(scene: Scene, client: Rollcall, wanted: Copy, begin: Begin): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (const id of scene.fleet.members) {
    const read = ownCopy(client, scene.stage.uri(id), CALL_TIMEOUT_MS)
    const again = () => readCopy(read, begin, wanted.values.keys())
    const found = await differences(id, wanted, again, deadline)
    for (const sentence of found) scene.accuse(sentence)
  }
}

function judgeAll({ outages, accuse }: Scene, histories: Histories, begin: Begin): void {
  const objects = ['kv', 'counter', 'log'] as const
  for (const sentence of judge((object) => histories.of(object), begin)) accuse(sentence)
  for (const object of objects)
    for (const { client, call } of outages.answeredWithin(histories.of(object)))
      accuse(`${object} answered ${callText(call)} of ${client} while no majority was there`)
}

/** Keys of a round are of no use afterwards. */
async function sweep(client: Rollcall, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += SWEEPERS)
    await Promise.allSettled(keys.slice(at, at + SWEEPERS).map((key) => client.call('kv', 'delete', [key])))
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

async function inTime<T>(otherwise: string, task: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} after ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([task, late])
  } finally {
    clearTimeout(timer)
  }
}
