/**
 * What one who floods can do to a cluster of three and to its name server: for each cheap message the processor time that
 * it costs the one that it is sent to, the longest that nothing else ran there, the terms that changed, and what another
 * client felt. Linux only.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rollcall } from '../../index.js'
import { SETTINGS } from '../../lib/member-settings.js'
import { Cluster, pause, type Teardown } from '../../test/harness/cluster.js'
import { Running } from '../../test/harness/processes.js'
import { count, target, time } from '../report.js'
import { residentMax } from '../vitals.js'
import { ATTACKS, type Attack } from './attacks.js'
import { bystander, type Experience } from './bystander.js'
import { turnsOf } from './turns.js'

const HELD_MS_MAX = 10
const TICK_MS = 10
const QUIET_MS = 1_000
const ATTACK_MS_MAX = 120_000

interface Effect {
  readonly processorMs: number
  readonly held: Held
  /** The same of a process that has nothing to do. */
  readonly idle: Held
  readonly terms: number
  readonly felt: Experience
  readonly memory: number
  readonly hasEnded: boolean
}

interface Held {
  /** The longest that nothing else ran; the time without a processor left out, and with it. */
  readonly longestMs: number
  readonly wallMs: number
  /** Turns above the target. */
  readonly turns: number
}

/** `only`: attacks whose name has the text in it. */
export async function flood(teardown: Teardown, only = ''): Promise<void> {
  line(['', 'processor', 'held up', 'turns', 'waiting', 'idle', 'terms', 'p99', 'worst', 'memory', 'failed'])
  let scene: Scene | undefined
  for (const attack of ATTACKS.filter(({ name }) => name.includes(only))) {
    scene ??= await Scene.start(teardown)
    const effect = await scene.suffers(attack)
    tell(attack, effect)
    // Who comes next must not bear what was left behind.
    await scene.cluster.end()
    scene = undefined
  }
}

class Scene {
  private constructor(
    readonly cluster: Cluster,
    private readonly client: Rollcall,
    private readonly leader: string,
  ) {}

  static async start(teardown: Teardown): Promise<Scene> {
    const program = join(import.meta.dirname, 'watched.js')
    const cluster = await Cluster.start(teardown, 3, ['--log-level', 'error'], undefined, program)
    cluster.processes.set('idle', new Running([], cluster.folder, {}, program))
    const client = await cluster.connect()
    await cluster.everyone(client)
    return new Scene(cluster, client, await cluster.leader(client))
  }

  async suffers(attack: Attack): Promise<Effect> {
    const { cluster } = this
    const victim = cluster.process(attack.victim === 'member' ? this.leader : 'nameserver')
    await this.#attacker('prepare', attack)
    await pause(QUIET_MS)
    const began = Date.now()
    const before = { terms: await this.#term(), processor: processorMs(victim.pid) }
    const leave = bystander(this.client)
    await this.#attacker('run', attack)
    const hasEnded = !victim.isRunning
    const felt = await leave()
    return {
      held: heldSince(began, cluster.folder, victim.pid),
      idle: heldSince(began, cluster.folder, cluster.process('idle').pid),
      felt,
      hasEnded,
      processorMs: hasEnded ? Infinity : processorMs(victim.pid) - before.processor,
      memory: hasEnded ? 0 : residentMax(victim.pid),
      terms: (await this.#term()) - before.terms,
    }
  }

  async #attacker(part: 'prepare' | 'run', { name }: Attack): Promise<void> {
    const ports = [this.#place(this.leader), this.cluster.nameserver].map((at) =>
      at.slice(at.indexOf(':') + 1),
    )
    const program = join(import.meta.dirname, 'attacker.js')
    const child = spawn(process.execPath, [program, part, name, ...ports, this.leader], { stdio: 'inherit' })
    const timer = setTimeout(() => child.kill('SIGKILL'), ATTACK_MS_MAX)
    await once(child, 'exit')
    clearTimeout(timer)
  }

  #place(id: string): string {
    const uri = this.cluster.members.find((each) => each.startsWith(`${id}@`)) ?? ''
    return uri.slice(uri.indexOf('@') + 1)
  }

  async #term(): Promise<number> {
    const statuses = await this.cluster.statuses(this.client)
    return Math.max(0, ...statuses.map(({ term }) => term))
  }
}

function heldSince(began: number, folder: string, pid: number): Held {
  const turns = turnsOf(folder, pid).filter(({ endedAt }) => endedAt >= began)
  return {
    longestMs: Math.max(0, ...turns.map(({ heldMs }) => heldMs)),
    wallMs: Math.max(0, ...turns.map(({ wallMs }) => wallMs)),
    turns: turns.filter(({ heldMs }) => heldMs > HELD_MS_MAX).length,
  }
}

/** User and system time of all threads of the process. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

function tell({ name }: Attack, effect: Effect): void {
  const { processorMs: cost, held, idle, terms, felt, memory, hasEnded } = effect
  const failed = [...felt.failed].map(([error, times]) => `${times} ${error}`).join(', ')
  line([
    name,
    hasEnded ? 'ENDED' : time(cost),
    time(held.longestMs),
    String(held.turns),
    time(held.wallMs),
    time(idle.longestMs),
    String(terms),
    time(felt.p99),
    time(felt.worst),
    `${count(memory / 1_000_000)} MB`,
    `${failed || 'none'} of ${felt.calls}`,
  ])
  target(`${name}: the process lives`, !hasEnded)
  target(`${name}: no term changes`, terms === 0)
  target(
    `${name}: nothing is held up for over ${HELD_MS_MAX} ms`,
    held.longestMs - idle.longestMs <= HELD_MS_MAX,
  )
  target(
    `${name}: another client waits for less than an election timeout`,
    felt.p99 < SETTINGS.electionTimeout.default.min,
  )
}

function line([name = '', ...figures]: readonly string[]): void {
  process.stdout.write(`${name.padEnd(44)} ${figures.map((figure) => figure.padStart(10)).join(' ')}\n`)
}
