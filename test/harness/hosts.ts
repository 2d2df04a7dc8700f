/**
 * Hosts with an address each, tied by a switch: network namespaces (Linux, with the right to make them). A host that is
 * cut off keeps its interface, and all that it sends or is sent is dropped, as when a cable far away is pulled.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Teardown } from './cluster.js'

const SWITCH = 'switch'
const LINES = join(import.meta.dirname, '../../../test/harness/lines.py')
/** Behind a host's name: its end at the bridge, where its line is slow. */
const PORT = '-port'
/** No interface has it. */
const NOBODY = '02:00:00:00:00:01'

export interface Host {
  readonly address: string
  /** The beginning of a command line that runs there. */
  readonly at: readonly string[]
}

export class Hosts {
  readonly #prefix = `rc${process.pid}-`
  readonly #hosts = new Map<string, Host>()
  #lines: ChildProcess | undefined

  private constructor() {}

  /** Why there can be none here; undefined: there can. */
  static get whyNot(): string | undefined {
    if (spawnSync('ip', ['-V']).status !== 0) return 'ip (iproute2) is not installed'
    const tied = 'ip link add one type veth peer name other && ip link add switch type bridge'
    if (spawnSync('unshare', ['-n', 'sh', '-c', tied]).status !== 0) return 'no network can be made here'
    return undefined
  }

  /** Why lines can be neither slow nor lossy here; undefined: they can. */
  static get whyNoWeather(): string | undefined {
    if (Hosts.whyNot !== undefined) return Hosts.whyNot
    const raw = 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)'
    if (spawnSync('python3', ['-c', raw]).status !== 0) return 'there is no python3 that may carry frames'
    return undefined
  }

  static start(t: Teardown, names: readonly string[]): Hosts {
    const hosts = new Hosts()
    t.teardown(() => hosts.#end())
    hosts.#add(SWITCH)
    hosts.#inSwitch('link', 'add', 'bridge', 'type', 'bridge')
    hosts.#inSwitch('link', 'set', 'bridge', 'up')
    names.forEach((name, at) => hosts.#tie(name, `10.77.0.${at + 1}`, at))
    return hosts
  }

  of(name: string): Host {
    const host = this.#hosts.get(name)
    if (host === undefined) throw new Error(`there is no host ${name}`)
    return host
  }

  cutOff(name: string): void {
    this.#inSwitch('link', 'set', this.#portOf(name), 'nomaster')
  }

  heal(name: string): void {
    this.#inSwitch('link', 'set', this.#portOf(name), 'master', 'bridge')
  }

  /** What is sent there from now on is dropped, and what is sent from there arrives. */
  deafen(name: string): void {
    const port = ['link', 'set', this.#portOf(name), 'type', 'bridge_slave']
    this.#inSwitch(...port, 'learning', 'off', 'flood', 'off')
    this.#inSwitch(...port, 'mcast_flood', 'off', 'bcast_flood', 'off')
    this.#inSwitch(...port, 'fdb_flush')
  }

  undeafen(name: string): void {
    const port = ['link', 'set', this.#portOf(name), 'type', 'bridge_slave']
    this.#inSwitch(...port, 'learning', 'on', 'flood', 'on')
    this.#inSwitch(...port, 'mcast_flood', 'on', 'bcast_flood', 'on')
  }

  /** Nobody is at its old address from now on. */
  move(name: string): void {
    const space = this.#prefix + name
    const { address, at } = this.of(name)
    const moved = address.replace(/\d+$/, (last) => String(Number(last) + 100))
    ip('-n', space, 'addr', 'del', `${address}/24`, 'dev', 'eth0')
    ip('-n', space, 'addr', 'add', `${moved}/24`, 'dev', 'eth0')
    this.#hosts.set(name, { address: moved, at })
  }

  /** From now on all that a host sends takes so much longer to the others, and so much of it never arrives. */
  async weather(delayMs: number, lossPercent: number): Promise<void> {
    const lines = [...this.#hosts.keys()].map((name, at) => this.#lineOf(name, at))
    const program = ['python3', LINES, String(delayMs), String(lossPercent), ...lines]
    this.#lines = spawn('ip', ['netns', 'exec', this.#prefix + SWITCH, ...program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (this.#lines.stdout !== null) await once(this.#lines.stdout, 'data')
    for (const name of this.#hosts.keys()) {
      this.#inSwitch('link', 'set', name, 'nomaster')
      this.#inSwitch('link', 'set', this.#portOf(name), 'master', 'bridge')
    }
  }

  /** Another pair of ends between the host's own end and the bridge. */
  #lineOf(name: string, at: number): string {
    this.#inSwitch('link', 'add', `line${at}`, 'type', 'veth', 'peer', 'name', `${name}${PORT}`)
    for (const end of [name, `line${at}`]) this.#inSwitch('link', 'set', end, 'promisc', 'on', 'up')
    this.#inSwitch('link', 'set', `${name}${PORT}`, 'up')
    return `${name}:line${at}`
  }

  /** What ties it to the bridge. */
  #portOf(name: string): string {
    return this.#lines === undefined ? name : `${name}${PORT}`
  }

  /** The two hear nothing of each other any more, and of all others as before: frames go where nobody is. */
  part(one: string, other: string): void {
    this.#bothWays(one, other, (from, to) => [from, 'replace', to, 'lladdr', NOBODY, 'dev', 'eth0'])
  }

  rejoin(one: string, other: string): void {
    this.#bothWays(one, other, (from, to) => [from, 'del', to, 'dev', 'eth0'])
  }

  #bothWays(
    one: string,
    other: string,
    command: (from: string, to: string) => readonly [from: string, ...string[]],
  ): void {
    for (const [from, ...rest] of [
      command(one, this.of(other).address),
      command(other, this.of(one).address),
    ])
      ip('-n', this.#prefix + from, 'neigh', ...rest)
  }

  #tie(name: string, address: string, at: number): void {
    this.#add(name)
    const space = this.#prefix + name
    this.#inSwitch('link', 'add', name, 'type', 'veth', 'peer', 'name', `far${at}`)
    this.#inSwitch('link', 'set', `far${at}`, 'netns', space, 'name', 'eth0')
    this.#inSwitch('link', 'set', name, 'master', 'bridge')
    this.#inSwitch('link', 'set', name, 'up')
    ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', space, 'link', 'set', 'eth0', 'up')
    this.#hosts.set(name, { address, at: ['ip', 'netns', 'exec', space] })
  }

  #add(name: string): void {
    ip('netns', 'add', this.#prefix + name)
    ip('-n', this.#prefix + name, 'link', 'set', 'lo', 'up')
  }

  #inSwitch(...command: readonly string[]): void {
    ip('-n', this.#prefix + SWITCH, ...command)
  }

  #end(): void {
    this.#lines?.kill('SIGKILL')
    for (const name of [...this.#hosts.keys(), SWITCH]) spawnSync('ip', ['netns', 'del', this.#prefix + name])
  }
}

function ip(...command: readonly string[]): void {
  execFileSync('ip', command, { stdio: ['ignore', 'ignore', 'inherit'] })
}
