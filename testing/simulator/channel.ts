/**
 * One end of a simulated connection. The two ends know each other; what one says travels a path to the other, in order, as
 * over TCP. Between members messages travel one by one, and may be lost, doubled and overtake each other: but for the
 * first of each direction, the hello, without which no line would come about for long.
 */
import type { Channel, ChannelHandlers } from '../../lib/ports.js'
import type { Life } from './life.js'
import type { Path, Paths } from './paths.js'
import { IDLE } from './world.js'
import type { World } from './world.js'

/** The receiver's buffer: what is beyond it waits at the sender. Bytes, about. */
const RECEIVE_BUFFER = 64 * 1024
/** Above this the sender wants to hear when everything has gone. Bytes, about. */
const HIGH_WATER = 16 * 1024
/** How long the last words may take to be read. Milliseconds. */
const FAREWELL_MS = 2000

export interface ChannelOptions {
  readonly world: World
  readonly life: Life
  readonly paths: Paths
  /** The way to the other end, as far as that is known. */
  readonly path: Path
  readonly remote: string
  /** The process has died, and another life of it runs. Asked when this life is over. */
  readonly isForgotten: () => boolean
  /** The end is over, or its process is: the network forgets it. */
  readonly over: (channel: SimulatedChannel) => void
}

interface Batch {
  readonly texts: string[]
  bytes: number
  isGone: boolean
}

type Incoming = Batch | 'end'

export class SimulatedChannel implements Channel {
  readonly kind = 'lines'
  readonly remote: string
  /** Who hears what comes. Undefined at the serving side until the first message has come. */
  handlers: ChannelHandlers | undefined
  /** Asked for when the first message comes. */
  accept: (() => ChannelHandlers) | undefined
  other: SimulatedChannel | undefined
  bufferedBytes = 0
  /** The way to the other end. */
  path: Path
  #isBetweenMembers = false
  readonly #options: ChannelOptions
  readonly #inbox: Incoming[] = []
  #inboxBytes = 0
  /** Bytes that the other end may not take yet, as they wait here. */
  #unacknowledged = 0
  #open: { readonly batch: Batch; readonly event: number } | undefined
  #lastArrival = 0
  #isAboveMark = false
  #hasSpoken = false
  #isHeld = false
  #isPumpPlanned = false
  #hasEnded = false
  #hasInputEnded = false
  #isOver = false

  constructor(options: ChannelOptions) {
    this.#options = options
    this.remote = options.remote
    this.path = options.path
  }

  /** There is another end. */
  connect(other: SimulatedChannel, path: Path, isBetweenMembers: boolean): void {
    this.other = other
    this.path = path
    this.#isBetweenMembers = isBetweenMembers
  }

