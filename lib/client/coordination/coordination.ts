/** What processes of a fleet agree upon: made by a client, and lost with it. */
import { checkOptions, checkValue, type Rule } from '../../rpc/options.js'
import { Election } from './election.js'
import { Lock } from './lock.js'
import type { CoordinationPorts, LeaseOptions } from './ports.js'
import { JOB_RULES, Once, type JobRunOptions } from './once.js'
import { Queue } from './queue.js'
import { Semaphore } from './semaphore.js'
import { Holds, LEASE_RULES, TurnsOf } from './turns.js'

const NAME: Rule = {
  holds: (value) => typeof value === 'string' && value !== '' && value.length <= 512,
  wanted: 'a text of 1 to 512 characters',
}
const PERMITS: Rule = {
  holds: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 500,
  wanted: 'a whole number from 1 to 500',
}

export class Coordination {
  readonly #holds = new Holds()

  constructor(private readonly ports: CoordinationPorts) {}

  lock(name: string, options: LeaseOptions = {}): Lock {
    return new Lock(this.ports, this.#turns('lock', name, options), name)
  }

  semaphore(name: string, permits: number, options: LeaseOptions = {}): Semaphore {
    checkValue('semaphore: permits', permits, PERMITS)
    return new Semaphore(this.ports, this.#turns('semaphore', name, options), name, permits)
  }

  election(name: string, options: LeaseOptions = {}): Election {
    return new Election(this.ports, this.#turns('election', name, options), name)
  }

  once(name: string, options: JobRunOptions = {}): Once {
    checkValue('once: the name', name, NAME)
    checkOptions('once', options, JOB_RULES)
    return new Once(this.ports, this.#holds, name, options)
  }

  queue(name: string): Queue {
    checkValue('queue: the name', name, NAME)
    return new Queue(this.ports, this.#holds, name)
  }

  /** What is held is lost. */
  close(): void {
    this.#holds.lose()
  }

  #turns(what: string, name: string, options: LeaseOptions): TurnsOf {
    checkValue(`${what}: the name`, name, NAME)
    checkOptions(what, options, LEASE_RULES)
    return new TurnsOf(this.ports, this.#holds, { ...options })
  }
}
