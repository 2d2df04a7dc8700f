/**
 * The connections to one other member: a quick one, and one for what is long, opened when it is first needed.
 * Heartbeats, votes and answers never wait behind a large command or a piece of a snapshot, which may take seconds on a
 * slow line.
 */
import type { Connection } from '../../rpc/channels/connection.js'
import type { Hello } from './hello.js'

export interface Lane {
  readonly connection: Connection
  /** Settled by the hello of the connection in use. */
  hello: Hello | undefined
  /** Whether what the other one has shown by then counts still. Undefined: nothing was asked of it. */
  isStill: (() => boolean) | undefined
  /** By that hello, it and this member understand frames of this one's version. */
  speaksFrames: boolean
  /** Requests without an answer that have entries or a piece in them. */
  underWay: number
}

export type LaneKind = 'quick' | 'long'

export class Lanes {
  readonly quick: Lane
  readonly #open: (kind: LaneKind) => Lane
  /** Undefined: it was not needed yet. */
  long: Lane | undefined

  constructor(open: (kind: LaneKind) => Lane) {
    this.#open = open
    this.quick = open('quick')
  }

  openLong(): Lane {
    return (this.long ??= this.#open('long'))
  }

  close(): void {
    this.quick.connection.close()
    this.long?.connection.close()
  }
}
