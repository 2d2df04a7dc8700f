/**
 * The network of a simulated world: the {@link Transport} port for each of its processes. All of them are on one
 * machine's addresses, as in a terminal: `localhost`, 127.0.0.1 and ::1 are one place, and a port belongs to whoever
 * listens there. Only lines are carried; HTTP and WebSocket are the platform's.
 */
import type { Acceptor, Address, DialHandlers, DialledChannel, Listener, Transport } from '../../lib/ports.js'
import { formatAddress } from '../../lib/rpc/uri-grammar.js'
import { SimulatedChannel } from './channel.js'
import type { Life } from './life.js'
import { Paths } from './paths.js'
import type { NetworkFaults } from './paths.js'
import { IDLE } from './world.js'
import type { World } from './world.js'

/** A process as the network sees it, from its first start on. */
export interface Endpoint {
  readonly name: string
  /** What it says to other members, and hears of them, need not arrive: see channel.ts. */
  readonly isMember: boolean
  /** Its life at present; undefined while it is down. */
  readonly life: Life | undefined
  /** Its machine has no power: it does not even refuse. */
  readonly isDark: boolean
}

/** Some port that nobody has chosen. */
const FIRST_FREE_PORT = 49152
/** When nobody has answered a greeting, it is sent again. Milliseconds. */
const GREETING_AGAIN_MS = 300

interface Door {
  readonly endpoint: Endpoint
  readonly life: Life
  readonly acceptor: Acceptor
  readonly taken: Set<SimulatedChannel>
}

export class Network {
  readonly paths: Paths
  readonly #world: World
  /** By address. */
  readonly #doors = new Map<string, Door>()
  /** By port: whoever listened there last. */
  readonly #owners = new Map<number, Endpoint>()
  readonly #channels = new Map<Life, Set<SimulatedChannel>>()
  #nextPort = FIRST_FREE_PORT

  constructor(world: World, faults: NetworkFaults) {
    this.#world = world
    this.paths = new Paths(world, faults)
  }

  /** The transport of one life of a process. */
  transportOf(endpoint: Endpoint, life: Life): Transport {
    return {
      dial: (address, handlers) => this.#dial(endpoint, life, tcp(address), handlers),
      listen: async (address, acceptor) => this.#listen(endpoint, life, tcp(address), acceptor),
    }
  }

