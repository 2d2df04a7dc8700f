/**
 * Hosts with an address each, tied by a switch: network namespaces (Linux, with the right to make them). A host that is
 * cut off keeps its interface, and all that it sends or is sent is dropped, as when a cable far away is pulled.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import type { Teardown } from './cluster.js'

const SWITCH = 'switch'
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
    const slow = 'ip link set lo up && tc qdisc add dev lo root netem delay 1ms'
    if (spawnSync('unshare', ['-n', 'sh', '-c', slow]).status !== 0) return 'the kernel has no netem'
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
    this.#inSwitch('link', 'set', name, 'nomaster')
  }

  heal(name: string): void {
    this.#inSwitch('link', 'set', name, 'master', 'bridge')
  }

  /** What is sent there from now on is dropped, and what is sent from there arrives. */
  deafen(name: string): void {
    this.#inSwitch('link', 'set', name, 'type', 'bridge_slave', 'learning', 'off', 'flood', 'off')
    this.#inSwitch('link', 'set', name, 'type', 'bridge_slave', 'mcast_flood', 'off', 'bcast_flood', 'off')
    this.#inSwitch('link', 'set', name, 'type', 'bridge_slave', 'fdb_flush')
  }

  undeafen(name: string): void {
    this.#inSwitch('link', 'set', name, 'type', 'bridge_slave', 'learning', 'on', 'flood', 'on')
    this.#inSwitch('link', 'set', name, 'type', 'bridge_slave', 'mcast_flood', 'on', 'bcast_flood', 'on')
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

  /** How the line of each host is, both ways, as netem takes it: `delay 50ms`, `loss 2%`. */
  weather(...how: readonly string[]): void {
    for (const name of this.#hosts.keys())
      execFileSync('ip', [
        ...['netns', 'exec', this.#prefix + name, 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', 'netem'],
        ...how,
      ])
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
    for (const name of [...this.#hosts.keys(), SWITCH]) spawnSync('ip', ['netns', 'del', this.#prefix + name])
  }
}

function ip(...command: readonly string[]): void {
  execFileSync('ip', command, { stdio: ['ignore', 'ignore', 'inherit'] })
}
