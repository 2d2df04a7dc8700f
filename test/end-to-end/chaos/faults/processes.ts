/** Processes that are killed, stopped for a while, or told to end. */
import { readFileSync } from 'node:fs'
import { pause } from '../../../harness/cluster.js'
import type { Running } from '../../../harness/processes.js'
import { NAME_SERVER } from '../stage.js'
import { onVictim, rest, shuffled, victims, within, type Fault, type Scene, type Strike } from './scene.js'

/** Milliseconds. */
const ABSENCE = { least: 100, most: 3000 }
const SUSPENSION = { least: 50, most: 3000 }
/** Between a start and the next kill: before it listens, while it catches up, after that. */
const SHORT_LIFE = { least: 50, most: 1500 }
const SHORT_LIVES = { least: 2, most: 5 }
const LOOK_MS = 5
/** What a node says that its disk has no room for. */
const NO_ROOM = /no space left on device/i

/** Away for a while, and back. */
const awayAfter =
  (down: (scene: Scene, id: string) => Promise<void>): Strike =>
  (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      await down(scene, id)
      await rest(ABSENCE, dice)
      await bringBack(scene, id)
    })

export const kill: Fault = { kind: 'kills', strike: awayAfter((scene, id) => takeDown(scene, id)) }
export const end: Fault = { kind: 'orderly ends', strike: awayAfter(endTidily) }

export const suspend: Fault = {
  kind: 'stops',
  strike: (scene, dice) => onVictim(scene, dice, (id) => suspended(scene, [id], within(SUSPENSION, dice))),
}

/** Half of the members stop, the leader among them or not: nobody can have a majority. */
export const suspendHalf: Fault = {
  kind: 'stops of half of them',
  strike: (scene, dice) => {
    const { fleet, claims } = scene
    const free = fleet.running.filter((id) => claims.isFree(id))
    const half = shuffled(free, dice).slice(0, Math.ceil(fleet.members.length / 2))
    if (half.length * 2 < fleet.members.length) return Promise.resolve()
    scene.tally.add(suspendHalf.kind)
    return scene.claims.hold(half, () => suspended(scene, half, within(SUSPENSION, dice)))
  },
}

/** One node, killed again and again soon after it was started. */
export const restartStorm: Fault = {
  kind: 'restart storms',
  strike: (scene, dice) =>
    onVictim(scene, dice, async (id) => {
      scene.tally.add(restartStorm.kind)
      await takeDown(scene, id)
      for (let lives = within(SHORT_LIVES, dice); lives > 0; lives--) {
        start(scene, id)
        await rest(SHORT_LIFE, dice)
        await takeDown(scene, id)
      }
      await bringBack(scene, id)
    }),
}

/** All at once, and back one after another. */
export const killAll: Fault = {
  kind: 'kills of all at once',
  strike: (scene, dice) => {
    const all = victims(scene, dice, Infinity)
    if (all.length < 2) return Promise.resolve()
    return scene.claims.hold(all, async () => {
      scene.tally.add(killAll.kind)
      scene.say('all at once:')
      await Promise.all(all.map((id) => takeDown(scene, id)))
      await Promise.all(
        shuffled(all, dice).map(async (id) => {
          await rest({ least: 0, most: 1000 }, dice)
          await bringBack(scene, id)
        }),
      )
    })
  },
}

export const suspendNameServer: Fault = {
  kind: 'stops of the name server',
  strike: async ({ stage, tally, say }, dice) => {
    const running = stage.process(NAME_SERVER)
    tally.add(suspendNameServer.kind)
    say('SIGSTOP to the name server')
    running.signal('SIGSTOP')
    await rest(SUSPENSION, dice)
    running.signal('SIGCONT')
  },
}

export const killNameServer: Fault = {
  kind: 'kills of the name server',
  strike: async ({ stage, tally, say }, dice) => {
    tally.add(killNameServer.kind)
    say('SIGKILL to the name server')
    await stage.process(NAME_SERVER).kill()
    await rest(ABSENCE, dice)
    await isReady(stage.startNameServer())
  },
}

export async function takeDown(scene: Scene, id: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const { fleet, outages, tally, say } = scene
  tally.add(signal === 'SIGKILL' ? kill.kind : end.kind)
  say(`${signal} to ${id}`)
  await fleet.stop(id, signal)
  outages.lost(id)
}

/** Whatever else goes on, it ends by itself; a disk that was full may have been too much for it just then. */
async function endTidily(scene: Scene, id: string): Promise<void> {
  await takeDown(scene, id, 'SIGTERM')
  const { status, stderr } = await scene.stage.process(id).ended
  if (status !== 0 && !NO_ROOM.test(stderr))
    scene.accuse(`${id} ended with code ${status}, though it was asked to end: ${stderr.slice(-500)}`)
}

/** Resolves when it takes part again, or has ended; the fleet judges why. */
export async function bringBack(scene: Scene, id: string): Promise<void> {
  await isReady(start(scene, id))
}

/** It has been told to run. */
export function start({ fleet, outages, stage }: Scene, id: string): Running {
  outages.back(id)
  fleet.start(id)
  return stage.process(id)
}

/** Ends with a node that listens (`true`), or that has ended. */
export function isReady(process: Running): Promise<boolean> {
  return process.says(/ (?:ready: |name server ready on )/).then(
    () => true,
    () => false,
  )
}

async function suspended(scene: Scene, ids: readonly string[], milliseconds: number): Promise<void> {
  const { outages, tally, say } = scene
  const processes = ids.map((id) => scene.stage.process(id))
  say(`SIGSTOP to ${ids.join(', ')} for ${milliseconds} ms`)
  tally.add(suspend.kind, ids.length)
  try {
    for (const process of processes) process.signal('SIGSTOP')
    const over = pause(milliseconds)
    for (const [i, process] of processes.entries()) if (await isStopped(process)) outages.lost(ids[i] ?? '')
    await over
  } finally {
    for (const id of ids) outages.back(id)
    for (const process of processes) process.signal('SIGCONT')
  }
}

/** A signal takes its time. False where the system does not tell in /proc. */
async function isStopped(process: Running): Promise<boolean> {
  for (let look = 0; look < 20; look++) {
    const state = stateOf(process.pid)
    if (state === 'T') return true
    if (state === undefined) return false
    await pause(LOOK_MS)
  }
  return false
}

function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
