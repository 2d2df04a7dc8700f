/**
 * Announcements by `bonjour-service`: in TypeScript alone, with a socket for each interface and family of addresses, as
 * a multicast goes out on one interface only.
 */
import { EventEmitter } from 'node:events'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { Bonjour, type Browser, type Service } from 'bonjour-service'
import { isObject } from '../json.js'
import type { Notice, NoticeBoard, NoticeHearers } from '../discovery/local-network.js'

const TYPE = 'rollcall'
const MULTICAST_IPV6 = 'ff02::fb'
/** How long a goodbye may take to be sent. Milliseconds. */
const GOODBYE_MS = 500

/** What `multicast-dns` takes, which `bonjour-service` hands on. */
type Door = {
  readonly interface: string
  readonly bind: string
  readonly type?: 'udp6'
  readonly ip?: string
}

interface Corner {
  readonly bonjour: Bonjour
  browser: Browser | undefined
  services: Service[]
}

export class BonjourBoard implements NoticeBoard {
  readonly by = 'bonjour-service'
  readonly #hearers: NoticeHearers
  readonly #warn: (sentence: string) => void
  /** By the interface's address. */
  readonly #corners = new Map<string, Corner>()
  readonly #failed = new Set<string>()
  readonly #notices: Notice[] = []

  static open(hearers: NoticeHearers, warn: (sentence: string) => void): BonjourBoard {
    const board = new BonjourBoard(hearers, warn)
    board.#lookAround()
    return board
  }

  private constructor(hearers: NoticeHearers, warn: (sentence: string) => void) {
    this.#hearers = hearers
    this.#warn = warn
  }

  announce(notice: Notice): void {
    this.#notices.push(notice)
    for (const corner of this.#corners.values()) publish(corner, notice)
  }

  ask(): void {
    this.#lookAround()
    for (const corner of this.#corners.values()) this.#askIn(corner)
  }

  async close(): Promise<void> {
    const corners = [...this.#corners.values()]
    this.#corners.clear()
    await Promise.all(corners.map(leave))
  }

  /** Interfaces come and go while a process lives. */
  #lookAround(): void {
    const doors = doorsOf(networkInterfaces())
    const there = new Set(doors.map((door) => door.interface))
    for (const [name, corner] of this.#corners)
      if (!there.has(name)) {
        this.#corners.delete(name)
        corner.bonjour.destroy()
      }
    for (const door of doors) if (!this.#corners.has(door.interface)) this.#enter(door)
  }

  #enter(door: Door): void {
    const failed = (error: unknown): void => this.#lost(door, error)
    const bonjour = new Bonjour(optionsOf(door), failed)
    const sockets = socketsOf(bonjour)
    sockets?.on('error', failed)
    // An interface that is going away, a message that is none.
    sockets?.on('warning', () => undefined)
    const corner: Corner = { bonjour, browser: undefined, services: [] }
    this.#corners.set(door.interface, corner)
    for (const notice of this.#notices) publish(corner, notice)
  }

  /** Tried again in the next round, and told of once. */
  #lost(door: Door, error: unknown): void {
    const corner = this.#corners.get(door.interface)
    if (corner === undefined) return
    this.#corners.delete(door.interface)
    corner.bonjour.destroy()
    if (this.#failed.has(door.interface)) return
    this.#failed.add(door.interface)
    this.#warn(`${door.interface} can't be used: ${error instanceof Error ? error.message : String(error)}`)
  }

  /** A browser tells of each answer once: each round has a new one. */
  #askIn(corner: Corner): void {
    corner.browser?.stop()
    const seen = ({ name, txt }: Service): void => this.#hearers.seen({ name, texts: textsIn(txt) })
    const browser = corner.bonjour.find({ type: TYPE }, seen)
    browser.on('txt-update', seen)
    browser.on('srv-update', seen)
    browser.on('down', ({ name }) => this.#hearers.gone(name))
    corner.browser = browser
  }
}

function publish(corner: Corner, { name, port, texts }: Notice): void {
  // Names are each process's own: nobody need be asked whether it is free.
  const host = `rollcall-${name.slice(name.lastIndexOf(' ') + 1)}.local`
  corner.services.push(corner.bonjour.publish({ name, host, type: TYPE, port, txt: texts, probe: false }))
}

function leave({ bonjour, browser, services }: Corner): Promise<void> {
  browser?.stop()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(late)
      bonjour.destroy(() => resolve())
    }
    const late = setTimeout(end, GOODBYE_MS)
    if (services.length === 0) end()
    else bonjour.unpublishAll(end)
  })
}

/** One for each family that an interface has; of IPv6 it is known by its number. */
function doorsOf(all: NodeJS.Dict<NetworkInterfaceInfo[]>): readonly Door[] {
  return Object.entries(all).flatMap(([name, addresses = []]): Door[] => {
    const [four] = addresses.filter(({ family }) => family === 'IPv4')
    const isSix = addresses.some(({ address, family }) => family === 'IPv6' && address.startsWith('fe80:'))
    return [
      ...(four === undefined ? [] : [{ interface: four.address, bind: '0.0.0.0' }]),
      ...(isSix ? [{ interface: `::%${name}`, bind: '::', type: 'udp6' as const, ip: MULTICAST_IPV6 }] : []),
    ]
  })
}

/** The package hands all of these on, and its types name none of them. */
function optionsOf(door: Door): ConstructorParameters<typeof Bonjour>[0] {
  return door
}

/** Whose errors, when nobody hears them, end the process. */
function socketsOf(bonjour: Bonjour): EventEmitter | undefined {
  const server: unknown = Reflect.get(bonjour, 'server')
  const sockets: unknown = isObject(server) ? Reflect.get(server, 'mdns') : undefined
  return sockets instanceof EventEmitter ? sockets : undefined
}

function textsIn(txt: unknown): Record<string, string> {
  const pairs = isObject(txt) ? Object.entries(txt) : []
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
