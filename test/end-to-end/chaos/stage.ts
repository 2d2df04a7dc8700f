/**
 * A name server and members as real processes, each at an address of its own, where a relay stands: a process listens
 * on 127.0.0.1, and all that is said to it goes through the relay. Each data folder is on a disk of its own, each wall
 * clock is its own, as far as the machine allows.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type Rollcall } from '../../../api.js'
import type { Teardown } from '../../harness/cluster.js'
import type { Launcher } from '../../harness/fleet.js'
import { freePorts, Running, temporaryFolder } from '../../harness/processes.js'
import { SmallDisk, whyNoDisks } from '../../harness/small-disk.js'
import type { Need } from './faults/scene.js'
import { Network } from './network/network.js'
import { fakeTimeLibrary, sweepAfter, WallClock } from './wall-clock.js'

export const NAME_SERVER = 'nameserver'

/** On a busy machine, dozens of processes share few cores. */
const FLAGS = ['--election-timeout', '500-1000', '--heartbeat', '100']
/** Some snapshots, and the log that is kept beside them. */
const DISK_MIB = 256
/** Linux takes any address of 127.0.0.0/8 for this machine. */
const hostOf = (number: number): string => `127.0.3.${(number % 250) + 1}`

interface Member {
  readonly uri: string
  /** What its process is started with, besides the flags of all. */
  readonly place: readonly string[]
  readonly disk: SmallDisk | undefined
  readonly clock: WallClock | undefined
}

export class Stage implements Launcher {
  readonly folder: string
  readonly network = new Network()
  /** What this machine can't do, and why. */
  readonly lacks: ReadonlyMap<Need, string>
  nameserver = ''
  readonly #members = new Map<string, Member>()
  readonly #processes = new Map<string, Running>()
  readonly #teardown: Teardown
  readonly #library = fakeTimeLibrary()
  readonly #whyNoDisks: string | false
  #hosts = 0
  #nameServerPort = 0

  private constructor(t: Teardown) {
    this.#teardown = t
    this.folder = temporaryFolder(t)
    this.#whyNoDisks = whyNoDisks(t)
    const lacks = new Map<Need, string>()
    if (this.#whyNoDisks !== false) lacks.set('disks', this.#whyNoDisks)
    if (this.#library === undefined) lacks.set('clocks', 'faketime is not installed')
    this.lacks = lacks
  }

  /** With the name server and `count` members, all started. */
  static async start(t: Teardown, count: number): Promise<Stage> {
    const stage = new Stage(t)
    t.teardown(() => stage.end())
    const { host, port } = await stage.#place(NAME_SERVER)
    stage.nameserver = `${host}:${port}`
    stage.#nameServerPort = port
    stage.startNameServer()
    const ids = Array.from({ length: count }, (_, i) => `node${i + 1}`)
    const uris = []
    for (const id of ids) uris.push(await stage.#uriFor(id))
    for (const [i, id] of ids.entries()) await stage.#settle(id, uris[i] ?? '', ['--members', uris.join(',')])
    for (const id of ids) stage.startNode(id)
    return stage
  }

  /** A place for one more member, whose process can be started: it waits until the members `others` add it. */
  async newcomer(id: string, others: readonly string[]): Promise<string> {
    const uri = await this.#uriFor(id)
    const known = [...others.map((other) => this.uri(other)), uri]
    await this.#settle(id, uri, ['--join', known.join(',')])
    return uri
  }

  /** The member has ended for good; a long run has no room for what it leaves. */
  async vacate(id: string): Promise<void> {
    await this.disk(id)?.unmount()
    rmSync(this.dataFolder(id), { recursive: true, force: true })
  }

  uri(id: string): string {
    return this.#member(id).uri
  }

  disk(id: string): SmallDisk | undefined {
    return this.#member(id).disk
  }

  clock(id: string): WallClock | undefined {
    return this.#member(id).clock
  }

  dataFolder(id: string): string {
    return join(this.folder, '.rollcall', id)
  }

  process(name: string): Running {
    const running = this.#processes.get(name)
    if (running === undefined) throw new Error(`${name} was never started`)
    return running
  }

  startNode(id: string): Running {
    const { place, clock } = this.#member(id)
    return this.#start(id, ['node', id, '--nameserver', this.nameserver, ...place, ...FLAGS], clock?.env)
  }

  startNameServer(): Running {
    return this.#start(NAME_SERVER, ['nameserver', '--port', String(this.#nameServerPort)])
  }

  /** A command of `rollcall` against the members `known`. */
  run(known: readonly string[], command: string, ...args: readonly string[]): Running {
    const uris = known.map((id) => this.uri(id)).join(',')
    return new Running([command, '--nameserver', this.nameserver, '--members', uris, ...args], this.folder)
  }

  connect(known: readonly string[], timeoutMs: number): Promise<Rollcall> {
    return connect({ nameserver: this.nameserver, members: known.map((id) => this.uri(id)), timeoutMs })
  }

  async #uriFor(id: string): Promise<string> {
    const { host, port } = await this.#place(id)
    return `${id}@${host}:${port}`
  }

  async #place(name: string) {
    const [port = 0] = await freePorts(1)
    const place = { host: hostOf(++this.#hosts), port }
    await this.network.open(name, place, { host: '127.0.0.1', port: place.port })
    return place
  }

  async #settle(id: string, uri: string, place: readonly string[]): Promise<void> {
    mkdirSync(this.dataFolder(id), { recursive: true })
    const disk =
      this.#whyNoDisks === false
        ? await SmallDisk.mount(this.#teardown, this.dataFolder(id), DISK_MIB)
        : undefined
    const clock = this.#library === undefined ? undefined : new WallClock(this.folder, this.#library)
    this.#members.set(id, { uri, place, disk, clock })
  }

  #member(id: string): Member {
    const member = this.#members.get(id)
    if (member === undefined) throw new Error(`there is no place for ${id}`)
    return member
  }

  #start(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const running = new Running(args, this.folder, env)
    this.#processes.set(name, running)
    void running.ended.then(() => sweepAfter(running.pid))
    return running
  }

  /** Also what still runs. */
  async end(): Promise<void> {
    await this.network.close()
    const running = [...this.#processes.values()].filter((process) => process.isRunning)
    await Promise.all(running.map((process) => process.kill()))
  }
}
