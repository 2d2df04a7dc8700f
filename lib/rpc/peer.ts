/** The other end of a lasting channel, as this end deals with it: what is asked of it, and what is handed to it. */
import type { Channel, Clock } from '../ports.js'
import type { NoAnswer } from './errors.js'
import { Outgoing } from './outgoing.js'

export class Peer {
  readonly outgoing: Outgoing

  /** `callsMax`: as in OutgoingOptions. */
  constructor(channel: Channel, clock: Clock, name: string, callsMax?: number) {
    this.outgoing = new Outgoing({ channel, clock, name, ...(callsMax !== undefined && { callsMax }) })
  }

  /** Calls of the other end that run, and can't end before it does something. */
  get waiting(): number {
    return this.outgoing.size
  }

  /** As {@link Outgoing.end}. */
  end(why: string, cause?: Error, noAnswer: NoAnswer = 'broken'): void {
    this.outgoing.end(why, cause, noAnswer)
  }
}
