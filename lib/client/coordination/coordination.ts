/** What processes of a fleet agree upon: made by a client, and lost with it. */
import { checkOptions, checkValue } from '../../rpc/options.js'
import { Barrier } from './barrier.js'
import { Election } from './election.js'
import { ID_RULES, IdGenerator, type IdOptions } from './id-generator.js'
import { Lock } from './lock.js'
import type { CoordinationPorts, LeaseOptions } from './ports.js'
import { JOB_RULES, Once, type JobRunOptions } from './once.js'
import { Queue } from './queue.js'
import { RateLimiter, type RateOptions } from './rate-limiter.js'
import { checkName, wholeIn } from './rules.js'
import { Schedule } from './schedule.js'
import { Semaphore } from './semaphore.js'
import { Holds } from './holds.js'
import { HELD_FOR_MS, LEASE_RULES, TurnsOf } from './turns.js'

const PERMITS = wholeIn(1, 500)

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
    checkName('once', name)
    checkOptions('once', options, JOB_RULES)
    return new Once(this.ports, this.#holds, name, options)
  }

  queue(name: string): Queue {
    checkName('queue', name)
    return new Queue(this.ports, this.#holds, name)
  }

  schedule(name: string): Schedule {
    checkName('schedule', name)
    return new Schedule(this.ports, this.#holds, name)
  }

  rateLimiter(name: string, rate: RateOptions): RateLimiter {
    checkName('rateLimiter', name)
    return new RateLimiter(this.ports, name, rate)
  }

  idGenerator(name: string, options: IdOptions = {}): IdGenerator {
    checkName('idGenerator', name)
    checkOptions('idGenerator', options, ID_RULES)
    return new IdGenerator(this.ports, name, options)
  }

  barrier(name: string, parties: number, { ttlMs = HELD_FOR_MS, ...others }: LeaseOptions = {}): Barrier {
    checkName('barrier', name)
    checkValue('barrier: parties', parties, PERMITS)
    checkOptions('barrier', { ttlMs, ...others }, LEASE_RULES)
    return new Barrier(this.ports, name, parties, ttlMs)
  }

  /** What is held is lost. */
  close(): void {
    this.#holds.lose()
  }

  #turns(what: string, name: string, options: LeaseOptions): TurnsOf {
    checkName(what, name)
    checkOptions(what, options, LEASE_RULES)
    return new TurnsOf(this.ports, this.#holds, { ...options })
  }
}
