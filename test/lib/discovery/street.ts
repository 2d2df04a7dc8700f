/** A local network on which several machines announce, and everybody hears everybody. Time is virtual. */
import { createHmac } from 'node:crypto'
import { Discovery } from '../../../lib/discovery/discovery.js'
import type {
  LocalNetwork,
  Notice,
  NoticeBoard,
  NoticeHearers,
} from '../../../lib/discovery/local-network.js'
import type { MdnsOptions } from '../../../lib/discovery/trust.js'
import { localNetwork } from '../../../lib/system/local-network.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { RecordingLogger } from '../../harness/ports.js'

export interface House {
  readonly discovery: Discovery
  readonly log: RecordingLogger
}

export class Street {
  readonly clock = new ManualClock()
  readonly #boards = new Set<Board>()
  #houses = 0
  /** How often the network was asked. */
  asked = 0

  /** A process on a machine with these addresses. Processes with the same addresses share their loopback. */
  async house(networks: readonly string[], mdns: MdnsOptions = {}, isLooking = true): Promise<House> {
    const there: LocalNetwork = {
      loopback: networks.join(),
      networks: () => networks,
      isIn: localNetwork.isIn,
      seal: (token, text) => createHmac('sha256', token).update(text).digest('hex'),
      open: (hearers) => Promise.resolve(new Board(hearers, this.#boards, this)),
    }
    const log = new RecordingLogger()
    const name = String(++this.#houses).padStart(8, '0')
    const { clock } = this
    return {
      log,
      discovery: await Discovery.open({ mdns, localNetwork: there, clock, logger: log, name, isLooking }),
    }
  }

  /** Whatever anybody says. */
  shout(name: string, texts: Readonly<Record<string, string>>): void {
    for (const board of this.#boards) board.hearers.seen({ name, texts })
  }

  /** Somebody says that for whomever he likes. */
  goodbye(name: string): void {
    for (const board of this.#boards) board.hearers.gone(name)
  }

  /** All that is announced. */
  get notices(): readonly Notice[] {
    return [...this.#boards].flatMap(({ own }) => own)
  }

  /** Every process dies that has announced something, without a word. */
  die(): void {
    for (const board of this.#boards) board.own.length = 0
  }
}

class Board implements NoticeBoard {
  readonly by = 'a street'
  readonly own: Notice[] = []

  constructor(
    readonly hearers: NoticeHearers,
    readonly all: Set<Board>,
    readonly street: Street,
  ) {
    all.add(this)
  }

  announce(notice: Notice): void {
    this.own.push(notice)
    for (const board of this.all) board.hearers.seen(notice)
  }

  ask(): void {
    this.street.asked++
    for (const board of this.all) for (const notice of board.own) this.hearers.seen(notice)
  }

  close(): Promise<void> {
    this.all.delete(this)
    for (const board of this.all) for (const { name } of this.own) board.hearers.gone(name)
    return Promise.resolve()
  }
}
