/**
 * One end of a simulated connection: what it says leaves by a send buffer, what it hears waits in an inbox, and either
 * its owner or the network ends it. Nothing of it goes on once its process is over, and it waits while that stands
 * still.
 */
import type { ChannelHandlers, DialledChannel } from '../../lib/ports.js'
import { NO_CHARACTER } from '../../lib/rpc/messages/lines.js'
import { Inbox } from './inbox.js'
import type { Life } from './life.js'
import { SendBuffer } from './send-buffer.js'
import type { Batch, Incoming } from './send-buffer.js'
import type { Path, Paths } from './paths.js'
import { IDLE } from './world.js'
import type { World } from './world.js'

/** What is no message. */
const SIGN_OF_LIFE = ' '
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

export class SimulatedChannel implements DialledChannel {
  readonly kind = 'lines'
  readonly remote: string
  readonly unfinishedBytes = 0
  /** Left out at a process that speaks in text alone, as those of older builds do. */
  readonly sendFrame: ((frame: Uint8Array) => void) | undefined
  /** Who hears what comes. Undefined at the serving side until the first message has come. */
  handlers: ChannelHandlers | undefined
  /** Asked for when the first message comes. */
  accept: (() => ChannelHandlers) | undefined
  readonly #options: ChannelOptions
  readonly #inbox: Inbox
  readonly #sendBuffer: SendBuffer
  #other: SimulatedChannel | undefined
  #isHeld = false
  #isPumpPlanned = false
  #hasEnded = false
  #hasInputEnded = false
  #isOver = false

  constructor(options: ChannelOptions) {
    const { world, life, paths, path, remote } = options
    this.#options = options
    this.remote = remote
    this.sendFrame = life.speaksTextAlone ? undefined : (frame) => this.#say(frame)
    this.#inbox = new Inbox(world, (bytes) => this.#other?.taken(bytes))
    this.#sendBuffer = new SendBuffer(world, paths, path, () => this.#drained())
  }

  /** There is another end. */
  connect(other: SimulatedChannel, path: Path, isBetweenMembers: boolean): void {
    this.#other = other
    this.#sendBuffer.connect(other, path, isBetweenMembers)
  }

  /** The way to the other end. */
  get path(): Path {
    return this.#sendBuffer.path
  }

  get bufferedBytes(): number {
    return this.#sendBuffer.bufferedBytes
  }

  get takenBytes(): number {
    return this.#sendBuffer.takenBytes
  }

  send(message: string): void {
    this.#say(message)
  }

  pause(): void {
    this.#isHeld = true
  }

  resume(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#planPump()
  }

  sign(): void {
    if (this.bufferedBytes === 0) this.send(SIGN_OF_LIFE)
  }

  close(): void {
    if (this.#hasEnded) return
    this.#sayEnd()
    if (this.#hasInputEnded) this.#finishSoon(undefined)
    else this.#options.life.after(FAREWELL_MS, () => this.#finish(undefined))
  }

  destroy(): void {
    if (this.#isOver) return
    this.#sendBuffer.withdraw()
    this.#sayEnd()
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
    this.#sendBuffer.travel(false, () => (this.#other === undefined ? IDLE : this.#other.fail('ECONNRESET')))
  }

  /** Ends it with an error of the system. */
  fail(code: string): unknown {
    return this.#finish(systemError(code))
  }

  arrived(incoming: Incoming): unknown {
    if (!this.#options.life.isAlive) return this.#answerForDead()
    if (this.#isOver) {
      if (incoming !== 'end') this.resetOther()
      return IDLE
    }
    this.#inbox.put(incoming)
    return this.#pump()
  }

  /** The other end's buffers have so much of what was said. */
  taken(bytes: number): void {
    this.#sendBuffer.taken(bytes)
  }

  /** A machine without power says nothing; once it is up again, it knows of no such connection. */
  #answerForDead(): typeof IDLE {
    if (this.#options.isForgotten()) this.resetOther()
    return IDLE
  }

  #sayEnd(): void {
    this.#hasEnded = true
    this.#sendBuffer.end()
  }

  #drained(): void {
    this.#options.life.after(0, () => {
      if (!this.#hasEnded) this.handlers?.drained()
    })
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
      const next = this.#inbox.take()
      if (next === undefined) break
      isIdle = false
      if (next === 'end') this.#inputEnded()
      else this.#read(next)
    }
    return isIdle ? IDLE : undefined
  }

  #say(said: string | Uint8Array): void {
    if (!this.#hasEnded) this.#sendBuffer.say(said)
  }

  #read({ said }: Batch): void {
    const { world } = this.#options
    const { path } = this
    for (const each of said) {
      if (this.#hasEnded) return
      this.handlers ??= this.accept?.()
      world.trace.mix(typeof each === 'string' ? each : unitsOf(each))
      world.note(`${path.to} > ${path.from} ${excerpt(each)}`)
      this.handlers?.heard?.()
      if (typeof each === 'string') this.#tell(each)
      else this.#tellFrame(each)
    }
  }

  #tell(text: string): void {
    if (text !== SIGN_OF_LIFE) this.handlers?.message(text)
  }

  /** As of a real one: whoever expects none hears of a line that is no text. */
  #tellFrame(frame: Uint8Array): void {
    if (this.handlers?.takesFrames === true) this.handlers.frame?.(frame)
    else this.handlers?.message(NO_CHARACTER)
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
    this.#inbox.clear()
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

function excerpt(said: string | Uint8Array): string {
  if (typeof said !== 'string') return `a frame of ${said.length} bytes`
  const from = said.startsWith(PREFIX) ? PREFIX.length : 0
  return said.length - from <= EXCERPT ? said.slice(from) : `${said.slice(from, from + EXCERPT)}…`
}

/** A character for each byte. */
function unitsOf(bytes: Uint8Array): string {
  let units = ''
  for (const byte of bytes) units += String.fromCharCode(byte)
  return units
}