  /** The process has ended. `isSilent`: its machine with it, so that nobody is told. */
  ended(life: Life, isSilent: boolean): void {
    for (const [key, door] of this.#doors) if (door.life === life) this.#doors.delete(key)
    const channels = this.#channels.get(life) ?? []
    this.#channels.delete(life)
    if (!isSilent) for (const channel of channels) channel.resetOther()
  }

  /** Connections that are open, in the order of their making. */
  get connections(): readonly SimulatedChannel[] {
    return [...this.#channels.values()].flatMap((channels) => [...channels])
  }

  #listen(endpoint: Endpoint, life: Life, asked: TcpAddress, acceptor: Acceptor): Listener {
    const address = asked.port === 0 ? { ...asked, port: this.#nextPort++ } : asked
    const key = keyOf(address)
    const owner = this.#owners.get(address.port)
    const isTaken = owner !== undefined && owner !== endpoint && this.#isListening(owner, address.port)
    if (isTaken || this.#doors.has(key))
      throw new Error(`can not listen on ${formatAddress(address)}: it is taken by another process`)
    const door: Door = { endpoint, life, acceptor, taken: new Set() }
    this.#doors.set(key, door)
    this.#owners.set(address.port, endpoint)
    return { address, close: async () => this.#close(key, door) }
  }

  #isListening(endpoint: Endpoint, port: number): boolean {
    return this.#doorAt({ kind: 'tcp', host: 'localhost', port })?.endpoint === endpoint
  }

  #close(key: string, door: Door): void {
    if (this.#doors.get(key) === door) this.#doors.delete(key)
    for (const channel of door.taken) channel.destroy()
  }

  #doorAt(address: TcpAddress): Door | undefined {
    const { host, port } = address
    if (host !== 'localhost') return this.#doors.get(keyOf(address))
    return this.#doors.get(`127.0.0.1:${port}`) ?? this.#doors.get(`::1:${port}`)
  }

  #dial(endpoint: Endpoint, life: Life, address: TcpAddress, handlers: DialHandlers): DialledChannel {
    const owner = this.#owners.get(address.port) ?? endpoint
    const channel = this.#channel(endpoint, life, owner, formatAddress(address), () => undefined)
    channel.handlers = handlers
    this.#greet({ endpoint, life, address, handlers, channel })
    return channel
  }

  /** What is called SYN: it is sent again while nobody answers. */
  #greet(dialling: Dialling): void {
    const { endpoint, life, address, channel } = dialling
    if (!life.isAlive || !this.#isOpen(life, channel)) return
    const owner = this.#owners.get(address.port) ?? endpoint
    const { world, delay } = this
    this.paths.between(endpoint.name, owner.name).carry(world.now + delay(), false, () => {
      const door = this.#doorAt(address)
      if (door !== undefined) this.#connect(dialling, door)
      else if (!owner.isDark) this.#refuse(dialling, owner)
      else life.after(GREETING_AGAIN_MS, () => this.#greet(dialling))
      return IDLE
    })
  }

  #connect({ endpoint, life, handlers, channel }: Dialling, door: Door): void {
    if (!life.isAlive || !this.#isOpen(life, channel) || !door.life.isAlive) return
    const remote = `127.0.0.1:${this.#nextPort++}`
    const served = this.#channel(door.endpoint, door.life, endpoint, remote, () => door.taken.delete(served))
    const { world, delay, paths } = this
    const isBetweenMembers = endpoint.isMember && door.endpoint.isMember
    const back = paths.between(door.endpoint.name, endpoint.name)
    served.accept = () => door.acceptor.accept(served)
    served.connect(channel, back, isBetweenMembers)
    channel.connect(served, paths.between(endpoint.name, door.endpoint.name), isBetweenMembers)
    door.taken.add(served)
    back.carry(world.now + delay(), false, () => {
      life.after(0, () => {
        if (this.#isOpen(life, channel)) handlers.opened()
      })
      return IDLE
    })
  }

  #refuse({ endpoint, channel }: Dialling, owner: Endpoint): void {
    const { world, delay } = this
    this.paths
      .between(owner.name, endpoint.name)
      .carry(world.now + delay(), false, () => channel.fail('ECONNREFUSED'))
  }

  #channel(
    endpoint: Endpoint,
    life: Life,
    other: Endpoint,
    remote: string,
    over: () => void,
  ): SimulatedChannel {
    const { world, paths } = this
    const channels = this.#channels.get(life) ?? new Set()
    this.#channels.set(life, channels)
    const channel = new SimulatedChannel({
      world,
      life,
      paths,
      path: paths.between(endpoint.name, other.name),
      remote,
      isForgotten: () => endpoint.life !== undefined,
      over: () => {
        channels.delete(channel)
        over()
      },
    })
    channels.add(channel)
    return channel
  }

  #isOpen(life: Life, channel: SimulatedChannel): boolean {
    return this.#channels.get(life)?.has(channel) === true
  }

  private get world(): World {
    return this.#world
  }

  private readonly delay = (): number => this.#world.dice.delay(this.paths.faults.meanDelayMs)
}

interface Dialling {
  readonly endpoint: Endpoint
  readonly life: Life
  readonly address: TcpAddress
  readonly handlers: DialHandlers
  readonly channel: SimulatedChannel
}

type TcpAddress = Extract<Address, { kind: 'tcp' }>

function tcp(address: Address): TcpAddress {
  if (address.kind === 'tcp') return address
  throw new Error(`the simulated network has no unix sockets: ${address.path}`)
}

function keyOf({ host, port }: TcpAddress): string {
  return `${host === 'localhost' ? '127.0.0.1' : host}:${port}`
}