  send(message: string): void {
    if (this.#hasEnded) return
    const bytes = message.length + 1
    this.bufferedBytes += bytes
    if (this.bufferedBytes > HIGH_WATER) this.#isAboveMark = true
    const isFirst = !this.#hasSpoken
    this.#hasSpoken = true
    if (this.#isBetweenMembers && !isFirst) this.#dispatch(message, bytes)
    else this.#join(message, bytes)
  }

  pause(): void {
    this.#isHeld = true
  }

  resume(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#planPump()
  }

  close(): void {
    if (this.#hasEnded) return
    this.#say('end')
    if (this.#hasInputEnded) this.#finishSoon(undefined)
    else this.#options.life.after(FAREWELL_MS, () => this.#finish(undefined))
  }

  destroy(): void {
    if (this.#isOver) return
    if (this.#open !== undefined && this.#open.event === this.#options.world.events) {
      this.#open.batch.texts.length = 0
    }
    this.#say('end')
    this.#isHeld = true
    this.#finishSoon(undefined)
  }

  /** The network breaks the connection: both ends hear of it, if they live. */
  reset(): void {
    this.#finishSoon(systemError('ECONNRESET'))
    this.resetOther()
  }

  /** This process is gone: whoever is at the other end hears of it. */
  resetOther(): void {
    this.#travel(false, () => this.other?.wasReset() ?? IDLE)
  }

  wasReset(): unknown {
    return this.fail('ECONNRESET')
  }

  /** Ends it with an error of the system. */
  fail(code: string): unknown {
    return this.#finish(systemError(code))
  }

  /** Messages of one turn are one read. */
  #join(text: string, bytes: number): void {
    const { events } = this.#options.world
    const open = this.#open
    if (open !== undefined && open.event === events && !open.batch.isGone) {
      open.batch.texts.push(text)
      open.batch.bytes += bytes
      return
    }
    const batch = { texts: [text], bytes, isGone: false }
    this.#open = { batch, event: events }
    this.#travel(true, () => this.other?.arrived(batch) ?? IDLE)
  }

  #dispatch(text: string, bytes: number): void {
    const { world, paths } = this.#options
    const { lossPerMille, duplicatePerMille, meanDelayMs } = paths.faults
    const { dice } = world
    const isLost = dice.chance(lossPerMille)
    const copies = isLost ? 0 : dice.chance(duplicatePerMille) ? 2 : 1
    // A lost message leaves the sender's buffers like any other.
    if (isLost) world.after(meanDelayMs, () => this.taken(bytes))
    for (let copy = 0; copy < copies; copy++) {
      const batch = { texts: [text], bytes: copy === 0 ? bytes : 0, isGone: false }
      this.path.carry(world.now + dice.delay(meanDelayMs), true, () => this.other?.arrived(batch) ?? IDLE)
    }
  }

  #say(end: 'end'): void {
    this.#hasEnded = true
    this.#travel(false, () => this.other?.arrived(end) ?? IDLE)
  }

  /** In the order of the calls. */
  #travel(isRead: boolean, deliver: () => unknown): void {
    const { world, paths } = this.#options
    const at = Math.max(world.now + world.dice.delay(paths.faults.meanDelayMs), this.#lastArrival)
    if (isRead || !this.#isBetweenMembers) this.#lastArrival = at
    this.path.carry(at, false, deliver)
  }

  arrived(incoming: Incoming): unknown {
    if (!this.#options.life.isAlive) return this.#answerForDead()
    if (this.#isOver) {
      if (incoming !== 'end') this.resetOther()
      return IDLE
    }
    if (incoming !== 'end') this.#receive(incoming)
    this.#inbox.push(incoming)
    return this.#pump()
  }

  /** A machine without power says nothing; once it is up again, it knows of no such connection. */
  #answerForDead(): typeof IDLE {
    if (this.#options.isForgotten()) this.resetOther()
    return IDLE
  }

  #receive(batch: Batch): void {
    batch.isGone = true
    this.#inboxBytes += batch.bytes
    if (this.#inboxBytes > RECEIVE_BUFFER) this.#unacknowledged += batch.bytes
    else this.other?.taken(batch.bytes)
  }

  /** The other end's buffers have taken so much. */
  taken(bytes: number): unknown {
    this.bufferedBytes = Math.max(0, this.bufferedBytes - bytes)
    if (this.bufferedBytes > 0 || !this.#isAboveMark) return IDLE
    this.#isAboveMark = false
    this.#options.life.after(0, () => {
      if (!this.#hasEnded) this.handlers?.drained()
    })
    return IDLE
  }

  #planPump(): void {
    if (this.#isPumpPlanned) return
    this.#isPumpPlanned = true
    this.#options.life.after(0, () => {
      this.#isPumpPlanned = false
      this.#pump()
    })
  }

  /** Hands over what has come, unless the process is stopped or its owner reads no further. */
  #pump(): unknown {
    if (this.#options.life.isPaused) {
      this.#planPump()
      return IDLE
    }
    let isIdle = true
    while (!this.#isHeld && !this.#isOver) {
      const next = this.#inbox.shift()
      if (next === undefined) break
      isIdle = false
      if (next === 'end') this.#inputEnded()
      else this.#read(next)
    }
    return isIdle ? IDLE : undefined
  }

  #read({ texts, bytes }: Batch): void {
    this.#inboxBytes -= bytes
    if (this.#unacknowledged > 0) {
      this.other?.taken(this.#unacknowledged)
      this.#unacknowledged = 0
    }
    const { world } = this.#options
    const { path } = this
    for (const text of texts) {
      if (this.#hasEnded) return
      this.handlers ??= this.accept?.()
      world.trace.mix(text)
      world.note(`${path.to} > ${path.from} ${excerpt(text)}`)
      this.handlers?.message(text)
    }
  }

  #inputEnded(): void {
    this.#hasInputEnded = true
    if (this.#hasEnded) this.#finish(undefined)
    else if (this.handlers?.finished === undefined) this.close()
    else this.handlers.finished()
  }

  #finishSoon(reason: Error | undefined): void {
    this.#hasEnded = true
    this.#options.life.after(0, () => this.#finish(reason))
  }

  #finish(reason: Error | undefined): unknown {
    if (this.#isOver || !this.#options.life.isAlive) return IDLE
    if (this.#options.life.isPaused) {
      this.#options.life.after(0, () => this.#finish(reason))
      return IDLE
    }
    this.#isOver = true
    this.#hasEnded = true
    this.#inbox.length = 0
    this.#options.over(this)
    this.handlers?.closed(reason)
    return undefined
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

const PREFIX = '{"jsonrpc":"2.0",'
const EXCERPT = 140

function excerpt(text: string): string {
  const from = text.startsWith(PREFIX) ? PREFIX.length : 0
  return text.length - from <= EXCERPT ? text.slice(from) : `${text.slice(from, from + EXCERPT)}…`
}
