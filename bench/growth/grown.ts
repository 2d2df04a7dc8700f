/** A cluster that something of is to grow: members, a name server and a client, a process each. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../test/harness/free-ports.js'
import type { Teardown } from '../../test/harness/cluster.js'
import { until } from '../../test/harness/until.js'
import type { Roles, Standing } from '../compare/contender.js'
import { metricAt } from '../compare/contenders/metric-at.js'
import { measure, type Measured } from '../compare/measure.js'
import { NodeSubject, type Subject } from '../compare/subject.js'
import { usageOf } from '../compare/usage.js'
import type { LoadResult } from '../load.js'
import { turnsOf } from '../flood/turns.js'
import { NODE_FLAGS } from '../three-nodes.js'
import { untilReady } from '../vitals.js'
import type { Work } from './work.js'

const IN_FLIGHT = 256
/** Of long values fewer are in flight. */
const BYTES_IN_FLIGHT = 4 * 1024 * 1024
/** For the engines that compile what runs often. */
const WARM_UP_CALLS = 10_000
export const KEYS = 1_000
export const VALUE_BYTES = 128

interface Member {
  readonly id: string
  readonly place: string
  readonly args: readonly string[]
  subject: NodeSubject
}

/** In milliseconds. */
export interface Restart {
  readonly took: number
  /** Of a processor. */
  readonly ran: number
}

export class Grown {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rollcall-growth-'))
  readonly #begun: Subject[] = []
  readonly members: readonly Member[]
  readonly nameserver: { readonly place: string; readonly subject: NodeSubject }
  #client: NodeSubject | undefined

  private constructor(ports: readonly number[]) {
    const [nameserverPort = 0, ...own] = ports
    const uris = own.map((port, at) => `node${at + 1}@localhost:${port}`)
    const place = `localhost:${nameserverPort}`
    const names = ['nameserver', '--port', String(nameserverPort), '--log-level', 'error']
    const nameserver = this.#run(names, 'bench/flood/watched.js')
    this.nameserver = { place, subject: nameserver }
    this.members = own.map((port, at) => {
      const id = `node${at + 1}`
      const args = ['node', id, '--nameserver', place, '--members', uris.join(','), ...NODE_FLAGS]
      return { id, place: `localhost:${port}`, args, subject: this.#run(args) }
    })
  }

  static async start(teardown: Teardown, members = 4): Promise<Grown> {
    const grown = new Grown(await freePorts(members + 1))
    teardown.teardown(() => grown.end())
    await grown.#leader()
    await grown.load({ calls: WARM_UP_CALLS })
    return grown
  }

  async load(
    end: { readonly calls: number },
    { keys = KEYS, valueBytes = VALUE_BYTES, from = 0 } = {},
  ): Promise<LoadResult> {
    const inFlight = Math.min(IN_FLIGHT, Math.ceil(BYTES_IN_FLIGHT / valueBytes))
    return this.tell<LoadResult>({ type: 'load', inFlight, end, keys, valueBytes, from })
  }

  /** What a command costs, of so many. */
  async cost(calls: number, { keys = KEYS, valueBytes = VALUE_BYTES } = {}): Promise<Measured> {
    const standing: Standing = {
      roles: () => this.#roles(),
      run: ({ end: { calls: count = calls } }) => this.load({ calls: count }, { keys, valueBytes }),
    }
    return measure(standing, { operation: 'set', inFlight: IN_FLIGHT, end: { calls } })
  }

  async tell<Answer>(work: Work): Promise<Answer> {
    return (await this.client()).ask<Answer>(work)
  }

  async client(): Promise<NodeSubject> {
    return (this.#client ??= await this.newClient())
  }

  /** One more, in a process of its own. */
  async newClient(): Promise<NodeSubject> {
    const uris = this.members.map(({ id, place }) => `${id}@${place}`)
    const client = this.#kept(
      new NodeSubject('bench/growth/client.js', [this.nameserver.place, uris.join(',')]),
    )
    await client.says()
    return client
  }

  /** SIGKILL of a follower, and from its new process's start to its `/readyz`. */
  async restart(): Promise<Restart> {
    const leader = await this.#leader()
    const member = this.members.find((each) => each !== leader)
    if (member === undefined) throw new Error('there is no follower')
    await member.subject.end()
    const started = performance.now()
    member.subject = this.#run(member.args)
    await untilReady(member.place)
    const took = performance.now() - started
    return { took, ran: usageOf(member.subject.pid).cpuNs / 1_000_000 }
  }

  /** The longest turn of the name server since that time, in milliseconds of its main thread. */
  longestTurn(since: number): number {
    const turns = turnsOf(this.#folder, this.nameserver.subject.pid)
    return Math.max(0, ...turns.filter(({ endedAt }) => endedAt >= since).map(({ heldMs }) => heldMs))
  }

  async end(): Promise<void> {
    await Promise.all(this.#begun.map((subject) => subject.end()))
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  async #roles(): Promise<Roles> {
    const leader = await this.#leader()
    const followers = this.members.filter((member) => member !== leader).map(({ subject }) => subject)
    return { leader: leader.subject, followers, client: await this.client() }
  }

  #leader(): Promise<Member> {
    return until('a member that leads', async () => {
      for (const member of this.members)
        if ((await metricAt(member.place, 'rollcall_role', 'role="leader"')) === 1) return member
      return undefined
    })
  }

  #run(args: readonly string[], program = 'cli.js'): NodeSubject {
    return this.#kept(new NodeSubject(program, args, this.#folder))
  }

  #kept<S extends Subject>(subject: S): S {
    this.#begun.push(subject)
    return subject
  }
}
