/**
 * A cluster of three with its name server, to which one attack happens, and beside it a bare server, which suffers the
 * same afterwards.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rollcall } from '../../api.js'
import { Cluster, pause, type Teardown } from '../../test/harness/cluster.js'
import { freePorts, Running } from '../../test/harness/processes.js'
import { residentMax } from '../vitals.js'
import type { Attack } from './attacks.js'
import { bystander, type Experience } from './bystander.js'
import { turnsOf } from './turns.js'

/** One clock tick of the system's count of processor time. */
const TICK_MS = 10
const QUIET_MS = 1_000
const ATTACK_MS_MAX = 120_000

/** What one attack came to. */
export interface Effect {
  readonly processorMs: number
  readonly held: Held
  /** The same of a bare server that was attacked so. */
  readonly bare: Held
  readonly terms: number
  readonly felt: Experience
  /** Bytes. */
  readonly memory: number
  readonly hasEnded: boolean
}

export interface Held {
  /** The longest that nothing else ran, in processor time. */
  readonly longestMs: number
  /** The longest that it had no processor, in one turn. */
  readonly starvedMs: number
}

/** The attacker could not prepare it, or not go through with it: nothing that was measured is of this attack. */
export class AttackFailed extends Error {}

export class Scene {
  private constructor(
    private readonly cluster: Cluster,
    private readonly client: Rollcall,
    private readonly leader: string,
    private readonly barePort: number,
  ) {}

  static async start(teardown: Teardown): Promise<Scene> {
    const program = join(import.meta.dirname, 'watched.js')
    const cluster = await Cluster.start(teardown, 3, ['--log-level', 'error'], program)
    const [barePort = 0] = await freePorts(1)
    const bare = new Running(['bare', String(barePort)], cluster.folder, {}, program)
    cluster.processes.set('bare', bare)
    const client = await cluster.connect()
    await Promise.all([cluster.everyone(client), bare.says(/listens/)])
    return new Scene(cluster, client, await cluster.leader(client), barePort)
  }

  /** @throws AttackFailed */
  async suffers(attack: Attack): Promise<Effect> {
    const { cluster, barePort } = this
    const victim = cluster.process(attack.victim === 'member' ? this.leader : 'nameserver')
    const ports = [this.#portOf(this.leader), Number(cluster.nameserver.split(':')[1])]
    if (!(await this.#attacker('prepare', attack, ports))) throw new AttackFailed()
    await pause(QUIET_MS)
    const began = Date.now()
    const before = { terms: await this.#term(), processor: processorMs(victim.pid) }
    const leave = bystander(this.client)
    const isDone = await this.#attacker('run', attack, ports)
    const hasEnded = !victim.isRunning
    const felt = await leave()
    // Whom it has ended answers no attacker any more.
    if (!isDone && !hasEnded) throw new AttackFailed()
    const suffered = {
      felt,
      hasEnded,
      held: this.#heldSince(began, victim),
      processorMs: hasEnded ? Infinity : processorMs(victim.pid) - before.processor,
      memory: hasEnded ? 0 : residentMax(victim.pid),
      terms: (await this.#term()) - before.terms,
    }
    const bareBegan = Date.now()
    if (!(await this.#attacker('run', attack, [barePort, barePort]))) throw new AttackFailed()
    return { ...suffered, bare: this.#heldSince(bareBegan, cluster.process('bare')) }
  }

  end(): Promise<void> {
    return this.cluster.end()
  }

  /** Whether it has done all of it. */
  async #attacker(part: 'prepare' | 'run', { name }: Attack, ports: readonly number[]): Promise<boolean> {
    const program = join(import.meta.dirname, 'attacker.js')
    const args = [program, part, name, ...ports.map(String), this.leader]
    const child = spawn(process.execPath, args, { stdio: 'inherit' })
    const timer = setTimeout(() => child.kill('SIGKILL'), ATTACK_MS_MAX)
    await once(child, 'exit')
    clearTimeout(timer)
    return child.exitCode === 0
  }

  #portOf(id: string): number {
    return Number(this.cluster.members.find((each) => each.startsWith(`${id}@`))?.split(':')[1])
  }

  async #term(): Promise<number> {
    const statuses = await this.cluster.statuses(this.client)
    return Math.max(0, ...statuses.map(({ term }) => term))
  }

  #heldSince(began: number, { pid }: Running): Held {
    const turns = turnsOf(this.cluster.folder, pid).filter(({ endedAt }) => endedAt >= began)
    return {
      longestMs: Math.max(0, ...turns.map(({ heldMs }) => heldMs)),
      starvedMs: Math.max(0, ...turns.map(({ starvedMs }) => starvedMs)),
    }
  }
}

/** User and system time of all threads of the process. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
